"""The command ``rag``: the only place that reads arguments and prints.

Exit codes: 0 answered or done, 1 error, 2 wrong usage, 3 abstained. Results go to stdout, everything
else to stderr. An error is one paragraph; ``--debug`` shows the traceback. With ``--json`` stdout has
``{"error": {"type": …, "message": …}}`` as well, for every command, and the exit code is the same.
"""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
import textwrap
import threading
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

from rag import __version__, cli_index, cli_pages
from rag.cli_corpus import add_corpus, day
from rag.datatypes import DocumentState
from rag.errors import RagError, UsageError
from rag.terminal import cell, clean, wrapped
from rag.wiring import keep_offline

if TYPE_CHECKING:
    from rag.datatypes import Hit, IngestReport, Record, Scope
    from rag.verdicts import Tally

DONE, ERROR, USAGE, ABSTAINED = 0, 1, 2, 3
SEARCH_FIELDS = ("rank", "score", "document", "title", "page", "section", "text")


class _Parser(argparse.ArgumentParser):
    """Errors of usage as one paragraph that ends with where help is."""

    def error(self, message: str) -> NoReturn:
        told = f"{message[:1].upper()}{message[1:]}. See: {self.prog} --help"
        _complain(told)
        raise _WrongArguments(told)


class _WrongArguments(SystemExit):
    """Ends the program like ``argparse`` does, and knows what was wrong."""

    def __init__(self, told: str) -> None:
        super().__init__(USAGE)
        self.told = told


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    keep_offline()
    _quiet_libraries()
    try:
        options = _parser().parse_args(arguments)
    except _WrongArguments as stopped:
        if "--json" in (sys.argv[1:] if arguments is None else arguments):
            _print_error(UsageError.__name__, stopped.told, sys.stdout)
        raise
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        told = _VERIFY_STOPPED if options.command == "verify" else _STOPPED
        _complain(told)
        _error_as_json(options, "KeyboardInterrupt", told)
        return ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return ERROR
    except Exception as error:  # the last line of defence: a clinician never sees a traceback
        _error_as_json(options, type(error).__name__, _explain(error))
        if options.debug:
            raise
        _complain(_explain(error))
        return USAGE if isinstance(error, UsageError) else ERROR


_STOPPED = (
    "Stopped. An index stays as it was before; downloads and batches go on when the command is run again."
)
_VERIFY_STOPPED = "Stopped. The file of verdicts stays as it was before; run again, the command begins with the first claim."


def _error_as_json(options: argparse.Namespace, kind: str, message: str) -> None:
    """On stdout where JSON was asked for; on stderr where stdout is a stream of verdicts, as their summary is."""
    if getattr(options, "json", False):
        _print_error(kind, message, sys.stderr if getattr(options, "out", None) == "-" else sys.stdout)


def _print_error(kind: str, message: str, stream: TextIO) -> None:
    error = {"type": kind, "message": " ".join(message.split())}
    print(json.dumps({"error": error}, ensure_ascii=False, indent=2), file=stream)


def _explain(error: Exception) -> str:
    if isinstance(error, RagError):
        return str(error)
    if isinstance(error, ImportError):
        return f"{error}. A package is missing or broken; `rag doctor` lists what is installed."
    return f"{type(error).__name__}: {error}. Run the command again with --debug to see where."


def _complain(message: str) -> None:
    print(wrapped(" ".join(f"rag: {message}".split()), 100), file=sys.stderr)


def _quiet_libraries() -> None:
    """Third-party chatter has no place between a clinician and an answer."""
    warnings.simplefilter("ignore")
    for name in ("pypdf", "bitsandbytes", "transformers", "sentence_transformers", "faiss", "bm25s", "httpx"):
        logging.getLogger(name).setLevel(logging.ERROR)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="rag",
        description="Answers from your own documents, with the sentences they rest on, or says that the "
        "documents do not hold them. The software assists; a clinician decides.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="examples:\n"
        "  rag models fetch\n"
        "  rag ingest guidelines/ --index indexes/ward\n"
        '  rag ask "At what blood pressure should drug treatment start?" --index indexes/ward\n\n'
        "exit codes: 0 answered or done, 1 error, 2 wrong usage, 3 abstained",
    )
    parser.add_argument("--version", action="version", version=f"rag {__version__}")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    for add in (
        _add_models,
        _add_ingest,
        _add_search,
        _add_ask,
        _add_batch,
        _add_verify,
        _add_show,
        _add_doctor,
    ):
        add(commands)
    add_corpus(commands, _Parser, _progress)
    cli_index.register(commands, _command, _progress)
    cli_pages.add_highlight(commands, _command)
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary,
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    command.set_defaults(run=run)
    return command


def _add_index(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--index",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder of the index, or of a corpus with a catalogue",
    )


def _add_scope(command: argparse.ArgumentParser) -> None:
    """Which documents of a catalogued index may answer."""
    others = [str(state) for state in DocumentState if state is not DocumentState.CURRENT]
    command.add_argument(
        "--as-of",
        type=day,
        metavar="DATE",
        help="answer from what was in force on that day (default: today)",
    )
    command.add_argument(
        "--include",
        action="append",
        default=[],
        choices=others,
        metavar="STATE",
        help=f"also documents of a state, said on every quote; can be given again: {', '.join(others)}",
    )


def _scope(options: argparse.Namespace) -> Scope:
    from rag.datatypes import Scope

    return Scope(as_of=options.as_of, include=tuple(DocumentState(state) for state in options.include))


def _add_profile(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--profile", default="demo", metavar="NAME", help="a built-in profile or a .toml file (default: demo)"
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="machine-readable output on stdout")


# models ---------------------------------------------------------------------------------------------


def _add_models(commands: Any) -> None:
    command = _command(commands, "models", _models, "Get the embedded default models", "rag models fetch")
    command.add_argument(
        "action", choices=["fetch"], help="fetch: download, check, prepare; goes on if interrupted"
    )
    command.add_argument("--only", choices=["encoder", "writer"], help="get one of the two only")


def _models(options: argparse.Namespace) -> int:
    from rag.models import fetch, rag_home

    with _progress() as on_step:
        folders = fetch(options.only, home=rag_home(), on_progress=on_step)
    for name, folder in folders.items():
        print(f"{name}: {folder}")
    return DONE


# ingest ---------------------------------------------------------------------------------------------


def _add_ingest(commands: Any) -> None:
    command = _command(
        commands,
        "ingest",
        _ingest,
        "Take files and folders into an index (PDF, Markdown, HTML, plain text)",
        "rag ingest guidelines/ protocol.pdf --index indexes/ward",
    )
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a file or a folder")
    _add_index(command)
    _add_json(command)
    command.add_argument("--prune", action="store_true", help="also drop documents whose files are gone")
    command.add_argument("--workers", type=int, metavar="N", help="parser processes (default: all cores)")
    command.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE.toml",
        help='lines of "protocol.pdf" = "secret" or "ward-*.pdf" = …',
    )
    command.add_argument(
        "--profile", default="demo", metavar="NAME", help="profile whose settings shape the index"
    )


def _ingest(options: argparse.Namespace) -> int:
    from rag.ingest.passwords import read_passwords
    from rag.profiles import load_profile
    from rag.wiring import ingest

    absent = [str(path) for path in options.paths if not path.exists()]
    if absent:
        raise UsageError(f"There is no file or folder {', '.join(absent)}. Nothing was changed.")
    with _progress() as on_step:
        report = ingest(
            options.paths,
            options.index,
            settings=load_profile(options.profile).settings,
            workers=options.workers,
            prune=options.prune,
            passwords=read_passwords(options.password_file) if options.password_file else None,
            on_step=on_step,
        )
    if options.json:
        print(report.model_dump_json(indent=2))
    else:
        _print_report(report)
    return DONE


def _print_report(report: IngestReport) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if report.documents:
        table = Table("Document", "Title", "Pages", "Passages", "State", box=None, pad_edge=False)
        for row in report.documents:
            cells = (row["document"], row["title"], str(row["pages"]), str(row["passages"]), row["state"])
            table.add_row(*(cell(one, 60) for one in cells))
        console.print(table)
    if report.skipped:
        table = Table("Skipped", "Reason", box=None, pad_edge=False)
        for skipped in report.skipped:
            table.add_row(cell(Path(skipped.path).name, 60), cell(skipped.reason, 200))
        console.print()
        console.print(table)
    for line in cli_pages.low_page_lines(report.documents):
        console.print(cell(line, 400))
    changed = sum(row["state"] != "unchanged" for row in report.documents)
    console.print(
        f"\n{len(report.documents)} documents ({changed} new or changed), {report.pages} pages, "
        f"{report.passages} passages, {len(report.skipped)} skipped, {report.seconds:.1f} s"
    )


# search ---------------------------------------------------------------------------------------------


def _add_search(commands: Any) -> None:
    command = _command(
        commands,
        "search",
        _search,
        "Ranked passages with document, page and section",
        'rag search "albendazole dose" --index indexes/ward -k 5',
    )
    command.add_argument("query")
    _add_index(command)
    _add_scope(command)
    command.add_argument("-k", type=_positive, default=10, metavar="N", help="passages to show (default: 10)")
    _add_json(command)


def _search(options: argparse.Namespace) -> int:
    from rag.wiring import Pipeline

    with Pipeline.open(options.index, scope=_scope(options)) as pipeline:
        hits = pipeline.search(_readable(options.query), k=options.k)
    if options.json:
        print(json.dumps([_search_row(hit) for hit in hits], ensure_ascii=False, indent=2))
        return DONE
    for hit in hits:
        _print_hit(hit)
    if not hits:
        print("No passage shares a word or a meaning with the query.")
    return DONE


def _search_row(hit: Hit) -> dict[str, Any]:
    return {name: value for name, value in hit.model_dump(mode="json").items() if name in SEARCH_FIELDS}


def _print_hit(hit: Hit) -> None:
    where = " > ".join(hit.section)
    print(f"{hit.rank}. {clean(hit.title)}, page {hit.page}  [{clean(hit.document)}]  {hit.score:.2f}")
    if where:
        print(f"   {clean(where)}")
    print(textwrap.indent(textwrap.fill(clean(hit.text), width=96), "   ") + "\n")


# ask ------------------------------------------------------------------------------------------------


def _add_ask(commands: Any) -> None:
    command = _command(
        commands,
        "ask",
        _ask,
        "Answer a question from the index with citations, or abstain",
        'rag ask "How often should I follow up after starting treatment?" --index indexes/ward',
    )
    command.add_argument("question", help="the question, or - to read it from standard input")
    _add_index(command)
    _add_scope(command)
    _add_json(command)
    _add_profile(command)


def _ask(options: argparse.Namespace) -> int:
    from rag.wiring import Pipeline

    question = sys.stdin.read() if options.question == "-" else options.question
    question = _readable(question)
    if not question.strip():
        raise UsageError("The question is empty.")
    with Pipeline.open(options.index, profile=options.profile, scope=_scope(options)) as pipeline:
        record = pipeline.ask(question)
    print(record.model_dump_json(indent=2) if options.json else _shown(record))
    return ABSTAINED if record.answer is None else DONE


def _shown(record: Record) -> str:
    """The Record as a reader at a terminal sees it."""
    blocks = [_answer_block(record), *_source_blocks(record), *_conflict_blocks(record)]
    if record.answer is not None and record.reason:
        blocks.append(_wrapped("Missing: " + record.reason))
    if record.answer is None and record.hits:
        blocks.append(_nearest_block(record))
    blocks += _ladder_blocks(record)
    blocks += [_wrapped(f"Note: {notice}") for notice in record.notices]
    blocks.append("The software assists; a clinician decides. Read the source before you act.")
    return "\n\n".join(blocks)


def _answer_block(record: Record) -> str:
    if record.answer is None:
        return _wrapped(f"Not answered. {record.reason}")
    return _wrapped(record.answer)


def _source_blocks(record: Record) -> list[str]:
    from rag.answer.compose import numbered_quotes

    return [_source_block(number, quote) for number, quote in numbered_quotes(record.claims)]


def _source_block(number: int, quote: Any) -> str:
    date = f", {quote.date}" if quote.date else ""
    head = f"[{number}] {quote.title}{date}, page {quote.page} ({quote.document})"
    lines = [_wrapped(head), *_standing_lines(quote)]
    if quote.section:
        lines.append(_wrapped("Section: " + " > ".join(quote.section), indent="    "))
    if quote.header_text:
        lines.append(_wrapped("Table: " + quote.header_text, indent="    "))
    if quote.lead_in:
        lines.append(_wrapped("List: " + " > ".join(reversed(quote.lead_in)), indent="    "))
    lines.append(_wrapped(f"“{quote.text}”", indent="    "))
    if quote.ocr:
        lines.append(_wrapped(cli_pages.RECOGNISED, indent="    "))
    return "\n".join(lines)


def _standing_lines(quote: Any) -> list[str]:
    """What the catalogue says against the document, if anything."""
    from rag.answer.sources import standing_text

    told = standing_text(quote)
    lines = [_wrapped(f"This document {told}.", indent="    ")] if told else []
    if quote.standing is not None and quote.standing.unconfirmed:
        fields = ", ".join(quote.standing.unconfirmed)
        lines.append(_wrapped(f"Not confirmed by a librarian: {fields}", indent="    "))
    return lines


def _conflict_blocks(record: Record) -> list[str]:
    """Sources that disagree, each with its date, the newest first."""
    blocks = []
    for conflict in record.conflicts:
        lines = [_wrapped(f"The sources disagree: {conflict.detail}.")]
        for quote in conflict.quotes:
            lines.append(
                _wrapped(f"- {quote.date or 'undated'}: {quote.title}, page {quote.page}", indent="  ")
            )
            lines.append(_wrapped(f"“{quote.text}”", indent="    "))
        blocks.append("\n".join(lines))
    return blocks


def _ladder_blocks(record: Record) -> list[str]:
    """What was tried for statements that failed a check, in one paragraph; nothing where nothing was tried."""
    told = {
        ("repeat", "mended"): "failed its checks as it was worded, and is told in the words of its source",
        ("requote", "mended"): "passed its checks only with another sentence of the same passages",
        ("reretrieve", "mended"): "passed its checks only with a sentence of a second search",
        ("requote", "not_mended"): "no other sentence of the same passages carries it",
        ("reretrieve", "not_mended"): "a second search found none either",
    }
    steps = [
        f"Statement {rung.claim + 1} of draft {rung.attempt}: {told[rung.step, rung.outcome]}."
        for rung in record.rungs
        if (rung.step, rung.outcome) in told
    ]
    return [_wrapped("Tried: " + " ".join(steps))] if steps else []


def _nearest_block(record: Record) -> str:
    lines = ["The nearest passages, for you to judge:"]
    for hit in record.hits[:3]:
        lines.append(_wrapped(f"- {hit.title}, page {hit.page} ({hit.document})", indent="  "))
        lines.append(_wrapped(textwrap.shorten(clean(hit.text), 240, placeholder=" …"), indent="    "))
    return "\n".join(lines)


# batch ----------------------------------------------------------------------------------------------


def _add_batch(commands: Any) -> None:
    command = _command(
        commands,
        "batch",
        _batch,
        "Answer a file of questions, one Record a line; goes on where it stopped",
        "rag batch questions.jsonl --index indexes/ward --out records.jsonl",
    )
    command.add_argument(
        "questions", type=Path, metavar="QUESTIONS.jsonl", help='lines of {"question": …, "id": …}'
    )
    _add_index(command)
    _add_scope(command)
    command.add_argument("--out", required=True, type=Path, metavar="RECORDS.jsonl")
    _add_profile(command)


def _batch(options: argparse.Namespace) -> int:
    from rag.batch import answer_all, read_questions
    from rag.wiring import Pipeline

    questions = read_questions(options.questions)
    opened = Pipeline.open(options.index, profile=options.profile, scope=_scope(options))
    with opened as pipeline, _progress() as on_step:
        counts = answer_all(pipeline, questions, options.out, on_step=on_step)
    summary = ", ".join(f"{count} {status}" for status, count in counts.items())
    print(f"{options.out}: {summary or 'nothing to do'}")
    return DONE


# verify ---------------------------------------------------------------------------------------------


def _add_verify(commands: Any) -> None:
    command = _command(
        commands,
        "verify",
        _verify,
        "Judge a file of claims by the evidence given with each; one verdict a line",
        "rag verify --in claims.jsonl --out verdicts.jsonl\n\n"
        "a line of CLAIMS.jsonl:\n"
        '  {"id": "1", "claim": "Zinc is given for 10 to 14 days.", "evidence": ["Give zinc for 10–14 days."]}\n'
        "a line of VERDICTS.jsonl:\n"
        '  {"id": "1", "label": "SUPPORTS", "released": true, "score": 0.98,\n'
        '   "findings": [{"check": "numbers", "passed": true, "detail": ""}, …]}\n\n'
        "labels: SUPPORTS, REFUTES, NEI (not enough information). A line that cannot be read or judged is NEI, and its\n"
        "finding says why. The software assists; a clinician decides.",
    )
    command.add_argument(
        "--in", dest="given", required=True, metavar="CLAIMS.jsonl", help="the claims; - for standard input"
    )
    command.add_argument(
        "--out", required=True, metavar="VERDICTS.jsonl", help="the verdicts; - for standard output"
    )
    _add_json(command)
    _add_profile(command)
    command.add_argument(
        "--judge",
        metavar="JUDGE",
        help="embedded, similarity, or a .toml file with a table [judge] (default: the judge of the profile)",
    )
    command.add_argument(
        "--thorough",
        action="store_true",
        help="the embedded writer reads every claim that is not released, for a better label: up to a second each on a "
        "processor with bfloat16 instructions, several without. What is released is the same",
    )


def _verify(options: argparse.Namespace) -> int:
    from rag.profiles import load_judge_source, load_profile
    from rag.verdicts import STREAM, check_paths, verify_file
    from rag.verify.calibration import calibration_of
    from rag.wiring import claim_verifier, load_judge, second_opinion

    check_paths(options.given, options.out)
    profile = load_profile(options.profile)
    source = load_judge_source(options.judge) if options.judge else profile.judge
    judge = load_judge(source)
    second = second_opinion(judge, thorough=options.thorough)
    said = judge.judge(
        [["Give zinc."]], ["Zinc is given."]
    )  # loads it, which is no part of the claims per second
    if second:
        second.again([["Give zinc."]], ["Zinc is given."], said)
    verifier = claim_verifier(judge, profile.settings, second=second)
    with _terminable(), _progress() as on_step:
        tally = verify_file(verifier, options.given, options.out, on_step=on_step)
    about = {
        "judge": judge.id,
        "second_opinion": second.id if second else None,
        "calibrated": calibration_of(judge) is not None,
        "threshold": profile.settings.verification.support_threshold,
        "settings": profile.settings.id,
    }
    shown = _verify_summary(options, tally, about) if options.json else _verify_text(options, tally, about)
    print(shown, file=sys.stderr if options.out == STREAM else sys.stdout)
    print(f"rag: {tally.lines:,} claims, {tally.claims_per_second:,.1f} claims per second", file=sys.stderr)
    for warning in _verify_warnings(tally):
        _complain(warning)
    return DONE


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends what runs here as Ctrl-C does, so that no half-written file is left."""
    if threading.current_thread() is not threading.main_thread():  # others get no signals
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _verify_summary(options: argparse.Namespace, tally: Tally, about: dict[str, Any]) -> str:
    labels = {label: tally.labels[label] for label in ("SUPPORTS", "REFUTES", "NEI")}
    counts = {"lines": tally.lines, "labels": labels, "released": tally.released, "errors": tally.errors}
    speed = {"seconds": round(tally.seconds, 3), "claims_per_second": round(tally.claims_per_second, 2)}
    held = {"held_back_by": dict(_largest_first(tally.held_back))}
    return json.dumps({"in": options.given, "out": options.out, **counts, **held, **speed, **about}, indent=2)


def _largest_first(counts: Counter[str]) -> list[tuple[str, int]]:
    """Equal counts in the order of their names, so that the same claims read the same."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def _verify_text(options: argparse.Namespace, tally: Tally, about: dict[str, Any]) -> str:
    lines = [
        f"{clean(options.out)}: {_counted(tally.lines, 'verdict')}, {_counted(tally.released, 'claim')} released",
        "",
    ]
    lines += [f"  {label:<9}{tally.labels[label]:>9,}" for label in ("SUPPORTS", "REFUTES", "NEI")]
    if tally.held_back:
        held = ", ".join(f"{name} {count:,}" for name, count in _largest_first(tally.held_back))
        lines += ["", _wrapped(f"Held back by (a claim can fail several checks): {held}.")]
    kind = "calibrated" if about["calibrated"] else "uncalibrated: a score is no probability to rely on"
    lines += ["", _wrapped(f"Judge: {about['judge']}, {kind}. Threshold: {about['threshold']:g}.")]
    if about["second_opinion"]:
        lines += [_wrapped(f"Labels of what is not released: {about['second_opinion']}.")]
    return "\n".join([*lines, "The software assists; a clinician decides."])


def _verify_warnings(tally: Tally) -> list[str]:
    warnings = []
    if tally.errors:
        warnings.append(
            f"warning: {tally.errors:,} of {tally.lines:,} lines could not be read or judged; each has the label NEI "
            'and a failed finding "input" or "language" that says why.'
        )
    if tally.ignored:
        names = ", ".join(clean(name) for name, _ in tally.ignored.most_common(8))
        warnings.append(f"warning: fields that are not read were left aside: {names}.")
    return warnings


# show -----------------------------------------------------------------------------------------------


def _add_show(commands: Any) -> None:
    command = _command(
        commands,
        "show",
        _show,
        "The text of a page as the index knows it",
        "rag show protocol.pdf --page 3 --index indexes/ward",
    )
    command.add_argument("document", metavar="DOCUMENT", help="file name of the document")
    command.add_argument("--page", type=_positive, required=True, metavar="N", help="as a PDF viewer counts")
    _add_index(command)


def _show(options: argparse.Namespace) -> int:
    from rag.wiring import Pipeline

    with Pipeline.open(options.index) as pipeline:
        print(clean(pipeline.page(options.document, options.page), keep_lines=True))
    return DONE


# doctor ---------------------------------------------------------------------------------------------


def _add_doctor(commands: Any) -> None:
    command = _command(
        commands,
        "doctor",
        _doctor,
        "What is installed, which device, which models, what is missing",
        "rag doctor",
    )
    _add_json(command)


def _doctor(options: argparse.Namespace) -> int:
    from rag.doctor import examine

    findings = examine()
    if options.json:
        print(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        for finding in findings:
            print(f"{'ok     ' if finding.ok else 'missing'}  {finding.name:<24} {finding.detail}")
            if finding.remedy:
                print(f"{'':9}{'':<24} → {finding.remedy}")
    return DONE if all(finding.ok or not finding.needed for finding in findings) else ERROR


# helpers --------------------------------------------------------------------------------------------


def _positive(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return value


def _readable(text: str) -> str:
    """Bytes that are not UTF-8 reach us as lone surrogates, which nothing downstream can encode."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(clean(text), width=100, initial_indent=indent, subsequent_indent=indent)


class _progress:  # noqa: N801 - used like a function
    """A progress bar on stderr with one line per step; silent when stderr is not a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description:<28}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Callable[[str, int, int], None]:
        self._progress.start()
        return self._step

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _step(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)


if __name__ == "__main__":
    raise SystemExit(main())

"""Questions over guidelines, end to end: documents in, Records out, scores.

    python eval/guideline_qa.py --questions dev.jsonl --documents us_gov who --index /tmp/idx --records out.jsonl
    python eval/guideline_qa.py --questions dev.jsonl --documents us_gov who --index /tmp/idx --score-only out.jsonl
    python eval/guideline_qa.py --questions dev.jsonl --documents us_gov who --index /tmp/idx --select-only

Resumable: questions that have a Record in the file are not asked again. ``--search-only`` and ``--select-only``
need no writer. Every document is read with pdftotext too, to see whether quotes stand on their page.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from qa_lib.questions import Asked, load_questions
from qa_lib.readings import Judged, judge_released, load_readings
from qa_lib.scoring import Outcome, Pages, Share, Summary, auc, score, summarise, trade_off
from qa_lib.verbatim import available, is_verbatim

from rag.batch import Question, answer_all
from rag.datatypes import Ids, Record, Selection, Status
from rag.profiles import load_profile
from rag.settings import Settings
from rag.wiring import Pipeline, ingest


def main() -> int:
    options = _options()
    questions = load_questions(options.questions)[: options.limit]
    if options.documents and not options.score_only:
        report = ingest(options.documents, options.index)
        print(f"{len(report.documents)} documents, {report.pages} pages, {report.passages} passages, "
              f"{len(report.skipped)} skipped, {report.seconds:.1f} s")  # fmt: skip
    with Pipeline.open(options.index, profile=options.profile, settings=_settings(options)) as pipeline:
        records = _records(options, pipeline, questions)
        pages = Pages(pipeline.documents())
    outcomes = score(questions, records, pages, is_verbatim=_checker(options.documents))
    summary = summarise(outcomes)
    released = judge_released(
        questions, records, load_readings(options.readings), is_verbatim=_checker(options.documents)
    )
    _print_released(released, options.doubtful)
    _print(summary, outcomes, records, selecting=options.select_only, listing=options.list)
    if options.json:
        options.json.write_text(
            json.dumps(_as_json(summary, outcomes, records), indent=1) + "\n", encoding="utf-8"
        )
    return 0


def _print_released(released: Sequence[Judged], doubtful: Path | None) -> None:
    """Shares of the released claims; the doubtful ones into a file, to be read by hand."""
    for state in ("unsupported", "doubtful", "answers_other_question"):
        print(
            f"{'released claims: ' + state:34s} {Share(sum(j.state == state for j in released), len(released))}"
        )
    if doubtful:
        lines = [json.dumps(j._asdict(), ensure_ascii=False) for j in released if j.state == "doubtful"]
        doubtful.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument(
        "--documents", type=Path, nargs="+", default=[], help="files and folders, ingested first"
    )
    parser.add_argument("--index", type=Path, required=True)
    parser.add_argument("--profile", default="demo")
    parser.add_argument("--limit", type=int, help="only the first so many questions")
    parser.add_argument("--records", type=Path, help="Records go here and are read from here")
    parser.add_argument("--doubtful", type=Path, help="released claims that a person has to read go here")
    parser.add_argument("--readings", type=Path, nargs="+", default=[], help="files of what was read")
    parser.add_argument("--json", type=Path, help="scores and outcomes as JSON")
    parser.add_argument("--list", action="store_true", help="one line a question")
    parser.add_argument(
        "--passages", type=int, help="passages the selection looks at (default: the profile's)"
    )
    parser.add_argument("--without-judge", action="store_true", help="with --select-only: features alone")
    parser.add_argument(
        "--with-bar", action="store_true", help="with --select-only: the profile's threshold, not 0"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--score-only", type=Path, metavar="RECORDS", help="ask nothing, score these Records")
    mode.add_argument("--search-only", action="store_true", help="retrieval alone")
    mode.add_argument(
        "--select-only",
        action="store_true",
        help="retrieval and selection, threshold 0: premises and orders are not looked at",
    )
    options = parser.parse_args()
    if options.with_bar and not options.select_only:
        parser.error("--with-bar goes with --select-only: asking always has the bar")
    if not (options.records or options.score_only or options.search_only or options.select_only):
        parser.error("--records OUT.jsonl is needed to keep the Records in")
    return options


def _settings(options: argparse.Namespace) -> Settings:
    """The profile's settings; a selection alone keeps everything, to show every threshold at once."""
    settings = load_profile(options.profile).settings
    changed: dict[str, object] = {}
    if options.passages:
        changed["passages"] = options.passages
    if options.select_only:
        changed["judge"] = not options.without_judge
        if not options.with_bar:
            changed["threshold"] = 0.0
    return settings.model_copy(update={"selection": settings.selection.model_copy(update=changed)})


def _records(
    options: argparse.Namespace, pipeline: Pipeline, questions: Sequence[Asked]
) -> dict[str, Record]:
    if options.search_only or options.select_only:
        return {
            asked.id: _without_writing(pipeline, asked, select=options.select_only) for asked in questions
        }
    path: Path = options.score_only or options.records
    if not options.score_only:
        asked = [Question(id=q.id, text=q.question) for q in questions]
        answer_all(pipeline, asked, path, on_step=_progress)
    lines = path.read_text(encoding="utf-8").splitlines()
    return {
        record.id: record for record in (Record.model_validate_json(line) for line in lines if line.strip())
    }


def _progress(_step: str, done: int, total: int) -> None:
    print(f"\r{done}/{total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _without_writing(pipeline: Pipeline, asked: Asked, *, select: bool) -> Record:
    """A Record of the first steps only; it abstains, since nothing is written."""
    started = time.perf_counter()
    size = pipeline.settings.selection.passages
    hits = tuple(pipeline.search(asked.question, k=size))
    found = time.perf_counter()
    selection: Selection | None = pipeline.parts.selector.select(asked.question, hits) if select else None
    ended = time.perf_counter()
    return Record(
        id=asked.id, question=asked.question, asked_at="", status=Status.ABSTAINED, answer=None,
        reason=(selection.reason if selection else None) or "nothing was written",
        hits=hits, selection=selection, ids=_NO_IDS,
        seconds={"retrieve": found - started, "select": ended - found, "total": ended - started},
    )  # fmt: skip


_NO_IDS = Ids(
    corpus="", index="", encoder="", writer="", quantisation="", prompt="", settings="", profile="", seed=0, software="",
)  # fmt: skip


def _checker(documents: Sequence[Path]):  # type: ignore[no-untyped-def]
    """(document, page, quote) -> found there? None for what pdftotext cannot be asked about."""
    if not available():
        print("pdftotext is not installed: quotes are not looked up", file=sys.stderr)
        return None
    files = [p for path in documents for p in (path.rglob("*") if path.is_dir() else [path])]
    by_name = {path.name: path for path in files if path.suffix.lower() == ".pdf"}

    def check(document: str, page: int, quote: str) -> bool | None:
        return is_verbatim(by_name[document], page, quote) if document in by_name else None

    return check


def _print(
    summary: Summary,
    outcomes: Sequence[Outcome],
    records: dict[str, Record],
    *,
    selecting: bool,
    listing: bool,
) -> None:
    for name, share in summary.shares.items():
        print(f"{name:34s} {share}")
    print(
        f"{'seconds a question':34s} median {summary.seconds_median:.2f}, 95th percentile {summary.seconds_p95:.2f}"
    )
    for step, (middle, high) in _steps(records).items():
        print(f"{'  ' + step:34s} median {middle:.2f}, 95th percentile {high:.2f}")
    print(f"{'peak memory':34s} {_peak_megabytes():.0f} MB")
    columns = ["gold page in first 10", "gold page selected", "gold page cited", "numbers present",
               "answered (answerable)", "abstained (unanswerable)"]  # fmt: skip
    print(
        f"\n{'kind':24s}"
        + "".join(f"{name.split(' (')[0].removeprefix('gold page '):>16s}" for name in columns)
    )
    for kind, shares in summary.by_kind.items():
        cells = (f"{s.right}/{s.of}" if s.of else "-" for s in (shares[name] for name in columns))
        print(f"{kind:24s}" + "".join(f"{cell:>16s}" for cell in cells))
    for name, faults in (
        ("numbers not in the quotes", summary.stray),
        ("not verbatim", summary.not_verbatim),
    ):
        for identity, found in faults.items():
            print(f"{name}: {identity}: {'; '.join(found)}")
    if selecting:
        print(f"\nselection: AUC {auc(outcomes):.3f}\nthreshold  answerable kept  unanswerable refused")
        for point in trade_off(outcomes):
            print(f"{point.threshold:9.2f}  {point.kept!s:>15s}  {point.refused!s:>15s}")
    if listing:
        for outcome in outcomes:
            print(
                json.dumps(
                    {k: v for k, v in dataclasses.asdict(outcome).items() if v not in (False, (), 0, None)}
                )
            )


def _steps(records: dict[str, Record]) -> dict[str, tuple[float, float]]:
    """Median and 95th percentile of every step's seconds."""
    names = dict.fromkeys(name for record in records.values() for name in record.seconds if name != "total")
    times = {name: sorted(r.seconds[name] for r in records.values() if name in r.seconds) for name in names}
    return {name: (ts[len(ts) // 2], ts[min(len(ts) - 1, int(0.95 * len(ts)))]) for name, ts in times.items()}


def _peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _as_json(summary: Summary, outcomes: Sequence[Outcome], records: dict[str, Record]) -> dict[str, object]:
    return {
        "settings": next((record.ids.settings for record in records.values()), ""),
        "peak_megabytes": round(_peak_megabytes()),
        "seconds": {"median": summary.seconds_median, "p95": summary.seconds_p95},
        "shares": {name.strip(): [share.right, share.of] for name, share in summary.shares.items()},
        "trade_off": [dataclasses.asdict(point) for point in trade_off(outcomes)],
        "outcomes": [dataclasses.asdict(outcome) for outcome in outcomes],
    }


if __name__ == "__main__":
    raise SystemExit(main())

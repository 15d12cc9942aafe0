"""The commands ``rag index …``: check an index, make it anew beside the old one, switch, go back, plan."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.index.check import Checked
    from rag.index.compare import Comparison
    from rag.index.folder import Generation
    from rag.index.sizes import Sizes

DONE, ERROR = 0, 1
Command = Callable[..., argparse.ArgumentParser]


def register(commands: Any, command: Command, progress: Callable[[], Any]) -> None:
    """Add ``index`` and what is below it. ``command`` makes a parser, ``progress`` a bar on stderr."""

    def on_index(
        actions: Any, name: str, run: Callable[[argparse.Namespace], int], summary: str, example: str
    ) -> argparse.ArgumentParser:
        return command(actions, name, lambda options: run(_with_index(options)), summary, example)

    parser = commands.add_parser(
        "index", help="Check an index, make it anew beside the old one, switch, go back"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=type(parser))
    _add_verify(actions, on_index)
    _add_rebuild(actions, on_index, progress)
    _add_switch(actions, on_index)
    _add_rollback(actions, on_index)
    _add_plan(actions, on_index)


def _with_index(options: argparse.Namespace) -> argparse.Namespace:
    """The index of a corpus in place of the corpus folder."""
    from rag.wiring import index_folder

    if options.index is not None:
        options.index = index_folder(options.index)
    return options


def _add_common(parser: argparse.ArgumentParser, *, changes: bool) -> None:
    parser.add_argument(
        "--index", required=True, type=Path, metavar="DIR", help="folder of the index, or of its corpus"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")
    if changes:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, change nothing")


def _print_json(values: object) -> None:
    print(json.dumps(values, ensure_ascii=False, indent=2))


# verify ---------------------------------------------------------------------------------------------


def _add_verify(actions: Any, command: Command) -> None:
    parser = command(
        actions,
        "verify",
        _verify,
        "Check every hash, offset and vector of an index, and name what is wrong",
        "rag index verify --index indexes/ward --json",
    )
    _add_common(parser, changes=True)
    parser.add_argument(
        "--no-encoder", action="store_true", help="compute no vectors again to compare them with the stored"
    )
    parser.add_argument(
        "--drop-old", action="store_true", help="if nothing is wrong, delete all but the generation in use"
    )


def _verify(options: argparse.Namespace) -> int:
    from rag.index.folder import forget_other_generations
    from rag.maintenance import verify_index

    found = verify_index(options.index, recompute=not options.no_encoder)
    others = [one.generation for one in found.generations[1:]] + list(found.leftovers)
    dropped = others if options.drop_old and found.ok else []
    if dropped and not options.dry_run:
        dropped = forget_other_generations(options.index)
    if options.json:
        _print_json({**found.model_dump(), "dropped": dropped, "dry_run": options.dry_run})
    else:
        for one in found.generations:
            _print_checked(one)
        for problem in found.problems:
            print(f"  - {problem}")
        for name in found.leftovers:
            print(f"{name}: left by a run that was killed; the next ingest removes it")
        for name in dropped:
            print(f"{name}: {'would be deleted' if options.dry_run else 'deleted'}")
        if options.drop_old and not found.ok:
            print("Nothing was deleted: the generation in use is damaged.")
        if not found.ok:
            print(_REMEDY.format(index=options.index))
    return DONE if found.ok else ERROR


_REMEDY = (
    "`rag index rollback --index {index}` goes back to the former generation, if there is one. "
    "`rag index rebuild --index {index}` and `rag index switch --index {index}` make a new one."
)


def _print_checked(one: Checked) -> None:
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in one.checked.items())
    print(f"{one.generation} ({one.role}): {'ok' if not one.problems else 'DAMAGED'}, {one.seconds:.1f} s")
    print(f"  looked at {counts}")
    for problem in one.problems:
        print(f"  - {problem}")


# rebuild --------------------------------------------------------------------------------------------


def _add_rebuild(actions: Any, command: Command, progress: Callable[[], Any]) -> None:
    parser = command(
        actions,
        "rebuild",
        lambda options: _rebuild(options, progress),
        "Make the index anew beside the one in use: another encoder, other settings, another format",
        "rag index rebuild --index indexes/ward --profile ward.toml --compare questions.jsonl\n\n"
        "What is in use stays in use until `rag index switch`. A line of QUESTIONS.jsonl:\n"
        '  {"question": "Zinc for a child with diarrhoea?", "document": "dehydration.pdf", "page": 2}',
    )
    _add_common(parser, changes=True)
    parser.add_argument(
        "--profile", default="demo", metavar="NAME", help="profile whose settings shape the index"
    )
    parser.add_argument(
        "--encoder",
        default="",
        metavar="DIR",
        help="a sentence-transformers model on this machine (default: embedded)",
    )
    parser.add_argument(
        "--from",
        dest="source",
        choices=["files", "stored"],
        help="read the source files again, or keep documents and passages as they are stored (default: stored "
        "where encoder and settings of ingest are the same, else files)",
    )
    parser.add_argument(
        "--compare", type=Path, metavar="QUESTIONS.jsonl", help="compare the recall of old and new on these"
    )
    parser.add_argument("--workers", type=int, metavar="N", help="parser processes (default: all cores)")
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE.toml",
        help='lines of "protocol.pdf" = "secret" or "ward-*.pdf" = …, where files are read again',
    )


def _rebuild(options: argparse.Namespace, progress: Callable[[], Any]) -> int:
    from rag.index.compare import read_questions
    from rag.ingest.passwords import read_passwords
    from rag.maintenance import compare_generations, rebuild_index
    from rag.profiles import load_profile

    if options.compare:
        read_questions(options.compare)  # a file that cannot be read is better known before the work
    settings = load_profile(options.profile).settings
    with progress() as on_step:
        made = rebuild_index(
            options.index,
            settings=settings,
            encoder_folder=options.encoder,
            source=options.source,
            workers=options.workers,
            passwords=read_passwords(options.password_file) if options.password_file else None,
            dry_run=options.dry_run,
            on_step=on_step,
        )
    comparison = None
    if options.compare and made.manifest is not None:
        name = made.manifest.generation
        comparison = compare_generations(options.index, options.compare, candidate=name, settings=settings)
    if options.json:
        _print_json({
            "index": str(options.index), "dry_run": options.dry_run, "source": made.source,
            "documents_before": made.documents,
            "candidate": made.manifest.model_dump(exclude={"files"}) if made.manifest else None,
            "lost": [skip.model_dump() for skip in made.lost],
            "comparison": comparison.model_dump() if comparison else None,
        })  # fmt: skip
        return DONE
    how = "the stored documents" if made.source == "stored" else "the source files, read again"
    if made.manifest is None:
        print(f"Would make a candidate of {made.documents} documents from {how}. Nothing was changed.")
        return DONE
    manifest = made.manifest
    print(f"{manifest.generation}: a candidate of {manifest.documents} documents from {how}, "
          f"{manifest.passages} passages, encoder {manifest.encoder_id}, settings {manifest.settings_id}")  # fmt: skip
    for skip in made.lost:
        print(f"  LOST: {skip.path}: {skip.reason}")
    if comparison:
        _print_comparison(comparison)
    print(f"The index in use is as it was. To use the candidate: rag index switch --index {options.index}")
    return DONE


def _print_comparison(found: Comparison) -> None:
    print(f"\n{found.questions} questions ({found.without_place} more name no document that answers)")
    print(f"  {'among the first':<18}{'in use':>10}{'candidate':>12}")
    for cut, share in found.recall_old.items():
        print(f"  {cut:<18}{share:>10.1%}{found.recall_new[cut]:>12.1%}")
    for what, questions in (("lost", found.lost), ("gained", found.gained)):
        for question in questions:
            print(f"  {what}: {question}")
    print()


# switch and rollback --------------------------------------------------------------------------------


def _add_switch(actions: Any, command: Command) -> None:
    parser = command(
        actions,
        "switch",
        _switch,
        "Use the candidate that `rag index rebuild` made; the generation in use is kept to go back to",
        "rag index switch --index indexes/ward --dry-run",
    )
    _add_common(parser, changes=True)
    parser.add_argument(
        "--to", default="", metavar="GENERATION", help="which candidate (default: the newest)"
    )


def _switch(options: argparse.Namespace) -> int:
    from rag.index.rebuild import switch_index

    return _say_used(options, switch_index(options.index, to=options.to, dry_run=options.dry_run))


def _add_rollback(actions: Any, command: Command) -> None:
    parser = command(
        actions,
        "rollback",
        _rollback,
        "Go back to the generation that was in use before the last switch",
        "rag index rollback --index indexes/ward --dry-run",
    )
    _add_common(parser, changes=True)


def _rollback(options: argparse.Namespace) -> int:
    from rag.index.rebuild import rollback_index

    return _say_used(options, rollback_index(options.index, dry_run=options.dry_run))


def _say_used(options: argparse.Namespace, used: Generation) -> int:
    manifest = used.manifest
    if options.json:
        _print_json({
            "index": str(options.index), "dry_run": options.dry_run, "generation": used.name,
            "documents": manifest.documents, "passages": manifest.passages, "encoder_id": manifest.encoder_id,
            "settings_id": manifest.settings_id, "created": manifest.created,
        })  # fmt: skip
        return DONE
    what = "Would be in use" if options.dry_run else "In use"
    print(f"{what}: {used.name}, made {manifest.created}, {manifest.documents} documents, {manifest.passages} passages, "
          f"encoder {manifest.encoder_id}, settings {manifest.settings_id}")  # fmt: skip
    return DONE


# plan -----------------------------------------------------------------------------------------------


def _add_plan(actions: Any, command: Command) -> None:
    parser = command(
        actions,
        "plan",
        _plan,
        "How much memory, disk and GPU memory so many documents will need, before anything is built",
        "rag index plan --documents 2000\n  rag index plan --documents 2000 --index indexes/ward",
    )
    parser.add_argument("--documents", required=True, type=_count, metavar="N")
    parser.add_argument(
        "--index", type=Path, metavar="DIR", help="measure the documents of this index or corpus"
    )
    parser.add_argument("--json", action="store_true", help="machine-readable output on stdout")


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def _plan(options: argparse.Namespace) -> int:
    from rag.index.sizes import plan_sizes

    sizes = plan_sizes(options.documents, index=options.index)
    if options.json:
        _print_json(sizes.model_dump())
    else:
        _print_sizes(sizes)
    return DONE


def _print_sizes(sizes: Sizes) -> None:
    print(f"{sizes.documents:,} documents, about {sizes.passages:,} passages "
          f"({sizes.passages_per_document:,.0f} a document, measured on: {sizes.measured_on}), {sizes.kind} search")  # fmt: skip
    for what, size in (
        ("memory to search", sizes.memory_searching),
        ("memory to ingest", sizes.memory_building),
        ("disk", sizes.disk),
        ("disk while ingesting", sizes.disk_building),
        ("GPU memory, if one holds the vectors", sizes.gpu),
    ):
        print(f"  {what:<38}{size / 1e9:>8.1f} GB")

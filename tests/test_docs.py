"""The documents keep up with the code: every command, profile and setting is described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rag.profiles import profile_names
from rag.settings import Settings

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"


@pytest.mark.parametrize(
    "command",
    [
        "models fetch",
        "ingest",
        "search",
        "ask",
        "batch",
        "show",
        "verify",
        "highlight",
        "doctor",
        "corpus",
        "index verify",
        "index rebuild",
        "index switch",
        "index rollback",
        "index plan",
    ],
)
def test_readme_shows_every_command(command: str) -> None:
    assert f"rag {command}" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", profile_names())
def test_readme_names_every_profile(name: str) -> None:
    assert f"`{name}`" in README.read_text(encoding="utf-8")


def settings_page() -> str:
    """docs/settings.md as the settings themselves tell it."""
    lines = [
        "# Settings",
        "",
        "Every choice that changes an answer. A profile overrides them in `[overrides.GROUP]`;",
    ]
    lines += [
        "`Pipeline.open(…, settings=…)` takes them whole. Their hash is in every Record. This page is written by",
    ]
    lines += [
        "`RAG_WRITE_GOLDEN=1 pytest tests/test_docs.py`.",
        "",
        "| setting | default | meaning |",
        "|---|---|---|",
    ]
    for name, group in Settings():
        for field, description in ((f, d.description or "") for f, d in type(group).model_fields.items()):
            default = getattr(group, field)
            shown = ", ".join(default) if isinstance(default, tuple) else default
            lines.append(f"| `{name}.{field}` | {shown} | {' '.join(description.split())} |")
    return "\n".join(lines) + "\n"


def test_settings_page_is_up_to_date(golden: Callable[[str, str], None]) -> None:
    golden("../../docs/settings.md", settings_page())


def test_every_setting_says_what_it_means() -> None:
    bare = [
        f"{g}.{f}"
        for g, group in Settings()
        for f, d in type(group).model_fields.items()
        if not d.description
    ]
    assert bare == []

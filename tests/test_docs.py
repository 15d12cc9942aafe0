"""The documents keep up with the code: every command, profile and setting is described."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from rag.profiles import profile_names
from rag.settings import Settings

REPOSITORY = Path(__file__).resolve().parent.parent
README = REPOSITORY / "README.md"
SETTINGS = REPOSITORY / "docs" / "settings.md"


def setting_names() -> list[str]:
    groups = {name: field.annotation for name, field in Settings.model_fields.items()}
    return [
        f"{group}.{name}"
        for group, model in groups.items()
        if isinstance(model, type) and issubclass(model, BaseModel)
        for name in model.model_fields
    ]


@pytest.mark.parametrize("command", ["models fetch", "ingest", "search", "ask", "batch", "show", "doctor"])
def test_readme_shows_every_command(command: str) -> None:
    assert f"rag {command}" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", profile_names())
def test_readme_names_every_profile(name: str) -> None:
    assert f"`{name}`" in README.read_text(encoding="utf-8")


def test_settings_page_lists_exactly_the_settings() -> None:
    listed = re.findall(
        r"^\| `([a-z_]+\.[a-z_]+)` \|", SETTINGS.read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert listed == setting_names()

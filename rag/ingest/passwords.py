"""Passwords of encrypted files, read from a file of their own: never an argument, never a setting, never stored."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from rag.errors import UsageError

Passwords = Mapping[str, str]
"""File name, path or glob pattern -> password."""


def read_passwords(path: Path) -> Passwords:
    """Of a TOML file with one line per file: ``"protocol.pdf" = "secret"`` or ``"ward-*.pdf" = "secret"``.

    Raises UsageError that names the line, and no word of what stands there.
    """
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"the password file {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"the password file {path} is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        place = str(error)[str(error).rfind("(at ") :] if "(at " in str(error) else ""
        raise UsageError(
            f'the password file {path} is no TOML {place}; expected lines such as "protocol.pdf" = "secret"'
        ) from None
    wrong = [name for name, value in stated.items() if not isinstance(value, str)]
    if wrong:
        raise UsageError(
            f"the password file {path}: {wrong[0]!r} is not a text; a name with a full stop stands in quotation "
            'marks: "protocol.pdf" = "secret"'
        )
    return stated


def password_for(path: Path, passwords: Passwords) -> str | None:
    """By file name, else by path, else by the first pattern that fits either; None when none does."""
    for name in (path.name, str(path)):
        if name in passwords:
            return passwords[name]
    return next(
        (word for pattern, word in passwords.items() if fnmatchcase(path.name, pattern) or fnmatchcase(str(path), pattern)),
        None,
    )  # fmt: skip

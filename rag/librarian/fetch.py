"""Files named in a manifest, fetched with resume and checked by hash. The one place of the corpus that uses a network.

[[file]]
url = "https://example.org/guideline.pdf"
sha256 = "…"
name = "guideline-2024.pdf"       # optional: the last part of the URL
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx
from pydantic import Field, ValidationError

from rag.datatypes import Frozen
from rag.errors import CatalogueError, HashMismatch, UsageError
from rag.ingest.document import file_hash

OnStep = Callable[[str, int, int], None]
_CHUNK = 1 << 16
_TRIES = 3
MOST_BYTES = 500 << 20


class Wanted(Frozen):
    url: Annotated[str, Field(pattern=r"^https?://")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    name: str | None = None

    @property
    def file_name(self) -> str:
        """Never a path: separators and leading dots go."""
        stated = self.name or unquote(urlsplit(self.url).path).rsplit("/", 1)[-1]
        return stated.replace("\\", "/").rsplit("/", 1)[-1].lstrip(".") or "document"


class FetchManifest(Frozen):
    file: tuple[Wanted, ...]


class Fetched(NamedTuple):
    path: Path
    was_there: bool


def read_manifest(path: Path) -> FetchManifest:
    """Raises CatalogueError naming entry and field."""
    try:
        return FetchManifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CatalogueError(f"{path} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{path} is not valid TOML: {error}") from error
    except ValidationError as error:
        one = error.errors()[0]
        where = " ".join(str(part + 1) if isinstance(part, int) else str(part) for part in one["loc"])
        raise CatalogueError(
            f"{path}: {where}: {one['msg']}; expected [[file]] with url, sha256 and perhaps name"
        ) from error


def fetch(manifest: Path, target: Path, *, on_step: OnStep | None = None) -> list[Fetched]:
    """Every file of the manifest in ``target``. What is there with the right hash is left; a part goes on where it
    stopped. Raises HashMismatch (the file is not kept) or UsageError (the server cannot be reached)."""
    target.mkdir(parents=True, exist_ok=True)
    wanted = read_manifest(manifest).file
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        return [_one(client, item, target, on_step) for item in wanted]


def _one(client: httpx.Client, item: Wanted, target: Path, on_step: OnStep | None) -> Fetched:
    path = target / item.file_name
    if path.is_file() and file_hash(path) == item.sha256:
        return Fetched(path, True)
    part = path.with_name(f".{path.name}.part")
    for attempt in range(1, _TRIES + 1):
        try:
            _download(client, item.url, part, on_step)
            break
        except httpx.HTTPError as error:
            if attempt == _TRIES:
                raise UsageError(
                    f"{item.url} cannot be fetched: {error}; run the command again to go on"
                ) from error
    found = file_hash(part)
    if found != item.sha256:
        part.unlink()
        raise HashMismatch(f"{item.url} has SHA-256 {found}, expected {item.sha256}; the file was not kept")
    part.replace(path)
    return Fetched(path, False)


def _download(client: httpx.Client, url: str, part: Path, on_step: OnStep | None) -> None:
    """Go on behind what is there; begin again where the server does not go on."""
    there = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={there}-"} if there else {}
    with client.stream("GET", url, headers=headers) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is there; the hash decides
        answer.raise_for_status()
        goes_on = answer.status_code == httpx.codes.PARTIAL_CONTENT
        total = int(answer.headers.get("Content-Length") or 0) + (there if goes_on else 0)
        done = there if goes_on else 0
        with part.open("ab" if goes_on else "wb") as stream:
            for chunk in answer.iter_bytes(_CHUNK):
                stream.write(chunk)
                done += len(chunk)
                if done > MOST_BYTES:
                    raise UsageError(f"{url} has more than {MOST_BYTES >> 20} MB; fetch it by hand")
                if on_step:
                    on_step("fetch", done, max(total, done))

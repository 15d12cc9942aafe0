"""Files named in a manifest, fetched with resume and checked by hash. The one place of the corpus that uses a network.

[[file]]
url = "https://example.org/guideline.pdf"
sha256 = "…"
name = "guideline-2024.pdf"       # optional: the last part of the URL
"""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import unquote, urlsplit

import httpx
from pydantic import Field, ValidationError

from rag.catalogue import file as catalogue_file
from rag.datatypes import Frozen
from rag.errors import CatalogueError, HashMismatch, RagError, UsageError
from rag.ingest.document import file_hash
from rag.ingest.passwords import Passwords
from rag.librarian.corpus import STAGING, Added, add
from rag.librarian.snapshots import PART
from rag.settings import Settings

OnStep = Callable[[str, int, int], None]
_CHUNK = 1 << 16
_TRIES = 3
_FOLDER_DIGITS = 16
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
    """What became of one file of the manifest."""

    url: str
    path: Path | None
    """None: it was not fetched."""
    was_there: bool = False
    failure: str = ""


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


def fetch_and_add(
    folder: Path,
    manifest: Path,
    *,
    settings: Settings,
    workers: int | None = None,
    passwords: Passwords | None = None,
    on_step: OnStep | None = None,
) -> tuple[list[Fetched], Added]:
    """Fetch what the corpus has not got into a folder of its own, ``add`` it, and clear it away there.

    No file of the corpus is written over. What could not be fetched keeps no other file from being added; what could not
    be taken in stays where it was fetched to.
    """
    catalogue = catalogue_file.read(folder)
    there = {entry.sha256: folder / entry.file for entry in catalogue.document}
    staging = folder / STAGING
    staging.mkdir(exist_ok=True)
    with catalogue_file.locked(staging):
        fetched = fetch(manifest, staging, there=there, on_step=on_step)
        paths = [one.path for one in fetched if one.path is not None]
        added = add(folder, paths, settings=settings, workers=workers, passwords=passwords, on_step=on_step)
        left = {Path(one.path).resolve() for one in added.skipped}
        for path in paths:
            if path.is_relative_to(staging) and path.resolve() not in left:
                shutil.rmtree(path.parent, ignore_errors=True)
    return fetched, added


def fetch(
    manifest: Path, target: Path, *, there: Mapping[str, Path] | None = None, on_step: OnStep | None = None
) -> list[Fetched]:
    """Every file of the manifest, each in a folder of its own in ``target``, named after its hash.

    What is there with the right hash is left, and so is what lies at its place in ``there`` (by SHA-256); a part goes on
    where it stopped. A file that cannot be fetched, or has another hash, is not kept; the others are fetched all the same.
    """
    wanted = read_manifest(manifest).file
    with httpx.Client(follow_redirects=True, timeout=60) as client:
        return [_one(client, item, target, there or {}, on_step) for item in wanted]


def _one(
    client: httpx.Client, item: Wanted, target: Path, there: Mapping[str, Path], on_step: OnStep | None
) -> Fetched:
    path = target / item.sha256[:_FOLDER_DIGITS] / item.file_name
    for place in (path, there.get(item.sha256)):
        if place is not None and place.is_file() and file_hash(place) == item.sha256:
            return Fetched(item.url, place, was_there=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}{PART}")
    try:
        _whole(client, item, part, on_step)
    except RagError as error:
        with suppress(OSError):  # a part is there to go on from
            path.parent.rmdir()
        return Fetched(item.url, None, failure=str(error))
    part.replace(path)
    return Fetched(item.url, path)


def _whole(client: httpx.Client, item: Wanted, part: Path, on_step: OnStep | None) -> None:
    """Raises UsageError (the server cannot be reached, or has no such file) or HashMismatch."""
    for attempt in range(1, _TRIES + 1):
        try:
            _download(client, item.url, part, on_step)
            break
        except httpx.HTTPStatusError as error:
            answer = error.response
            told = f"the server answers {answer.status_code} {answer.reason_phrase}".rstrip()
            if answer.is_client_error or attempt == _TRIES:
                raise UsageError(
                    f"{item.url} cannot be fetched: {told}; look at the URL in the manifest"
                ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            if attempt == _TRIES:
                raise UsageError(
                    f"{item.url} cannot be fetched: {error}; run the command again to go on"
                ) from error
    found = file_hash(part)
    if found != item.sha256:
        part.unlink()
        raise HashMismatch(f"{item.url} has SHA-256 {found}, expected {item.sha256}; the file was not kept")


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

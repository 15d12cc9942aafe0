"""Fetching from a server in this process: with resume, checked by hash, and over no file of the corpus."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from index.tiny import HashEncoder

from rag import wiring
from rag.catalogue import file as catalogue_file
from rag.cli import main
from rag.ingest import parse
from rag.ingest.document import parse_file
from rag.librarian import check, fetch, init
from rag.librarian.corpus import STAGING

HANDS = "# Hand washing\n\nWash hands with soap for twenty seconds before each meal.\n"
NEWER = "# Hand washing, second edition\n\nWash hands with soap for thirty seconds before each meal.\n"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real readers in this process, and vectors that mean nothing."""

    def parsed(files: Any, settings: Any, readers: Any, *_: object) -> Iterator[Any]:
        return (parse_file(path, settings, readers=readers) for path in files)

    monkeypatch.setattr(parse, "_parsed", parsed)
    monkeypatch.setattr(wiring, "default_encoder", lambda **_: HashEncoder())


class _Server(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; goes on in the middle of a file when asked to."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        data = path.read_bytes()
        asked = self.headers.get("Range")
        start = int(asked.removeprefix("bytes=").split("-")[0]) if asked else 0
        type(self).served.append((self.path, start))  # before the body: its reader may look at once
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self.wfile.write(data[start:])

    served: ClassVar[list[tuple[str, int]]] = []

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served, and its URL."""
    folder = tmp_path / "site"
    folder.mkdir()
    _Server.served = []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Server, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def manifest(tmp_path: Path, *files: tuple[str, str]) -> Path:
    """Of URLs and hashes."""
    path = tmp_path / "manifest.toml"
    path.write_text("".join(f'[[file]]\nurl = "{url}"\nsha256 = "{known}"\n' for url, known in files))
    return path


def test_fetching_goes_on_where_it_stopped_and_verifies(tmp_path: Path, site: tuple[Path, str]) -> None:
    folder, url = site
    (folder / "hands.md").write_text(HANDS)
    target = tmp_path / "target"
    place = target / digest(HANDS)[:16]
    place.mkdir(parents=True)
    (place / ".hands.md.part").write_bytes(HANDS.encode()[:20])
    made = manifest(tmp_path, (f"{url}/hands.md", digest(HANDS)))
    assert [(one.path, one.was_there) for one in fetch(made, target)] == [(place / "hands.md", False)]
    assert (place / "hands.md").read_text() == HANDS
    assert _Server.served == [("/hands.md", 20)]
    assert [one.was_there for one in fetch(made, target)] == [True]
    made.write_text(f'[[file]]\nurl = "{url}/hands.md"\nsha256 = "{"0" * 64}"\nname = "../../wrong.md"\n')
    (failed,) = fetch(made, target)
    assert failed.path is None
    assert "expected 0000" in failed.failure
    assert [path for path in target.rglob("*") if path.is_file()] == [place / "hands.md"]


def test_a_listed_file_of_the_same_name_is_not_written_over(tmp_path: Path, site: tuple[Path, str]) -> None:
    folder, url = site
    ward = tmp_path / "ward"
    init(ward, title="", index=None)
    for text in (HANDS, NEWER):
        (folder / "hands.md").write_text(text)
        made = manifest(tmp_path, (f"{url}/hands.md", digest(text)))
        assert main(["corpus", "fetch", str(made), "--corpus", str(ward)]) == 0
    files = {entry.file: entry.sha256 for entry in catalogue_file.read(ward).document}
    assert files == {"documents/hands.md": digest(HANDS), "documents/hands-2.md": digest(NEWER)}
    assert not [fault for fault in check(ward) if fault.severity == "error"]
    assert not [path for path in (ward / STAGING).rglob("*") if not path.name.startswith(".")]
    before = len(_Server.served)
    assert main(["corpus", "fetch", str(made), "--corpus", str(ward)]) == 0
    assert len(_Server.served) == before


def test_one_url_that_fails_keeps_no_other_from_coming_in(
    tmp_path: Path, site: tuple[Path, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder, url = site
    ward = tmp_path / "ward"
    init(ward, title="", index=None)
    (folder / "hands.md").write_text(HANDS)
    made = manifest(
        tmp_path,
        (f"{url}/gone.md", digest(NEWER)),
        (f"{url}/hands.md", "0" * 64),
        (f"{url}/hands.md", digest(HANDS)),
    )
    assert main(["corpus", "fetch", str(made), "--corpus", str(ward)]) == 1
    told = capsys.readouterr().out
    assert f"{url}/gone.md cannot be fetched: the server answers 404 Not Found" in told
    assert "expected 0000" in told
    assert "developer.mozilla" not in told
    assert [entry.id for entry in catalogue_file.read(ward).document] == ["hands"]

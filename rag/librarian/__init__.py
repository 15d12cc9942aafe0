"""The librarian's workbench: what is done to a corpus, its files, its catalogue and its index together.

Order of every change: the catalogue first where something leaves, last where something comes in. Between the two a
document is in the index and not listed, so that it cannot answer.
"""

from rag.librarian.changes import apply
from rag.librarian.check import check
from rag.librarian.corpus import Added, add, add_preview, init, remove
from rag.librarian.difference import difference
from rag.librarian.fetch import fetch
from rag.librarian.report import report
from rag.librarian.snapshots import export, import_corpus, snapshot

__all__ = [
    "Added",
    "add",
    "add_preview",
    "apply",
    "check",
    "difference",
    "export",
    "fetch",
    "import_corpus",
    "init",
    "remove",
    "report",
    "snapshot",
]

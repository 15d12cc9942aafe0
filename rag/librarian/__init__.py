"""The librarian's workbench: what is done to a corpus, its files, its catalogue and its index together.

The catalogue is written last: a document that comes in is in the index and not listed until then, one that leaves is listed
and no longer in the index. Neither can answer, and a run that was stopped can be run again.
"""

from rag.librarian.changes import apply
from rag.librarian.check import check
from rag.librarian.corpus import Added, add, add_preview, init, remove
from rag.librarian.difference import difference
from rag.librarian.fetch import fetch, fetch_and_add
from rag.librarian.report import report
from rag.librarian.snapshots import export, import_corpus, import_preview, snapshot

__all__ = [
    "Added",
    "add",
    "add_preview",
    "apply",
    "check",
    "difference",
    "export",
    "fetch",
    "fetch_and_add",
    "import_corpus",
    "import_preview",
    "init",
    "remove",
    "report",
    "snapshot",
]

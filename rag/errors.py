"""Every error this package raises on purpose.

    RagError
    ├── UsageError            the caller asked for something impossible       (exit code 2)
    ├── MissingDependency     a library or extra is not installed
    ├── ModelError
    │   ├── ModelMissing      a model's files are not here
    │   ├── HashMismatch      a file is not the one it should be
    │   └── DoesNotFit        the machine lacks memory, GPU or files for a profile
    ├── IndexFolderError
    │   ├── IndexMissing      no index in this folder
    │   ├── IndexIncomplete   half-written or damaged
    │   ├── IndexMismatch     made with another encoder, settings or format
    │   ├── IndexBusy         another ingest is writing to it (can be tried again)
    │   └── IndexNotWritten   no space, or no right to write; the index is as it was before
    ├── CatalogueError        a catalogue cannot be read, or says what cannot be; names line and field
    ├── WriterError           the writer failed; ``retryable`` says whether asking again may help
    └── ParseError            a file could not be read; becomes a ``Skipped``, never ends a run

A message says what was found, what was expected and what to do.
"""


class RagError(Exception):
    """Base of all of them."""

    retryable: bool = False


class UsageError(RagError):
    """The caller asked for something impossible."""


class MissingDependency(RagError):
    """A library or extra is not installed."""


class ModelError(RagError):
    """Something about a model."""


class ModelMissing(ModelError):
    """A model's files are not here."""


class HashMismatch(ModelError):
    """A file is not the one it should be."""


class DoesNotFit(ModelError):
    """The machine lacks memory, GPU or files for a profile."""


class IndexFolderError(RagError):
    """Something about an index folder."""


class IndexMissing(IndexFolderError):
    """No index in this folder."""


class IndexIncomplete(IndexFolderError):
    """Half-written or damaged."""


class IndexMismatch(IndexFolderError):
    """Made with another encoder, settings or format; the message names both ids."""


class IndexBusy(IndexFolderError):
    """Another ingest is writing to this index."""

    retryable = True


class IndexNotWritten(IndexFolderError):
    """No space, or no right to write. The index is as it was before."""


class CatalogueError(RagError):
    """A catalogue cannot be read, or says what cannot be; the message names file, line and field."""


class WriterError(RagError):
    """The writer failed."""

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.retryable = retryable


class ParseError(RagError):
    """A file could not be read. ``category`` is one of ``Skipped.category``."""

    def __init__(self, message: str, *, category: str) -> None:
        super().__init__(message)
        self.category = category

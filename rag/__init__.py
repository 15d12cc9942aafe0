"""Clinical answers that show the sentences they rest on, or say that the documents do not hold them.

>>> from rag import Pipeline                                    # doctest: +SKIP
>>> Pipeline.open("indexes/demo").ask("…").answer               # doctest: +SKIP

``import rag`` loads no heavy library; opening a pipeline does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.datatypes import Claim, ClaimToVerify, ClaimVerdict, Hit, Quote, Record
    from rag.settings import Settings
    from rag.wiring import Pipeline, verify_claims

__version__ = "0.1.0"
__all__ = [
    "Claim", "ClaimToVerify", "ClaimVerdict", "Hit", "Pipeline", "Quote", "Record", "Settings", "__version__",
    "verify_claims",
]  # fmt: skip

_HOMES = {
    "Claim": "rag.datatypes", "ClaimToVerify": "rag.datatypes", "ClaimVerdict": "rag.datatypes", "Hit": "rag.datatypes", "Quote": "rag.datatypes",
    "Record": "rag.datatypes", "Settings": "rag.settings", "Pipeline": "rag.wiring",
    "verify_claims": "rag.wiring",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rag' has no attribute {name!r}; it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)

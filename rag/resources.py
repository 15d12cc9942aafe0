"""Where the files that travel with the package are: prompts, profiles, the demo corpus.

In a checkout they lie at the top of the repository; a wheel carries them under ``rag/_data``.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def weights(name: str) -> Path:
    """Path of the trained weights ``rag/weights/NAME.safetensors``, which travel with the package."""
    return _PACKAGE / "weights" / f"{name}.safetensors"


def resource(relative: str) -> Path:
    """Path of ``prompts/…``, ``corpora/demo/…`` or the like.

    Raises FileNotFoundError, naming both places looked at.
    """
    packed = _PACKAGE / "_data" / relative
    if packed.exists():
        return packed
    checkout = _PACKAGE.parent / relative
    if checkout.exists():
        return checkout
    raise FileNotFoundError(
        f"{relative} is neither in {packed.parent} nor in {checkout.parent}; reinstall the package"
    )

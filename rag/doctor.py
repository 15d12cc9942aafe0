"""What is installed, which device, which models, what is missing and how to get it."""

from __future__ import annotations

import importlib.util
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import psutil

from rag import __version__
from rag.errors import RagError
from rag.models import encoder_folder, rag_home, writer_folder
from rag.profiles import check_fits, load_profile, profile_names

PACKAGES = (
    "llama-index-core", "sentence-transformers", "pypdf", "transformers", "torch", "bitsandbytes",
    "accelerate", "langdetect", "pydantic", "bm25s", "llguidance",
)  # fmt: skip


class Examined(NamedTuple):
    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = True
    """False for what only some machines have, such as a GPU or the files of a 70B model."""


def examine() -> list[Examined]:
    """Everything a first question needs, then what larger profiles need."""
    return [_system(), *map(_package, PACKAGES), _faiss(), _device(), *_models(), *_profiles()]


def _system() -> Examined:
    memory = psutil.virtual_memory().total / 2**30
    cores = psutil.cpu_count() or 1
    detail = f"{__version__}, Python {platform.python_version()}, {platform.machine()}, {cores} cores, {memory:.0f} GiB"
    return Examined("rag", True, detail)


def _package(name: str) -> Examined:
    try:
        return Examined(name, True, version(name))
    except PackageNotFoundError:
        return Examined(name, False, "not installed", f"pip install {name}")


def _faiss() -> Examined:
    if importlib.util.find_spec("faiss") is None:
        return Examined(
            "faiss",
            False,
            "not installed",
            "pip install 'meditron-rag[cpu]', or [gpu] on a CUDA machine; never both",
        )
    for package in ("faiss-gpu", "faiss-cpu"):
        try:
            return Examined("faiss", True, f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return Examined("faiss", True, "installed, not by pip")


def _device() -> Examined:
    if importlib.util.find_spec("torch") is None:
        return Examined("device", False, "torch is not installed", "pip install torch")
    import torch

    if not torch.cuda.is_available():
        return Examined("device", True, "CPU (no CUDA device seen by torch)")
    properties = torch.cuda.get_device_properties(0)
    return Examined("device", True, f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB")


def _models() -> list[Examined]:
    found = []
    for name, folder in (("encoder", encoder_folder), ("writer (demo)", writer_folder)):
        try:
            found.append(Examined(name, True, str(folder(rag_home()))))
        except RagError as error:
            found.append(Examined(name, False, str(error), "rag models fetch"))
    return found


def _profiles() -> list[Examined]:
    found = []
    for name in profile_names():
        try:
            check_fits(load_profile(name))
            found.append(Examined(f"profile {name}", True, "can run here", needed=False))
        except RagError as error:
            found.append(Examined(f"profile {name}", False, str(error), needed=False))
    return found

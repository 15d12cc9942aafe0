"""Readers that behave as badly as untrusted files can make a parser behave."""

from __future__ import annotations

import os
import time
from pathlib import Path

from rag.ingest.content import Content


def die(path: Path) -> Content:
    os._exit(7)


def sleep(path: Path) -> Content:
    time.sleep(600)
    raise AssertionError


def eat(path: Path) -> Content:
    bytearray(3 * 2**30)
    raise AssertionError


def raise_something(path: Path) -> Content:
    raise ZeroDivisionError(path)

"""Which rows of an index may be found on the day of a question, and what the catalogue says of their documents."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from rag.datatypes import DocumentState, Scope, Standing
from rag.ports import Corpus, RowMask, Standings


class InForce:
    """One scope over one corpus. Asked anew at every search, so that a withdrawal counts at once."""

    def __init__(self, standings: Standings, corpus: Corpus, scope: Scope) -> None:
        self._standings, self._corpus, self.scope = standings, corpus, scope
        self._mask: tuple[str, date, RowMask] | None = None

    @property
    def day(self) -> date:
        return self.scope.as_of or date.today()

    def standing(self, document_id: str) -> Standing:
        return self._standings.standing(document_id, self.day)

    def file(self, document_id: str) -> Path | None:
        """Where the catalogue keeps its file; None for a document that is not listed."""
        return self._standings.file(document_id)

    def admits(self, document_id: str) -> bool:
        state = self.standing(document_id).state
        return state is DocumentState.CURRENT or state in self.scope.include

    def allowed(self) -> RowMask:
        """(rows,): True for the passages of every admitted document."""
        identity, day = self._standings.id, self.day
        if self._mask is None or self._mask[:2] != (identity, day):
            mask = np.zeros(len(self._corpus), np.bool_)
            for document_id, rows in self._corpus.row_ranges().items():
                mask[rows.start : rows.stop] = self.admits(document_id)
            self._mask = identity, day, mask
        return self._mask[2]

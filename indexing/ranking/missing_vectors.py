"""Which texts of a view have no vector, known from one view to the next.

To ask that of 200,000 texts takes half a second, and a server tells it with every answer. After one
saved file only that file's texts are asked about, and after a filling those that had no vector.
"""

import sqlite3
import threading
from dataclasses import dataclass

from indexing.ranking.index_view import IndexView
from indexing.vectors import store as dense


@dataclass(frozen=True, slots=True)
class _Known:
    fingerprint: str
    view: IndexView
    texts: frozenset[str]
    """Those that have no vector."""


class MissingVectors:
    """The texts without a vector of one index, which nobody else writes; safe to share."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._known: _Known | None = None
        self._is_old = False
        self._distrusts = False
        """Whether a mark that all texts have vectors counts for nothing."""

    def texts(
        self, database: sqlite3.Connection, view: IndexView, fingerprint: str
    ) -> frozenset[str]:
        """Return the hashes of the view's texts that have no vector by an embedder."""
        with self._guard:
            known = self._known
            if known is None or known.fingerprint != fingerprint:
                whole = not self._distrusts and dense.is_whole(
                    database, view.generation, fingerprint
                )
                self._distrusts = False
                asked = frozenset[str]() if whole else frozenset(view.texts.tolist())
                found = frozenset[str]()
            elif known.view is view and not self._is_old:
                return known.texts
            else:
                new = view.texts[view.places_in(known.view) < 0].tolist()
                found = known.texts & view.text_index.keys()
                asked = found.union(new) if self._is_old else frozenset(new)
                found = frozenset() if self._is_old else found
            self._is_old = False
            found |= dense.lacking_among(database, fingerprint, asked)
            self._known = _Known(fingerprint, view, found)
            return found

    def filled(self) -> None:
        """Hear that texts have got vectors."""
        with self._guard:
            self._is_old = True

    def forget(self) -> None:
        """Hear that vectors may be gone."""
        with self._guard:
            self._known, self._distrusts = None, True

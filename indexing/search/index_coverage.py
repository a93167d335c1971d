"""What an answer from an index has looked at, and what it has not seen."""

from dataclasses import dataclass, field
from typing import Any, Literal

from indexing.search.worktree_freshness import rounded
from indexing.vectors import coverage_notes


@dataclass(frozen=True, slots=True)
class IndexCoverage:
    """What was looked at: the commit (None for a plain folder), and what was not seen.

    `files_behind` is what the last look at the files found, None where there was none yet.

    `notes` say in words why a tier is missing or short; they are meant for a person.
    """

    commit: str | None
    files_behind: int | None
    dense_share: float
    skipped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    looked_seconds_ago: float | None = None
    checked: str = ""
    """When the index was last looked at for damage, in words."""
    ignored: int | None = 0
    """How many files and folders git's ignore rules leave out, which `skipped` does not count;
    None where nobody has counted them yet."""
    without_symbols: dict[str, int] = field(default_factory=dict)
    """Of an answer from symbols: how many files have none, by the ending of their names."""
    partly_parsed: int = 0
    """Of an answer from symbols: how many files could not be parsed whole."""
    is_empty: bool = False
    """Whether no file was indexed at all."""
    stale: bool = False
    """Whether what is searched is not what is there now, or lacks what a fault kept out."""

    without_meaning: str = ""
    """Of a search: which part of the units was searched by words and names alone, in words."""

    @property
    def not_looked_at(self) -> tuple[str, ...]:
        """What was not seen, in words: what an answer that found nothing has to name."""
        told = coverage_notes.not_looked_at(
            self.files_behind, self.skipped, self.ignored, self.without_symbols, self.partly_parsed
        )
        told = (*told, self.without_meaning) if self.without_meaning else told
        return (coverage_notes.EMPTY, *told) if self.is_empty else told

    @property
    def nothing(self) -> Literal["not_found", "could_not_look"]:
        """What an answer without a hit means: an index must be whole and of now to deny."""
        unsure = self.is_empty or self.stale or self.files_behind is None or self.files_behind > 0
        return "could_not_look" if unsure else "not_found"

    def status(self, *, found: bool) -> Literal["found", "not_found", "could_not_look"]:
        """Tell "nothing found" from "could not look"."""
        return "found" if found else self.nothing

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "files_behind": self.files_behind,
            "looked_seconds_ago": rounded(self.looked_seconds_ago),
            "dense_share": round(self.dense_share, 4),
            "skipped": self.skipped,
            "notes": list(self.notes),
            "checked": self.checked,
            "without_symbols": self.without_symbols,
            "partly_parsed": self.partly_parsed,
            "not_looked_at": list(self.not_looked_at),
        }

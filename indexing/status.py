"""What an index holds and what it has not seen, as people and programs are told."""

from collections import Counter
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one repository's index."""

    root: str
    commit: str | None
    indexed: bool
    files: int
    units: int
    symbols: int
    files_behind: int
    dense_share: float
    skipped: list[tuple[str, str]]
    notes: list[tuple[str, str]]
    coverage: tuple[str, ...] = ()
    """What a search of it would say that it cannot see."""

    def as_json(self) -> dict[str, Any]:
        return {
            "repo": self.root,
            "commit": self.commit,
            "indexed": self.indexed,
            "files": self.files,
            "units": self.units,
            "symbols": self.symbols,
            "files_behind": self.files_behind,
            "dense_share": round(self.dense_share, 4),
            "skipped": dict(sorted(Counter(reason for _, reason in self.skipped).items())),
            "skipped_files": [{"path": path, "reason": reason} for path, reason in self.skipped],
            "notes": [{"path": path, "note": note} for path, note in self.notes],
            "coverage_notes": list(self.coverage),
        }

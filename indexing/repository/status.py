"""What an index holds and what it lacks, as reported to users and programs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from indexing.search.worktree_freshness import rounded


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """The state of one repository's index."""

    root: str
    commit: str | None
    indexed: bool = False
    files: int = 0
    units: int = 0
    symbols: int = 0
    files_behind: int | None = None
    """None where nobody has looked: there is no index, or a server has only just started."""
    dense_share: float = 0.0
    skipped: Sequence[tuple[str, str]] = ()
    notes: Sequence[tuple[str, str]] = ()
    coverage: tuple[str, ...] = ()
    """What a search of it would say that it cannot see."""
    looked_seconds_ago: float | None = None
    """How long ago the files were looked at; None where they were not."""
    checked: str = ""
    """When the index was last looked at for damage, in words."""
    ignored: int | None = 0
    """How many files and folders git's ignore rules leave out; None where nobody has counted."""

    def as_json(self) -> dict[str, Any]:
        return {
            "repo": self.root,
            "commit": self.commit,
            "indexed": self.indexed,
            "files": self.files,
            "units": self.units,
            "symbols": self.symbols,
            "files_behind": self.files_behind,
            "looked_seconds_ago": rounded(self.looked_seconds_ago),
            "dense_share": round(self.dense_share, 4),
            "skipped": dict(sorted(Counter(reason for _, reason in self.skipped).items())),
            "skipped_files": [{"path": path, "reason": reason} for path, reason in self.skipped],
            "notes": [{"path": path, "note": note} for path, note in self.notes],
            "coverage_notes": list(self.coverage),
            "checked": self.checked,
            "ignored": self.ignored,
        }

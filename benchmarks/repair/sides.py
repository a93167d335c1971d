"""Who is compared: each side is given a repository and a text, and changes the repository."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a side says of its own work."""

    claims_done: bool
    """Whether it says that the fault is repaired; false where it gives up or does not know."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    """How often a model was asked."""
    note: str = ""
    """Why there is no change, or anything else worth reading later."""


class Side(Protocol):
    """Repairs a repository in place."""

    async def solve(self, folder: Path, task_text: str) -> Attempt: ...


async def solve(folder: Path, task_text: str) -> Attempt:
    """Let rooftree change the repository in `folder` as `task_text` asks."""
    raise NotImplementedError(f"rooftree cannot change {str(folder)!r} yet: {task_text[:40]!r}")


class Rooftree:
    """rooftree itself."""

    async def solve(self, folder: Path, task_text: str) -> Attempt:
        return await solve(folder, task_text)

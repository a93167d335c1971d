"""Changes and reviews for callers who are not at this terminal: each sees its own runs alone.

Nobody is asked in the middle of such a run. It ends with a diff that is not applied; whoever has
read the diff applies it by naming its digest, so what is applied is what was read.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.runs.store import RunFolder, RunStore
from rooftree.errors import RunsFullError, UsageError
from server.backend import ChangeOptions, ReviewOptions
from server.changes import Wish
from server.relay import Listener
from server.reviews import ReviewWish

if TYPE_CHECKING:
    from server.services import Services


class ServedWork:
    """Fits `server.backend.Work`."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self._store = RunStore(services.config.paths)
        self._running = 0

    async def change(
        self, task: str, repo: Path | None, owner: str, options: ChangeOptions, listener: Listener
    ) -> dict[str, Any]:
        """Draft a change; nothing of it is applied."""
        wish = Wish(
            task,
            self._services.place(repo),
            "never",
            allowed=options.allow,
            model=options.model,
            owner=owner,
        )
        with self._room():
            return (await self._services.changes.start(wish, listener)).as_json()

    async def review(
        self, repo: Path | None, owner: str, options: ReviewOptions, listener: Listener
    ) -> dict[str, Any]:
        """Review what two commits or a diff propose."""
        wish = ReviewWish(
            self._services.place(repo),
            options.base,
            options.head,
            options.diff,
            options.title,
            options.description,
            options.model,
            run_tests=options.tests,
            known=options.known,
            owner=owner,
        )
        with self._room():
            return (await self._services.reviews.start(wish, listener)).as_json()

    async def runs(self, owner: str | None, limit: int) -> dict[str, Any]:
        """List the newest runs of an owner."""
        records = await asyncio.to_thread(self._store.all)
        mine = [one for one in records if owner in (None, one.settings.get("owner"))]
        return {"runs": [one.as_json() for one in mine[:limit]]}

    async def run(self, name: str, owner: str | None) -> dict[str, Any]:
        """Tell what a run was and what came of it."""
        folder = self._folder(name, owner)
        return folder.record().as_json() | {"outcome": folder.outcome()}

    async def apply(self, name: str, owner: str | None, digest: str) -> dict[str, Any]:
        """Apply the change whose diff has this digest."""
        folder = self._folder(name, owner)
        return (await self._services.changes.apply(folder.id, digest)).as_json()

    async def undo(self, name: str, owner: str | None) -> dict[str, Any]:
        """Take back what a run applied."""
        return (await self._services.changes.undo(self._folder(name, owner).id)).as_json()

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Take one more run, or refuse it: each needs a copy, tests and a model."""
        most = self._services.config.serve.runs
        if self._running >= most:
            raise RunsFullError(f"{most} runs are at work already; ask again, or raise serve.runs")
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    def _folder(self, name: str, owner: str | None) -> RunFolder:
        folder = self._store.open(name)
        if owner not in (None, folder.record().settings.get("owner")):
            # In the words for one that is not there: others' runs are nobody's business.
            raise UsageError(f"no run begins with {name!r}; `rooftree runs list` shows all")
        return folder

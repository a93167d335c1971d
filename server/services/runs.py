"""Changes and reviews for callers who are not at this terminal.

Nobody is asked in the middle of such a run. It ends with a diff that is not applied; whoever has
read the diff applies it by naming its digest, so what is applied is what was read.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.runs.choice import check_place, of_repository
from agents.runs.store import Record, RunFolder, RunStore
from rooftree.errors import RunsFullError
from rooftree.git.commands import open_worktree
from server.base.error_bodies import refuse
from server.base.thread_relay import Listener
from server.services.backend import ChangeOptions, ReviewOptions, Sees
from server.services.changes import Wish
from server.services.reviews import ReviewWish

if TYPE_CHECKING:
    from server.services.services import Services


class ServedWork:
    """Fits `server.services.backend.Work`."""

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
            untested=options.untested,
        )
        with self._room():
            return (await self._services.reviews.start(wish, listener)).as_json()

    async def runs(self, sees: Sees, limit: int, repo: Path | None) -> dict[str, Any]:
        """List the newest of the runs that who asks may know of, in one repository if named."""
        seen = await self._seen(sees)
        if repo is not None:
            seen = of_repository(seen, await asyncio.to_thread(open_worktree, repo))
        return {"runs": [one.as_json() for one in seen[:limit]]}

    async def run(self, run: str, sees: Sees) -> dict[str, Any]:
        """Tell what a run was and what came of it."""
        folder = await self._folder(run, sees)
        return folder.record().as_json() | {"outcome": folder.outcome()}

    async def apply(self, run: str, sees: Sees, digest: str, repo: Path | None) -> dict[str, Any]:
        """Apply the change whose diff has this digest."""
        folder = await self._folder(run, sees, repo)
        return (await self._services.changes.apply(folder.id, digest)).as_json()

    async def undo(self, run: str, sees: Sees, repo: Path | None) -> dict[str, Any]:
        """Take back what a run applied."""
        folder = await self._folder(run, sees, repo)
        return (await self._services.changes.undo(folder.id)).as_json()

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

    async def _seen(self, sees: Sees) -> list[Record]:
        return [one for one in await asyncio.to_thread(self._store.all) if sees(one)]

    async def _folder(self, run: str, sees: Sees, repo: Path | None = None) -> RunFolder:
        """Return a run by its whole id; one that is not to be seen is as one that is not there.

        It is looked for among those that may be seen, so that neither words, nor time, nor the
        beginnings that fit tell anything of the others.
        """
        if all(one.id != run for one in await self._seen(sees)):
            message = f"you have no run {run[:60]!r} here; GET /api/runs lists those you have"
            raise refuse(404, "run_not_found", message)
        folder = self._store.open(run)
        if repo is not None:
            check_place(folder.record(), await asyncio.to_thread(open_worktree, repo))
        return folder

"""Runs of commands on a draft: in a workspace that holds it, one at a time, remembered by the run.

The copy is put back after each, whatever a command left in it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from indexing.secrets.redact import redact
from tools.drafts.draft import Draft
from tools.drafts.workspace import Workspace
from tools.once import Memo
from tools.sandbox.process.execution import Command, Execution, Executor

LEAST_SECONDS = 1.0
"""What a command may take whose time others have spent."""


@dataclass(slots=True)
class DraftRuns:
    """The runs in one workspace."""

    workspace: Workspace
    memo: Memo
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by who uses the workspace: a model may ask for several runs at once."""

    @asynccontextmanager
    async def holding(self, draft: Draft) -> AsyncIterator[None]:
        """Have the draft in the workspace, for one at a time."""
        async with self.turn:
            await run_in_thread(self.workspace.put, draft.changes)
            try:
                yield
            finally:
                await run_in_thread(self.workspace.reset)

    async def execution(
        self, draft: Draft, words: tuple[str, ...], work: Callable[[], Awaitable[Execution]]
    ) -> Execution:
        """Return what came of a command on a draft, as it may be kept."""

        async def kept() -> Any:
            async with self.holding(draft):
                return await asyncio.to_thread(execution_json, await work())

        return Execution(**await self.memo.once("execution", key_of(draft, words), kept))


async def run_in_turn(executor: Executor, commands: Sequence[Command]) -> Execution:
    """Run commands one after the other, until one fails; what all of them took counts together."""
    *ready, last = commands
    seconds = 0.0
    for command in ready:
        execution = await executor.run(_within(command, seconds))
        seconds += execution.seconds
        if not execution.succeeded:
            return replace(execution, seconds=seconds)
    execution = await executor.run(_within(last, seconds))
    return replace(execution, seconds=seconds + execution.seconds)


def _within(command: Command, spent: float) -> Command:
    """Return a command that has only what is left of its time."""
    left = max(command.limits.seconds - spent, LEAST_SECONDS)
    return replace(command, limits=replace(command.limits, seconds=left))


def key_of(draft: Draft, words: tuple[str, ...]) -> str:
    return "\0".join((draft.digest, *words))


async def run_in_thread(work: Callable[..., object], *arguments: object) -> None:
    """Do work on a workspace in a thread; who is cancelled waits until it is done.

    A copy may hold many files, and no other task may use it while they are checked.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    running.result()


def execution_json(execution: Execution) -> dict[str, Any]:
    """Return an execution as it may be kept: what foreign code printed may hold secrets."""
    told = replace(execution, output=redact(execution.output), errors=redact(execution.errors))
    return asdict(told)

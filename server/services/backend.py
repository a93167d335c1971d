"""What the HTTP face needs of the services: a seam, so that it knows no more than this of them.

`server.services.services.Services` fits it without knowing it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from agents.ask.answer import Answer
from agents.runs.store import Record
from models.client.protocol import Answers
from models.pool.events import Happening
from rooftree.config import Config
from server.base.thread_relay import Listener


class Models(Protocol):
    """Who answers when a model is asked."""

    @property
    def model(self) -> str: ...

    async def client(self) -> Answers: ...

    def context_tokens(self, model: str) -> int | None: ...


Sees = Callable[[Record], bool]
"""Says whether whoever asks may know of a run."""


class Work(Protocol):
    """Runs: changes, reviews and what became of them; `owner` is the id of who asks.

    A `repo` that is given to what acts on a run must be the one that the run is of.
    """

    async def change(
        self, task: str, repo: Path | None, owner: str, options: "ChangeOptions", listener: Listener
    ) -> dict[str, Any]: ...

    async def review(
        self, repo: Path | None, owner: str, options: "ReviewOptions", listener: Listener
    ) -> dict[str, Any]: ...

    async def runs(self, sees: Sees, limit: int, repo: Path | None) -> dict[str, Any]: ...

    async def run(self, run: str, sees: Sees) -> dict[str, Any]: ...

    async def apply(
        self, run: str, sees: Sees, digest: str, repo: Path | None
    ) -> dict[str, Any]: ...

    async def undo(self, run: str, sees: Sees, repo: Path | None) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """What a change may be given besides its task."""

    model: str = ""
    allow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What is to be reviewed, and how."""

    base: str = ""
    head: str = ""
    diff: str | None = None
    title: str = ""
    description: str = ""
    model: str = ""
    tests: bool = True
    known: frozenset[str] = frozenset()
    untested: str = ""
    """Why no tests run although nobody declined them."""


class Backend(Protocol):
    """What the routes call; `repo` None means the server's default repository."""

    model_listener: Callable[[Happening], None]
    """Hears what happens in the pool of models."""

    @property
    def config(self) -> Config: ...

    @property
    def models(self) -> Models: ...

    @property
    def work(self) -> Work: ...

    async def ask(self, question: str, repo: Path | None, listener: Listener) -> Answer: ...

    async def search(self, query: str, repo: Path | None, limit: int) -> dict[str, Any]: ...

    async def search_several(
        self, query: str, repos: Sequence[Path], limit: int
    ) -> dict[str, Any]: ...

    async def symbols(
        self, name: str, repo: Path | None, kind: str | None, limit: int
    ) -> dict[str, Any]: ...

    async def references(self, name: str, repo: Path | None) -> dict[str, Any]: ...

    async def map(self, repo: Path | None, tokens: int, focus: Sequence[str]) -> dict[str, Any]: ...

    async def history(
        self, query: str, repo: Path | None, since: str | None, limit: int, path: str | None
    ) -> dict[str, Any]: ...

    async def status(self, repo: Path | None) -> dict[str, Any]: ...

    async def index(self, repo: Path | None, listener: Listener) -> dict[str, Any]: ...

    async def embed(self, texts: Sequence[str]) -> tuple[str, list[list[float]]]: ...

"""Operations as tests run them: in this process, by their fields, and as a person at a terminal."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agents.change.planning.plan import ChangePlan
from agents.runs.store import RunStore
from indexing.vectors.embedder import Embedder
from indexing.vectors.embedders import EmbedderSource
from rooftree.config import Config
from rooftree.telemetry.events import Event
from server.operations.find.ask import ASK, AskRequest, AskResponse
from server.operations.find.history import HISTORY
from server.operations.find.references import REFERENCES
from server.operations.find.repository_map import MAP
from server.operations.find.search import SEARCH
from server.operations.find.symbols import SYMBOLS
from server.operations.index.index import INDEX
from server.operations.index.status import STATUS
from server.operations.operation import Call, Caller, Operation
from server.operations.work.apply import APPLY
from server.operations.work.change import CHANGE, ChangeRequest, ChangeResponse
from server.operations.work.records import RunRecord
from server.operations.work.replay import REPLAY
from server.operations.work.resume import RESUME
from server.operations.work.review import REVIEW, ReviewRequest, ReviewResponse
from server.operations.work.undo import UNDO
from server.services.host import Host
from server.services.upkeep import Upkeep
from tools.approvals import Approver

Listener = Callable[[Event], None]


def ignore(_: Event) -> None:
    """Listen to nothing."""


class OneEmbedder(EmbedderSource):
    """Gives out one embedder, which needs no model."""

    def __init__(self, config: Config, embedder: Embedder | None) -> None:
        super().__init__(config, _no_weights)
        self.embedder = embedder

    def get(self) -> Embedder | None:
        return self.embedder


def _no_weights() -> Any:
    raise AssertionError


class Calls(Host):
    """A host whose operations are called by their fields; looking things up returns JSON."""

    def __init__(
        self, config: Config, *, embedder: Embedder | None = None, given: bool = False, **more: Any
    ) -> None:
        """With `given` the embedder is that one, or none at all."""
        source = OneEmbedder(config, embedder) if given or embedder else None
        super().__init__(config, embedders=source, **more)
        self.store = RunStore(config.paths)
        self._upkeep = Upkeep(self)

    def start_keeping(self) -> None:
        """Keep repositories fresh as a server does, until it is closed."""
        self._upkeep.start()

    async def aclose(self) -> None:
        await self._upkeep.aclose()
        await super().aclose()

    async def call(
        self,
        operation: Operation[Any, Any],
        listener: Listener | None = None,
        approver: Approver | None = None,
        **fields: Any,
    ) -> Any:
        request = operation.request.of(**fields)
        return await operation.run(
            Call(self, Caller(approver=approver), listener or ignore), request
        )

    async def _json(
        self, operation: Operation[Any, Any], listener: Listener | None, **fields: Any
    ) -> dict[str, Any]:
        response = await self.call(operation, listener, **fields)
        content: dict[str, Any] = response.model_dump(mode="json", exclude_unset=True)
        return content

    async def ask(
        self, question: str, repo: Path | None, listener: Listener = ignore
    ) -> AskResponse:
        request = AskRequest.of(question=question, repo=_name(repo))
        return await ASK.run(Call(self, Caller(), listener), request)

    async def search(
        self, query: str, repo: Path | None, limit: int = 10, listener: Listener | None = None
    ) -> dict[str, Any]:
        return await self._json(SEARCH, listener, query=query, repo=_name(repo), limit=limit)

    async def search_several(
        self, query: str, repos: Sequence[Path], limit: int, listener: Listener | None = None
    ) -> dict[str, Any]:
        names = [str(one) for one in repos]
        return await self._json(SEARCH, listener, query=query, repos=names, limit=limit)

    async def symbols(
        self, name: str, repo: Path | None, kind: str | None = None, limit: int = 20
    ) -> dict[str, Any]:
        fields = {"name": name, "repo": _name(repo), "kind": kind, "limit": limit}
        return await self._json(SYMBOLS, None, **fields)

    async def references(self, name: str, repo: Path | None) -> dict[str, Any]:
        return await self._json(REFERENCES, None, name=name, repo=_name(repo))

    async def map(
        self, repo: Path | None, tokens: int = 1024, focus: Sequence[str] = ()
    ) -> dict[str, Any]:
        return await self._json(MAP, None, repo=_name(repo), tokens=tokens, focus=list(focus))

    async def history(
        self,
        query: str,
        repo: Path | None,
        since: str | None = None,
        limit: int = 10,
        path: str | None = None,
    ) -> dict[str, Any]:
        where = {"repo": _name(repo), "path": path}
        return await self._json(HISTORY, None, query=query, since=since, limit=limit, **where)

    async def status(self, repo: Path | None) -> dict[str, Any]:
        return await self._json(STATUS, None, repo=_name(repo))

    async def index(self, repo: Path | None, listener: Listener = ignore) -> dict[str, Any]:
        return await self._json(INDEX, listener, repo=_name(repo))

    async def change(
        self,
        task: str,
        repo: Path,
        approve: str = "never",
        approver: Approver | None = None,
        *,
        plan: ChangePlan | None = None,
        listener: Listener = ignore,
        **fields: Any,
    ) -> ChangeResponse:
        told = None if plan is None else plan.as_json()
        request = ChangeRequest.of(task=task, repo=str(repo), approve=approve, plan=told, **fields)
        return await CHANGE.run(Call(self, Caller(approver=approver), listener), request)

    async def review(
        self,
        repo: Path,
        base: str = "",
        head: str = "",
        *,
        listener: Listener = ignore,
        **fields: Any,
    ) -> ReviewResponse:
        request = ReviewRequest.of(repo=str(repo), base=base, head=head, **fields)
        return await REVIEW.run(Call(self, Caller(), listener), request)

    async def resume(
        self, run: str, approver: Approver, listener: Listener = ignore, repo: Path | None = None
    ) -> ChangeResponse:
        response: ChangeResponse = await self._of_run(RESUME, run, repo, listener, approver)
        return response

    async def apply(self, run: str, digest: str | None = None) -> RunRecord:
        record: RunRecord = await self._of_run(APPLY, run, None, digest=digest)
        return record

    async def undo(self, run: str) -> RunRecord:
        record: RunRecord = await self._of_run(UNDO, run, None)
        return record

    async def replay(self, run: str, model: str, listener: Listener = ignore) -> dict[str, Any]:
        told: dict[str, Any] = (
            await self._of_run(REPLAY, run, None, listener, model=model)
        ).model_dump()
        return told

    async def _of_run(
        self,
        operation: Operation[Any, Any],
        run: str,
        repo: Path | None,
        listener: Listener = ignore,
        approver: Approver | None = None,
        **fields: Any,
    ) -> Any:
        """Run an operation on a run, in the repository that it is of unless one is named."""
        place = str(repo) if repo is not None else self.store.open(run).record().repo
        return await self.call(operation, listener, approver, run=run, repo=place, **fields)


def _name(repo: Path | None) -> str | None:
    return None if repo is None else str(repo)

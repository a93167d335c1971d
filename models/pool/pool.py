"""The pool: one client for every alias, which calls an endpoint that can answer now.

A call that failed before its first token is sent to the next endpoint that can take it, and, when
all have failed, once more after a pause. After the first token it is never sent again, because
the caller has seen a part of the answer.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import TypeVar
from uuid import uuid4

from models.client.client import (
    ChatRequest,
    Completion,
    CompletionRequest,
    FimRequest,
    ModelClient,
    ModelInfo,
)
from models.client.counting import Calibration, guess, guess_prompt
from models.pool.attempts import Attempt, Attempts, RetryPolicy, TargetCandidate
from models.pool.call_requirements import CallRequirements, conversation_of, needs_of
from models.pool.events import PoolListener, ignore
from models.pool.routes import ModelTarget, Route, in_order
from models.pool.upstream import OpenClient, Upstream
from models.wire.failures import ModelRefusedError
from rooftree.errors import ModelError, ModelProtocolError, UnknownModelError
from rooftree.telemetry.logs import logger
from rooftree.text.unknown_names import unknown_name

ResultT = TypeVar("ResultT")
SEE = "`rooftree config show` lists aliases, and GET /v1/models of `rooftree serve` all models"
NOT_FOUND = 404
OTHER = "other"
"""What metrics call a model that no alias names."""
CanServe = Callable[[ModelTarget, CallRequirements], bool]
SendCall = Callable[[ModelClient, str], Awaitable[ResultT]]


def serves_all(_target: ModelTarget, _needs: CallRequirements) -> bool:
    """Assume that every target can do everything."""
    return True


class EndpointPool:
    """Ask the models behind aliases; it has the methods of a `ModelClient`."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        upstreams: Mapping[str, Upstream],
        *,
        serves: CanServe = serves_all,
        listener: PoolListener = ignore,
        patience: RetryPolicy | None = None,
    ) -> None:
        """`serves` tells whether a target was measured to be able to do what a call needs."""
        self._routes = dict(routes)
        self._upstreams = dict(upstreams)
        self._serves = serves
        self._listener = listener
        self._patience = patience or RetryPolicy()
        self._places: dict[str, str] = {}

    async def chat(self, request: ChatRequest, *, key: str = "") -> Completion:
        """Return the whole answer; `key` keeps a conversation at one endpoint."""
        key = key or conversation_of(request)
        return await self._call(
            request.model,
            needs_of(request),
            key,
            lambda client, served: client.chat(replace(request, model=served)),
        )

    async def stream(
        self, request: ChatRequest, *, key: str = ""
    ) -> AsyncGenerator[str | Completion, None]:
        """Yield text as it comes and exactly one Completion last; that one is authoritative."""
        key = key or conversation_of(request)
        attempts = await self._attempts(request.model, needs_of(request), key)
        while True:
            attempt = await attempts.next()
            try:
                async with attempt.running() as opened:
                    await _checked(attempt, opened)
                    asked = replace(request, model=opened.id_of(attempt.target.model))
                    async with aclosing(opened.client.stream(asked)) as parts:
                        async for part in parts:
                            if isinstance(part, Completion):
                                attempt.received(complete=True, usage=part.usage)
                            else:
                                attempt.received()
                            yield part
                return
            except ModelError as error:
                attempts.failed(attempt, error)

    async def fim(self, request: FimRequest) -> Completion:
        """Fill the hole between prefix and suffix, cut to the hole."""
        return await self._call(
            request.model,
            CallRequirements(filling=True),
            uuid4().hex,
            lambda client, served: client.fim(replace(request, model=served)),
        )

    async def complete(self, request: CompletionRequest) -> Completion:
        """Continue a prompt as it stands, without any chat template."""
        return await self._call(
            request.model,
            CallRequirements(),
            uuid4().hex,
            lambda client, served: client.complete(replace(request, model=served)),
        )

    async def embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector for each text, in their order."""
        return await self._call(
            model, CallRequirements(), model, lambda client, served: client.embed(served, texts)
        )

    async def models(self) -> tuple[ModelInfo, ...]:
        """Return what all endpoints in use list; one that does not answer is told in the log."""
        names = sorted({one.endpoint for route in self._routes.values() for one in route.targets})
        results = await asyncio.gather(*map(self._listed, names), return_exceptions=True)
        found: dict[str, ModelInfo] = {}
        failures: list[BaseException] = []
        for name, result in zip(names, results, strict=True):
            if isinstance(result, BaseException):
                failures.append(result)
                continue
            for model in result:
                found.setdefault(model.id, model)
                self._places.setdefault(model.id, name)
        if len(failures) == len(results):
            raise failures[0]
        for failure in failures:
            logger("models").warning("an endpoint lists nothing: %s", failure)
        return tuple(found.values())

    async def count_tokens(self, text: str, model: str) -> int:
        """Return the tokens of `text` by the tokenizer of the next endpoint, else an estimate."""
        counted = await self._counted(
            model, lambda client, served: client.count_tokens(text, served)
        )
        return guess(text, Calibration()) if counted is None else counted

    async def count_prompt(self, request: ChatRequest) -> int:
        """Return the tokens of a whole prompt: messages, tools and what the template adds."""
        counted = await self._counted(
            request.model,
            lambda client, served: client.count_prompt(replace(request, model=served)),
        )
        return guess_prompt(request) if counted is None else counted

    async def _call(
        self, model: str, needs: CallRequirements, key: str, ask: SendCall[ResultT]
    ) -> ResultT:
        """Return what the first endpoint answers that can."""
        attempts = await self._attempts(model, needs, key)
        while True:
            attempt = await attempts.next()
            try:
                async with attempt.running() as opened:
                    await _checked(attempt, opened)
                    result = await ask(opened.client, opened.id_of(attempt.target.model))
                    usage = result.usage if isinstance(result, Completion) else None
                    attempt.received(complete=True, usage=usage)
                return result
            except ModelError as error:
                attempts.failed(attempt, error)

    async def _counted(self, model: str, ask: SendCall[int]) -> int | None:
        """Ask the endpoint that is next in order, once: counting is not worth a second try."""
        candidates = self._candidates(await self.resolve(model), CallRequirements(), model)
        for candidate in candidates[:1]:
            if candidate.upstream.accepts_calls():
                try:
                    opened = await candidate.upstream.opened()
                    return await ask(opened.client, opened.id_of(candidate.target.model))
                except ModelError:
                    return None
        return None

    async def _listed(self, name: str) -> tuple[ModelInfo, ...]:
        opened = await self.opened(name)
        return await opened.client.models()

    async def _attempts(self, model: str, needs: CallRequirements, key: str) -> Attempts:
        route = await self.resolve(model)
        candidates = self._candidates(route, needs, key)
        return Attempts(route.alias, candidates, self._patience, self._listener)

    def _candidates(self, route: Route, needs: CallRequirements, key: str) -> list[TargetCandidate]:
        """Return who may answer: the alias's own targets, then those of its fallbacks."""
        found: list[TargetCandidate] = []
        seen: set[ModelTarget] = set()
        names = [route, *(self._routes[name] for name in route.fallback)]
        for step, one in enumerate(names):
            for target in in_order(one.targets, key):
                able = (step == 0 and len(one.targets) == 1) or self._serves(target, needs)
                if able and target not in seen:
                    seen.add(target)
                    found.append(TargetCandidate(target, self._upstreams[target.endpoint], step))
        return found

    async def opened(self, endpoint: str) -> OpenClient:
        """Return the client of an endpoint, opening it if needed."""
        return await self._upstreams[endpoint].opened()

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way."""
        return not any(upstream.slots.taken for upstream in self._upstreams.values())

    async def check(self, target: ModelTarget) -> None:
        """Raise UnknownModelError where the endpoint of a target lists models, and not its own."""
        upstream = self._upstreams[target.endpoint]
        await upstream.check(await upstream.opened(), target.model)

    async def resolve(self, model: str) -> Route:
        """Return the route of a name; endpoints are asked for theirs where it is no alias.

        UnknownModelError where there is none of that name: another model must not answer for it.
        """
        try:
            return self.route_of(model)
        except UnknownModelError:
            silent = await self._look_for_models()
        try:
            return self.route_of(model)
        except UnknownModelError:
            if silent is not None:
                raise silent from None  # The model may be one of an endpoint that did not answer.
            raise

    def route_of(self, model: str) -> Route:
        """Return the route of an alias, of one version of one, or of a model that was listed."""
        if model in self._routes:
            return self._routes[model]
        for route in self._routes.values():
            for target in route.targets:
                if model == target.version:
                    return replace(route, targets=(target,))
        for name, upstream in self._upstreams.items():
            if model in (upstream.own_names() or ()):
                return Route(OTHER, (ModelTarget(name, model, model),))
        if model in self._places:
            return Route(OTHER, (ModelTarget(self._places[model], model, model),))
        raise UnknownModelError(unknown_name("model or alias", model, self._known(), SEE))

    def _known(self) -> set[str]:
        versions = (one.version for route in self._routes.values() for one in route.targets)
        own = (name for one in self._upstreams.values() for name in one.own_names() or ())
        return {*self._routes, *versions, *own, *self._places}

    async def _look_for_models(self) -> ModelError | None:
        """Ask every endpoint for its list; return why one of them did not answer."""
        silent: ModelError | None = None
        for name, upstream in self._upstreams.items():
            if upstream.own_names() is not None:
                continue
            try:
                for model in await self._listed(name):
                    self._places.setdefault(model.id, name)
            except ModelProtocolError:
                continue  # It has no such list, so its models are those that are configured.
            except ModelError as error:
                silent = error
        return silent


async def _checked(attempt: Attempt, opened: OpenClient) -> None:
    """Refuse a model that is configured and that its endpoint does not have: another may."""
    try:
        await attempt.upstream.check(opened, attempt.target.model)
    except UnknownModelError as error:
        raise ModelRefusedError(str(error), NOT_FOUND) from error

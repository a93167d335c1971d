"""What rooftree can be asked to do: an operation has a name, a request, a response and a scope.

HTTP routes with their OpenAPI schema, the client over the unix socket and the commands with their
`--json` derive from it. It knows nothing of HTTP and of terminals.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    InstanceOf,
    ValidationError,
)
from pydantic_core import core_schema

from rooftree.errors import UsageError
from rooftree.telemetry.events import EventLog
from server.access.api_keys import LOCAL, SCOPES, CallerAccess
from server.base.thread_relay import EventListener, ThreadRelay

if TYPE_CHECKING:
    from agents.runs.store import StoredRun
    from server.services.host import Host
    from tools.approvals import Approver

MAX_PATH_LENGTH = 4096


Text = InstanceOf[str]
"""Also one with bytes that are no UTF-8, as a path or a diff may hold them."""


class Request(BaseModel):
    """What is asked for; other fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, defer_build=True)

    @classmethod
    def of(cls, **fields: Any) -> Self:
        """Make a request; UsageError says which field is wrong, and what was expected."""
        try:
            return cls.model_validate(fields, extra="forbid")
        except ValidationError as error:
            raise UsageError(sentence_of(error)) from error

    def among(self, resolve: Callable[[str], str]) -> Self:  # noqa: ARG002 - of those that name one
        """Return it with every repository that it names as `resolve` has it."""
        return self


class RepositoryRequest(Request):
    """Of one repository; without a name it is the default one of whoever answers."""

    repo: Annotated[Text, Field(max_length=MAX_PATH_LENGTH)] | None = None

    def among(self, resolve: Callable[[str], str]) -> Self:
        if self.repo is None:
            return self
        return self.model_copy(update={"repo": resolve(self.repo)})


class Response(BaseModel):
    """What came of it; it can be made of a value that has its fields as attributes."""

    model_config = ConfigDict(extra="ignore", frozen=True, from_attributes=True, defer_build=True)

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """Make a response that has all of these fields; one that it does not know is an error.

        A client that reads the response of a newer server is not so strict.
        """
        return cls.model_validate(fields, extra="forbid")

    @classmethod
    def each(cls, values: Iterable[object]) -> tuple[Self, ...]:
        """Return one for each value."""
        return tuple(map(cls.model_validate, values))


THE_USER = CallerAccess(LOCAL, SCOPES)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, what he may do, and how he is asked in return."""

    access: CallerAccess = THE_USER
    serves: Callable[[str], bool] = lambda _: True
    """Says whether he may name a repository."""
    approver: "Approver | None" = None
    """Asks the person at the terminal; None where nobody can be asked."""
    over_http: bool = False
    """Whether what a change comes to is applied by a request of its own, once it has been read."""

    def sees(self, record: "StoredRun") -> bool:
        """Say whether he may know of a run: a key of its own, while its repository is served."""
        access = self.access
        return access.local or (record.owner == access.id and self.serves(record.repo))


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation: what it runs with, who asks, and who hears of its progress."""

    host: "Host"
    caller: Caller
    listener: EventListener

    def events(self) -> EventLog:
        """Return what numbers the events of this call."""
        return EventLog(self.listener)


@dataclass(frozen=True, slots=True)
class Between:
    """The bounds of a number in a request; its error names the thing that is counted."""

    least: int
    most: int
    what: str

    def check(self, number: int) -> int:
        if not self.least <= number <= self.most:
            raise ValueError(f"{self.what} must be {self.least} to {self.most}, not {number}")
        return number

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return handler(schema) | {"minimum": self.least, "maximum": self.most}


def not_empty(what: str, advice: str, most: int | None = None) -> AfterValidator:
    """Refuse a text that says nothing, or more than so many characters; errors name the thing."""

    def check(text: str) -> str:
        if not text.strip():
            raise ValueError(f"{what} is empty; {advice}")
        if most is not None and len(text) > most:
            raise ValueError(f"{what} has {len(text)} characters; at most {most}")
        return text

    return AfterValidator(check)


RequestT = TypeVar("RequestT", bound=Request)
ResponseT = TypeVar("ResponseT", bound=Response)
RESULT, FAILURE = "result", "failure"
"""How a stream of events ends: with the response, or with why there is none."""
Run = Callable[[Call, RequestT], Coroutine[Any, Any, ResponseT]]


def in_thread(work: Callable[[Call, RequestT], ResponseT]) -> Run[RequestT, ResponseT]:
    """Return how an operation runs that would block the event loop."""

    async def run(call: Call, request: RequestT) -> ResponseT:
        with closing(ThreadRelay(call.listener)) as relay:
            return await asyncio.to_thread(work, replace(call, listener=relay), request)

    return run


@dataclass(frozen=True, slots=True)
class Operation(Generic[RequestT, ResponseT]):
    """One thing that can be asked for."""

    name: str
    request: type[RequestT]
    response: type[ResponseT]
    scope: str
    """What a key needs to ask for it."""
    run: Run[RequestT, ResponseT]
    needs: Callable[[RequestT], Mapping[str, str]] = lambda _: {}
    """Says which scopes a request needs besides, and what for."""
    streams: bool = False
    """Whether its events can be followed while it runs."""
    method: Literal["GET", "POST"] = "POST"
    path: str = ""
    """Of its route; a field of the request may stand in braces. Else it is `/api/NAME`."""

    @property
    def route(self) -> str:
        return self.path or f"/api/{self.name}"


def sentence_of(error: ValidationError) -> str:
    """Return the first thing that is wrong with a request, in one sentence."""
    first = error.errors()[0]
    told = str(first["msg"]).removeprefix("Value error, ")
    if first["type"] == "value_error":
        return told
    return f"{'.'.join(map(str, first['loc']))}: {told}"

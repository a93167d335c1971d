"""The routes of the table of operations, as JSON or as the events of a run.

A stream sends each event under its kind, then one `result` or one `failure`. Over TCP only the
repositories that the server was started with can be named; at the unix socket, whose caller is the
user who started it, any can.
"""

import json
import re
from collections.abc import AsyncGenerator, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.responses import Response

from server.access.allowed_roots import AllowedRoots
from server.access.authenticate import ScopeRequirement, access_of, require
from server.base.json_values import sound_value
from server.base.metrics import Metrics
from server.base.sse import (
    DESCRIBED,
    EventStream,
    WorkResult,
    frame,
    stream_events,
    while_connected,
)
from server.base.thread_relay import EventListener
from server.http.openapi import SCHEMAS
from server.operations import operation as operations
from server.operations.find.ask import AskResponse
from server.operations.operation import FAILURE, RESULT, Call, Caller, Operation
from server.services.host import Host

STREAM = {"stream": {"type": "boolean", "default": False, "description": "Follow its events."}}
_IN_PATH = re.compile(r"\{(\w+)\}")


class OperationRoutes:
    """Adds routes for operations to a router."""

    def __init__(self, host: Host, metrics: Metrics, roots: AllowedRoots) -> None:
        self._host = host
        self._metrics = metrics
        self._roots = roots
        self.definitions: dict[str, Any] = {}
        """The models that the described requests refer to, by name."""

    def add(self, operation: Operation[Any, Any], router: APIRouter) -> None:
        """Add the route of one operation, with the scope that it needs."""

        async def answer(request: Request) -> Response:
            return await self._answer(operation, request)

        streamed: dict[str, Any] = DESCRIBED if operation.streams else {}
        router.add_api_route(
            operation.route,
            answer,
            methods=[operation.method],
            name=operation.name,
            operation_id=operation.name,
            summary=(operation.request.__doc__ or "").strip(),
            response_model=None,
            responses={200: {"model": operation.response, **streamed}},
            openapi_extra=_described(operation, self.definitions),
            dependencies=[Depends(ScopeRequirement(operation.scope))],
        )

    async def _answer(self, operation: Operation[Any, Any], http: Request) -> Response:
        fields = await _fields_of(http)
        streams = operation.streams and fields.pop("stream", False)
        if not isinstance(streams, bool):
            raise _invalid("stream", "Input should be a valid boolean")
        access = access_of(http)
        asked = _validated(operation, fields).among(lambda name: self._roots.named(name, access))
        for scope, purpose in operation.needs(asked).items():
            require(access, scope, purpose)
        caller = Caller(access, self._roots.serves, over_http=True)
        work = partial(self._run, operation, asked, caller)
        if streams:
            return EventStream(_frames(work), FAILURE)
        return await while_connected(http, work(_ignore))

    async def _run(
        self,
        operation: Operation[Any, Any],
        asked: operations.Request,
        caller: Caller,
        listener: EventListener,
    ) -> dict[str, Any]:
        response = await operation.run(Call(self._host, caller, listener), asked)
        if isinstance(response, AskResponse):
            self._metrics.count_answer(response.status)
        content: dict[str, Any] = response.model_dump(mode="json", exclude_unset=True)
        return content


async def _fields_of(http: Request) -> dict[str, Any]:
    """Return what a request says: in its path, and in its query or its body."""
    if http.method == "GET":
        return {**http.query_params, **http.path_params}
    body = await http.body()
    try:
        content = json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise _invalid("", "the body is no JSON") from error
    if not isinstance(content, dict):
        raise _invalid("", "the body must be a JSON object")
    return {**content, **http.path_params}


def _validated(operation: Operation[Any, Any], fields: Mapping[str, Any]) -> operations.Request:
    try:
        request: operations.Request = operation.request.model_validate(sound_value(fields))
    except ValueError as error:
        if not isinstance(error, ValidationError):  # it is nested too deeply
            raise _invalid("", f"the body {error}") from error
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(told) from error
    return request


def _invalid(name: str, message: str) -> RequestValidationError:
    place = ("body", name) if name else ("body",)
    return RequestValidationError([{"type": "value_error", "loc": place, "msg": message}])


async def _frames(work: Any) -> AsyncGenerator[bytes, None]:
    async for item in stream_events(work):
        if isinstance(item, WorkResult):
            yield frame(item.value, RESULT)
        else:
            yield frame(item.as_json(), item.kind)


def _ignore(_: Any) -> None:
    """Take events that nobody follows."""


def _described(operation: Operation[Any, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the request of an operation as OpenAPI has it; what it refers to is added."""
    schema = operation.request.model_json_schema(ref_template=SCHEMAS)
    definitions.update(schema.pop("$defs", {}))
    fields: dict[str, Any] = schema.get("properties", {})
    required = set(schema.get("required", ()))
    in_path = set(_IN_PATH.findall(operation.route))
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": fields.pop(name)}
        for name in sorted(in_path)
    ]
    if operation.method == "GET":
        parameters += [
            {"name": name, "in": "query", "required": name in required, "schema": field}
            for name, field in fields.items()
        ]
        return {"parameters": parameters}
    if operation.streams:
        fields |= STREAM
    body = {"type": "object", "properties": fields, "required": sorted(required - in_path)}
    content = {"application/json": {"schema": body}}
    described = {"required": bool(required - in_path), "content": content}
    return {"parameters": parameters, "requestBody": described}

"""How our errors look on the wire, and how our clients read them back.

A `Problem` is a status, a code, a sentence and, where a field is to blame, its name. Paths below
/v1 speak OpenAI's error shape. This module imports nothing of HTTP, so that a command can use it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rooftree import errors
from rooftree.errors import ModelProtocolError, RooftreeError, UsageError

KINDS: tuple[tuple[type[RooftreeError], int, str], ...] = (
    (errors.ConfigError, 500, "config"),
    (errors.UnknownModelError, 404, "model_not_found"),
    (errors.UsageError, 400, "usage"),
    (errors.HistoryError, 404, "history"),
    (errors.RepositoryError, 404, "repository"),
    (errors.IndexLockedError, 409, "index_locked"),
    (errors.StorageError, 500, "storage"),
    (errors.EmbeddingError, 503, "embedding"),
    (errors.IndexingError, 500, "indexing"),
    (errors.ContextOverflowError, 400, "context_length_exceeded"),
    (errors.ModelBusyError, 429, "model_busy"),
    (errors.RunsFullError, 429, "too_many_runs"),
    (errors.ModelUnavailableError, 503, "model_unavailable"),
    (errors.ModelTimeoutError, 504, "model_timeout"),
    (errors.ModelProtocolError, 502, "model_protocol"),
    (errors.WeightsError, 503, "weights"),
    (errors.ModelError, 500, "model"),
    (errors.ToolError, 500, "tool"),
    (errors.RooftreeError, 500, "internal"),
)
"""Each class before those that it derives from."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request was not answered."""

    status: int
    code: str
    message: str
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self, path: str) -> dict[str, Any]:
        """Return the JSON body in the shape that callers of `path` expect."""
        if path == "/v1" or path.startswith("/v1/"):
            kind = _openai_type(self.status)
            error = {"message": self.message, "type": kind, "param": self.param}
            return {"error": error | {"code": self.code}}
        return {"error": {"message": self.message, "code": self.code, "param": self.param}}


class RequestRefusedError(UsageError):
    """A request that is refused with a status and code of its own."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def refuse(status: int, code: str, message: str, param: str | None = None) -> RequestRefusedError:
    """Return the error to raise for a request that cannot be served."""
    return RequestRefusedError(Problem(status, code, message, param))


def problem_of(error: RooftreeError) -> Problem:
    """Return the HTTP form of one of our errors."""
    if isinstance(error, RequestRefusedError):
        return error.problem
    # `models.wire.failures.ModelRefusedError` carries the status of the model server's refusal; to
    # name the class here would load the openai package into every command.
    refused = getattr(error, "status", None) if isinstance(error, ModelProtocolError) else None
    if isinstance(refused, int) and 400 <= refused < 500:
        return _refused_by_model(refused, str(error))
    status, code = next((status, code) for kind, status, code in KINDS if isinstance(error, kind))
    param = "messages" if isinstance(error, errors.ContextOverflowError) else None
    param = "model" if isinstance(error, errors.UnknownModelError) else param
    headers = {"retry-after": "2"} if status == 429 else {}
    return Problem(status, code, str(error), param, headers)


def error_of(code: object, message: str) -> RooftreeError:
    """Return the error that our server reported."""
    for kind, _, known in KINDS:
        if known == code:
            return kind(message)
    return UsageError(message)


def _refused_by_model(status: int, message: str) -> Problem:
    if status == 404:
        return Problem(404, "model_not_found", message, "model")
    return Problem(400, "model_refused", message)


def _openai_type(status: int) -> str:
    if status == 429:
        return "rate_limit_error"
    return "invalid_request_error" if status < 500 else "server_error"

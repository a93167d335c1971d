"""What can go wrong on the way to a model, in words for a person, without the key.

It knows the openai package's errors and no more of a request than its URL.
"""

import json
import re
from typing import Any
from urllib.parse import urlsplit

import httpx2

from models.wire.endpoint import Endpoint, SettingNames
from rooftree.errors import (
    ContextOverflowError,
    ModelError,
    ModelProtocolError,
    ModelTimeoutError,
    ModelUnavailableError,
    ProtocolFault,
)

MAX_QUOTE_LENGTH = 300
DEFAULT_RETRY_SECONDS = 1.0
TOO_LONG = re.compile(
    r"exceed_context|context (size|length|window)|maximum context|too many tokens"
    r"|prompt is too long|(input|prompt) (tokens|length).{0,40}exceed"
    r"|tokens.{0,5} \+ .{0,20}max_new_tokens.{0,5} must be",
    re.IGNORECASE,
)
"""How model servers say that a prompt does not fit."""
BAD_CALL = re.compile(
    r"error parsing tool call|failed to parse (?:input at pos|tool call|json:)|XML syntax error"
    r"|does not match the expected .{0,40} format|empty grammar stack"
    r"|tool call.{0,40}(?:invalid|not valid) json",
    re.IGNORECASE,
)
"""How servers say that they cannot read what their own model wrote: Ollama (#14570, #17638),
llama.cpp (#19430, #27025, #27279). The same request would be answered by the same words."""
ABOUT_REASONING = re.compile(r"\breasoning(?:_content)?\b|\bthinking\b", re.IGNORECASE)


class ModelRefusedError(ModelProtocolError):
    """The server understood the request and will not do it; `status` is its HTTP status."""

    kind: ProtocolFault = "refused"

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class UnreadableCallError(ModelProtocolError):
    """The server could not read the call that its own model wrote, and lost the answer."""

    kind: ProtocolFault = "bad_call"


class ModelOverloadedError(ModelUnavailableError):
    """The server asks to be left alone for a while."""

    def __init__(self, message: str, retry_seconds: float) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class ModelDeniedError(ModelUnavailableError):
    """The server refuses our key; asking again does not help."""


def to_model_error(
    error: Exception, url: str, idle_seconds: float, endpoint: Endpoint
) -> ModelError:
    """Return our error for one of the openai package or of its HTTP client."""
    # It takes 0.6 s to import, and a server that is only searched never needs it.
    import openai

    if isinstance(error, openai.APIStatusError):
        return _of_status(error.response, redacted_url(url), endpoint)
    settings = endpoint.settings
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
        return ModelUnavailableError(
            f"cannot connect to the model server at {redacted_url(url)}: "
            f"{cause or 'no answer in time'}; start it, or correct {settings.url}"
        )
    if isinstance(cause, httpx2.TimeoutException):
        return ModelTimeoutError(
            f"{redacted_url(url)} was silent for {idle_seconds:g} s; "
            f"raise {settings.silence}, or look at the server's load"
        )
    return ModelUnavailableError(
        f"the connection to {redacted_url(url)} broke: {cause or type(cause).__name__}; "
        "ask again, and look at the server's log if it happens again"
    )


def timeout_error(
    url: str, seconds: float, endpoint: Endpoint, *, begun: bool
) -> ModelTimeoutError:
    """Return the error for an answer that did not begin, or was not complete, in time."""
    what = "had not finished its answer" if begun else "had not begun to answer"
    setting = endpoint.settings.total if begun else endpoint.settings.beginning
    return ModelTimeoutError(
        f"{redacted_url(url)} {what} after {seconds:g} s; raise {setting}, "
        "or look at the server's load"
    )


def redacted_url(url: str) -> str:
    """Return the URL without user, password and query, any of which may be secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an invalid URL"
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def error_text(error: Any) -> str:
    """Return the message inside an error value, on one line, printable and short."""
    if isinstance(error, dict):
        error = next(
            (error[key] for key in ("message", "detail", "error") if error.get(key)), error
        )
    text = error if isinstance(error, str) else json.dumps(error)
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= MAX_QUOTE_LENGTH else line[:MAX_QUOTE_LENGTH] + "…"


def _of_status(response: httpx2.Response, url: str, endpoint: Endpoint) -> ModelError:
    status, settings = response.status_code, endpoint.settings
    said = _server_message(response, endpoint.api_key)
    if status in (401, 403):
        return ModelDeniedError(
            f"{url} refused the key ({status}{said}); "
            f"put the right one into the variable that {settings.key_variable} names"
        )
    if status in (408, 504):
        return ModelTimeoutError(f"{url} gave up waiting ({status}{said}); ask again")
    if status in (400, 413, 422, 500) and TOO_LONG.search(said):
        return ContextOverflowError(
            f"the prompt does not fit into the context of the model at {url} ({status}{said}); "
            "ask for less at once, or serve the model with a longer context"
        )
    if status in (400, 422, 500) and BAD_CALL.search(said):
        return unreadable_call(url, f" ({status}{said})")
    if status == 429 or (status == 503 and "retry-after" in response.headers):
        return ModelOverloadedError(
            f"{url} cannot answer now ({status}{said}); ask again, or look at the server's log",
            _seconds_in(response.headers.get("retry-after", "")),
        )
    if status >= 500 and status != 501:
        return ModelUnavailableError(
            f"{url} cannot answer now ({status}{said}); ask again, or look at the server's log"
        )
    return _refusal(status, said, url, settings)


def _refusal(status: int, said: str, url: str, settings: SettingNames) -> ModelError:
    """Return the error for a request that was understood and is not answered."""
    if 300 <= status < 400:
        return ModelProtocolError(
            f"{url} redirects ({status}), which is not followed; set {settings.url} to the "
            "address that it redirects to"
        )
    advice = (
        f"check that {settings.url} ends in /v1 and that it serves the model in {settings.model}"
        if status == 404
        else "the request asks for something that this server or model cannot do"
    )
    error = ModelRefusedError(f"{url} refused the request ({status}{said}); {advice}", status)
    if status in (400, 422) and ABOUT_REASONING.search(said):
        error.kind = "reasoning"
    return error


def unreadable_call(url: str, said: str) -> UnreadableCallError:
    """Return the error for an answer that a server lost because of its model's own call."""
    return UnreadableCallError(
        f"{url} could not read the tool call that its model wrote{said}; ask in another way, or "
        "look for a newer version of the server"
    )


def stream_error(error: Any, url: str) -> ModelError:
    """Return the error for what a server reports in the middle of its answer."""
    said, where = error_text(error), redacted_url(url)
    if TOO_LONG.search(said):
        return ContextOverflowError(
            f"the prompt and its answer do not fit into the context of the model at {where} "
            f"({said}); ask for less at once, or serve the model with a longer context"
        )
    if BAD_CALL.search(said):
        return unreadable_call(where, f": {said}")
    return ModelProtocolError(f"{where} broke off its answer: {said}")


def _seconds_in(header: str) -> float:
    """Return what a Retry-After header asks for; dates are not parsed."""
    return float(header) if header.isdecimal() and len(header) < 6 else DEFAULT_RETRY_SECONDS


def _server_message(response: httpx2.Response, key: str) -> str:
    """Return `: <the server's words>`; a server may repeat the key in them."""
    try:
        content: Any = json.loads(response.content)
    except (ValueError, RecursionError, httpx2.ResponseNotRead):
        return ""
    if isinstance(content, dict):
        content = content.get("error") or content
    words = error_text(content)
    return ": " + (words.replace(key, "…") if key else words)

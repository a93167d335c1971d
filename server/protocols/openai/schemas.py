"""The bodies of the OpenAI routes, as clients really send them.

Unknown fields are ignored; content may be text or a list of parts; what we cannot do is refused by
the name of its field. It turns bodies into plain values and has no side effects.
"""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from models.chat.types import ChatRequest
from server.base.json_values import sound_value

MAX_STOPS = 64
MAX_INPUTS = 2048
DEFAULT_TEXT_TOKENS = 128
NO_CHOICE = "only the one answer that is given (best_of = 1)"
TEXT_PARTS = frozenset({"text", "input_text", "output_text"})


def text_of_content(value: Any) -> str:
    """Return the text of a message's content: text, null, or a list of text parts."""
    if value is None or isinstance(value, str):
        return value or ""
    if not isinstance(value, list):
        raise ValueError("must be a text or a list of text parts")  # noqa: TRY004 - pydantic's way
    return "\n".join(_text_of_part(part) for part in value)


def stops_of(value: Any) -> tuple[str, ...]:
    """Return the stop texts, however many were given."""
    stops = [value] if isinstance(value, str) else value or []
    if not _are_texts(stops) or len(stops) > MAX_STOPS:
        raise ValueError(f"must be a text or a list of at most {MAX_STOPS} texts")
    return tuple(stop for stop in stops if stop)


def prompt_of(value: Any) -> str:
    """Return the one prompt of a completion."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str):
        raise ValueError("must be one text; lists of prompts and token arrays are not supported")  # noqa: TRY004 - pydantic's way
    return value


def texts_of(value: Any) -> tuple[str, ...]:
    """Return the texts to embed."""
    texts = [value] if isinstance(value, str) else value
    if not _are_texts(texts) or not 1 <= len(texts) <= MAX_INPUTS:
        raise ValueError(
            f"must be a text or a list of 1 to {MAX_INPUTS} texts; token arrays are not supported"
        )
    return tuple(texts)


def arguments_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def not_offered(value: Any) -> None:
    """Refuse what would change an answer and cannot be had; what asks for nothing is no wish."""
    if not (value is None or value is False or value in ([], {})):
        raise ValueError("is not supported here; leave it out")


def only_one(told: str) -> BeforeValidator:
    """Refuse another number of answers than one, as is told."""

    def check(value: Any) -> Any:
        if value not in (None, 1):
            raise ValueError(told)
        return value

    return BeforeValidator(check)


def check_tools(tools: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """Refuse tools that no model here supports, and two of one name."""
    names = []
    for number, tool in enumerate(tools or ()):
        kind, function = tool.get("type", "function"), tool.get("function")
        if kind != "function":
            raise ValueError(
                f"[{number}] is of type {str(kind)[:40]!r}; only functions are offered"
            )
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(name, str) or not name:
            raise ValueError(f"[{number}] has no function with a name")
        names.append(name)
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"two of them are named {twice[:60]!r}")
    return tools


NotOffered = Annotated[None, BeforeValidator(not_offered)]


class OpenAIBody(BaseModel):
    """What all bodies share: other fields are ignored, and every text can be encoded."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _sound(cls, value: Any) -> Any:
        # Editors cut text between the halves of a surrogate pair.
        return sound_value(value)


class CalledFunction(BaseModel):
    name: str
    arguments: Annotated[str, BeforeValidator(arguments_of)] = "{}"


class PastToolCall(BaseModel):
    """A tool call of an earlier turn."""

    id: str = ""
    type: Literal["function"] = "function"
    function: CalledFunction


class ChatMessage(BaseModel):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Annotated[str, BeforeValidator(text_of_content)] = ""
    tool_calls: list[PastToolCall] | None = None
    tool_call_id: str | None = None


class StreamOptions(BaseModel):
    include_usage: bool | None = None


class Sampling(OpenAIBody):
    """What every kind of completion may ask for."""

    model: str
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: float | None = Field(default=None, ge=0, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    seed: int | None = None
    stop: Annotated[tuple[str, ...], BeforeValidator(stops_of)] = ()
    n: Annotated[int | None, only_one("only one answer at a time (n = 1)")] = None
    logprobs: NotOffered = None

    @property
    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)


class ChatBody(Sampling):
    """POST /v1/chat/completions."""

    messages: list[ChatMessage] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    top_p: float | None = Field(default=None, ge=0, le=1)
    tools: Annotated[list[dict[str, Any]] | None, AfterValidator(check_tools)] = None
    tool_choice: Any = None
    top_logprobs: NotOffered = None
    functions: NotOffered = None
    """What `tools` were before."""
    response_format: dict[str, Any] | None = None

    def request(self, model: str, messages: tuple[dict[str, Any], ...]) -> ChatRequest:
        """Return the question to put to `model`."""
        form = self.response_format or {}
        return ChatRequest(
            model=model,
            messages=messages,
            max_tokens=self.max_completion_tokens or self.max_tokens,
            temperature=self.temperature,
            top_p=self.top_p,
            seed=self.seed,
            stop=self.stop,
            tools=tuple(self.tools or ()),
            tool_choice=self.tool_choice if self.tools else None,
            response_format=None if form.get("type") in (None, "text") else form,
        )


class CompletionBody(Sampling):
    """POST /v1/completions; a suffix makes it fill in the middle."""

    prompt: Annotated[str, BeforeValidator(prompt_of)]
    suffix: str | None = None
    echo: NotOffered = None
    best_of: Annotated[int | None, only_one(NO_CHOICE)] = None
    max_tokens: int | None = Field(default=DEFAULT_TEXT_TOKENS, ge=1)

    @property
    def limit(self) -> int:
        return self.max_tokens or DEFAULT_TEXT_TOKENS


class EmbeddingBody(OpenAIBody):
    """POST /v1/embeddings."""

    model: str
    input: Annotated[tuple[str, ...], BeforeValidator(texts_of)]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _text_of_part(part: Any) -> str:
    if isinstance(part, str):
        return part
    kind = part.get("type") if isinstance(part, dict) else None
    text = part.get("text") if isinstance(part, dict) else None
    if kind not in TEXT_PARTS or not isinstance(text, str):
        raise ValueError(f"has a part of type {kind!r}; only text parts are supported")
    return text

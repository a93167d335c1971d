"""The context that a server says a model has now: looked up where each program tells it.

What a model was trained for is no answer: a server that holds less cuts the prompt. The pages are
in `reported_context.toml`. How many calls a server answers at once only llama.cpp tells.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from models.chat.normalise import mapping_of
from models.wire.transport import Transport
from rooftree.data_files import Strict
from rooftree.errors import ModelError

FILE = Path(__file__).with_name("reported_context.toml")
LATEST = ":latest"
SLOTS_PAGE, SLOTS_FIELD = "/props", "total_slots"
WRITTEN = re.compile(r"^num_ctx[ \t]{1,200}(\d{1,9})[ \t]{0,200}$", re.MULTILINE)
"""A setting in the text of an Ollama model file."""
MAX_PARAMETERS_LENGTH = 10_000


@dataclass(frozen=True, slots=True)
class ContextPage(Strict):
    """A page that tells a context."""

    server: str
    path: str
    fields: tuple[str, ...]
    """Where it stands, with dots between; the first that holds a number counts."""
    source: str
    checked: str
    items: str = ""
    """The list in which the model is looked up; empty means that the page is about the model."""
    names: tuple[str, ...] = ("id",)
    asks: str = ""
    """The field of a POST that names the model."""


@cache
def context_pages() -> tuple[ContextPage, ...]:
    """Return all pages, in the order in which they are looked at."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    return TypeAdapter(tuple[ContextPage, ...]).validate_python(content["pages"])


async def reported_context(transport: Transport, model: str) -> int | None:
    """Return the context that the server says `model` has, or None where it does not tell."""
    read: dict[str, Any] = {}
    for page in context_pages():
        if page.path not in read:
            read[page.path] = await _read(transport, page, model)
        for item in _items(read[page.path], page, model):
            for name in page.fields:
                if tokens := _tokens_at(item, name):
                    return tokens
    return None


async def reported_slots(transport: Transport) -> int | None:
    """Return how many calls the server says it answers at once, or None where it does not tell."""
    with suppress(ModelError):
        page = await transport.get(transport.address(SLOTS_PAGE, outside=True))
        return _count(mapping_of(page).get(SLOTS_FIELD))
    return None


async def _read(transport: Transport, page: ContextPage, model: str) -> Any:
    url = transport.address(page.path, outside=True)
    with suppress(ModelError):
        return await (transport.post(url, {page.asks: model}) if page.asks else transport.get(url))
    return None


def _items(content: Any, page: ContextPage, model: str) -> Iterator[Mapping[str, Any]]:
    """Yield what a page says of the model."""
    if not page.items:
        yield mapping_of(content)
        return
    listed = mapping_of(content).get(page.items)
    for item in map(mapping_of, listed if isinstance(listed, list) else ()):
        if any(item.get(name) in (model, model + LATEST) for name in page.names):
            yield item


def _tokens_at(item: Mapping[str, Any], name: str) -> int | None:
    value: Any = item
    for part in name.split("."):
        value = mapping_of(value).get(part)
    if isinstance(value, str):
        found = WRITTEN.search(value[:MAX_PARAMETERS_LENGTH])
        value = int(found.group(1)) if found else None
    return _count(value)


def _count(value: Any) -> int | None:
    sound = isinstance(value, int) and not isinstance(value, bool) and value > 0
    return value if sound else None

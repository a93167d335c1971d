"""Which program serves an endpoint, recognised by what it answers and never by a model's name.

A preset says what to know of a server. What the server and its model can do is measured all the
same: two versions of one program differ more than two programs.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from models.wire.transport import Transport
from rooftree.data_files import Strict
from rooftree.errors import ModelError

FILE = Path(__file__).with_name("presets.toml")
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PresetSignature(Strict):
    """A path, and a text that the answer to it holds."""

    path: str
    holds: str


@dataclass(frozen=True, slots=True)
class ServerFault(Strict):
    """What a program is known to do wrong, and what to do about it."""

    what: str
    do: str
    source: str


@dataclass(frozen=True, slots=True)
class Preset(Strict):
    """One program that serves models.

    What it lets a model's thinking be steered by is tried first, and assumed until it is measured.
    """

    name: str
    title: str
    recognise: tuple[PresetSignature, ...]
    needs: str
    source: str
    checked: str
    thinking: tuple[str, ...] = ()
    """The ways to switch thinking: `template:NAME` or `effort`, the likeliest first."""
    budget: tuple[str, ...] = ()
    """The fields that hold the most tokens of thinking."""
    reasoning_out: tuple[str, ...] = ()
    reasoning_in: tuple[str, ...] = ()
    """The fields in which reasoning comes, and those in which it goes back."""
    parallel: str = "parallel_tool_calls"
    """The field that allows several calls in one answer; empty where it takes none."""
    generation_config: bool = False
    """Whether it applies the sampling that the model's maker asks for by itself."""
    repetition: str = "repetition_penalty"
    """What it calls the penalty for repetition."""
    facts: str = ""
    """Where the fields above are described."""
    faults: tuple[ServerFault, ...] = ()


@cache
def presets() -> tuple[Preset, ...]:
    """Return all presets, in the order in which they are tried."""
    content = tomllib.loads(FILE.read_text("utf-8"))
    return TypeAdapter(tuple[Preset, ...]).validate_python(content["presets"])


async def recognise_server(transport: Transport) -> Preset | None:
    """Return the preset of the server behind a transport, or None where none fits."""
    pages: dict[str, str | None] = {}
    for preset in presets():
        for sign in preset.recognise:
            if sign.path not in pages:
                pages[sign.path] = await _page(transport, sign.path)
            page = pages[sign.path]
            if page is not None and sign.holds in page:
                return preset
    return None


async def _page(transport: Transport, path: str) -> str | None:
    """Return a page without its spaces, or None where there is none."""
    try:
        page = await transport.text(transport.address(path, outside=True))
    except ModelError:
        return None
    return "".join(page.split())

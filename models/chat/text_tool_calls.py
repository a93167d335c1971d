"""Tool calls and JSON that a model wrote as text, because it or its server knows no other way.

Nothing here knows of servers; the values found are the model's words and are not to be trusted.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from models.chat.call_syntaxes import (
    TAG_SYNTAXES,
    WrittenValue,
    gemma_calls,
    harmony_calls,
    kimi_calls,
    python_calls,
    tagged_calls,
)

SPACE = re.compile(r"\s*")
CALL_TAG = re.compile(r"<tool_call>\s*")
CALL_END = re.compile(r"\s*(?:</tool_call>)?")
LISTED = re.compile(r"\[TOOL_CALLS\]\s*")
FENCE = re.compile(r"```(?:json|tool_call)?[ \t]*\n(.*?)```", re.DOTALL)
WRITTEN_START = ("{", "[", "```")
"""How a text begins that is a written call or JSON from its first character."""
WRITTEN_MARKERS = (
    "<tool_call>",
    "<function=",
    "[TOOL_CALLS]",
    "```json",
    "```tool_c",
    "<|tool_call",
    "<minimax:tool_call>",
    "<invoke name=",
    "<start_function_call>",
    "<|channel|>",
    "<|start|>",
    "to=functions.",
    '\n{"',
)
"""How a written call begins anywhere in a text."""

MAX_OPENINGS = 256
"""Tags that are looked behind; each wrong one costs a pass over the text before it."""

MAX_LAST_LINES = 16
"""Lines at the end of a text from which on it may be a value in JSON."""

WrittenCall = tuple[str, Any]
"""A tool's name and the arguments as they were written."""


def read_json(text: str) -> Any:
    """Return the value of a JSON text; anything wrong with it is a ValueError."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def written_calls(text: str, names: Collection[str]) -> tuple[str, list[WrittenCall]]:
    """Return the text without the calls in it, and the calls of tools that were offered."""
    found = _located_calls(text, names)
    if not found:
        return text, []
    return _without(text, [span for span, _ in found]), [call for _, some in found for call in some]


def final_calls(text: str, names: Collection[str]) -> list[WrittenCall]:
    """Return the calls that end a text of reasoning; what it only considers is none of them."""
    kept: list[list[WrittenCall]] = []
    end = len(text.rstrip().removesuffix("</think>").rstrip())
    for (start, stop), calls in reversed(_located_calls(text, names)):
        if text[min(stop, end) : end].strip():
            break
        kept.append(calls)
        end = start
    return [call for calls in reversed(kept) for call in calls]


def _located_calls(
    text: str, names: Collection[str]
) -> list[tuple[tuple[int, int], list[WrittenCall]]]:
    """Return where calls stand and what they are, in the first syntax that has any."""
    for search in SYNTAXES:
        spans = [(span, _calls_in(value, names)) for span, value in search(text)]
        spans = [(span, calls) for span, calls in spans if calls]
        if spans:
            return spans
    return []


def unwrapped_json(text: str) -> str:
    """Return the JSON inside a single fence, or the text as it is."""
    if _is_json(text):
        return text
    inner = [match.group(1).strip() for match in FENCE.finditer(text)]
    if len(inner) == 1 and _is_json(inner[0]):
        return inner[0]
    return text


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def _tagged(text: str) -> Iterator[WrittenValue]:
    for (start, end), value in _after(CALL_TAG, text):
        yield (start, _call_end(text, end)), value


def _after(opening: re.Pattern[str], text: str) -> Iterator[WrittenValue]:
    """Yield the value behind each opening that has one."""
    for match in islice(opening.finditer(text), MAX_OPENINGS):
        found = _value_at(text, match.end())
        if found is not None:
            value, end = found
            yield (match.start(), end), value


def _call_end(text: str, position: int) -> int:
    tail = CALL_END.match(text, position)
    return tail.end() if tail else position


def _fenced(text: str) -> Iterator[WrittenValue]:
    for match in FENCE.finditer(text):
        try:
            yield match.span(), read_json(match.group(1))
        except ValueError:
            continue


def _bare(text: str) -> Iterator[WrittenValue]:
    """Yield the values of a text that is nothing but JSON values, one after another."""
    values: list[WrittenValue] = []
    position = _after_space(text, 0)
    while position < len(text):
        found = _value_at(text, position) if text[position] in "{[" else None
        if found is None:
            return
        value, end = found
        values.append(((position, end), value))
        position = _after_space(text, end)
    yield from values


def _trailing(text: str) -> Iterator[WrittenValue]:
    """Yield the value on the last lines of a text, from the start of a line to its end."""
    end = len(text.rstrip())
    position = end
    for _ in range(MAX_LAST_LINES):
        position = text.rfind('\n{"', 0, position)
        if position < 0:
            return
        found = _value_at(text, position + 1)
        if found is not None and found[1] == end:
            yield (position + 1, end), found[0]
            return


def _after_space(text: str, position: int) -> int:
    found = SPACE.match(text, position)
    return found.end() if found else position


def _value_at(text: str, position: int) -> tuple[Any, int] | None:
    try:
        value, end = json.JSONDecoder().raw_decode(text, position)
    except (ValueError, RecursionError):
        return None
    return value, end


def _calls_in(value: Any, names: Collection[str]) -> list[WrittenCall]:
    """Return the calls that a JSON value means; one that is no call spoils a list of them."""
    if isinstance(value, list):
        calls = [_calls_in(item, names) for item in value if isinstance(item, Mapping)]
        whole = len(calls) == len(value) and all(calls)
        return [call for inner in calls for call in inner] if whole else []
    if not isinstance(value, Mapping):
        return []
    inner = value.get("function")
    if isinstance(inner, Mapping):
        value = inner
    name = value.get("name")
    if not isinstance(name, str) or name not in names:
        return []
    for key in ("arguments", "parameters"):
        if key in value:
            return [(name, value[key])]
    return []


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    kept: list[str] = []
    position = 0
    for start, end in spans:
        kept.append(text[position:start])
        position = max(position, end)
    kept.append(text[position:])
    return "".join(kept).strip()


SYNTAXES: tuple[Callable[[str], Iterator[WrittenValue]], ...] = (
    _tagged,
    *(partial(tagged_calls, syntax) for syntax in TAG_SYNTAXES),
    partial(_after, LISTED),
    kimi_calls,
    harmony_calls,
    gemma_calls,
    python_calls,
    _fenced,
    _bare,
    _trailing,
)
"""How models write calls, the plainest to recognise first."""

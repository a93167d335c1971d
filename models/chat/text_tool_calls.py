"""Tool calls and JSON that a model wrote as text, because it or its server knows no other way.

Nothing here knows of servers; the values found are the model's words and are not to be trusted.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

SPACE = re.compile(r"\s*")
CALL_TAG = re.compile(r"<tool_call>\s*")
CALL_END = re.compile(r"\s*(?:</tool_call>)?")
FUNCTION = re.compile(r"(?:<tool_call>\s{0,8})?<function=(?P<name>[^<>\s]{1,100})>")
PARAMETER = re.compile(r"<parameter=(?P<name>[^<>\s]{1,100})>")
LISTED = re.compile(r"\[TOOL_CALLS\]\s*")
FENCE = re.compile(r"```(?:json|tool_call)?[ \t]*\n(.*?)```", re.DOTALL)
WRITTEN_START = ("{", "[", "```")
"""How a text begins that is a written call or JSON from its first character."""
WRITTEN_MARKERS = ("<tool_call>", "<function=", "[TOOL_CALLS]", "```json", "```tool_call")
"""How a written call begins anywhere in a text."""

MAX_OPENINGS = 256
"""Tags that are looked behind; each wrong one costs a pass over the text before it."""

WrittenCall = tuple[str, Any]
"""A tool's name and the arguments as they were written."""
WrittenValue = tuple[tuple[int, int], Any]
"""Where a value stands in a text, and the value."""


def read_json(text: str) -> Any:
    """Return the value of a JSON text; anything wrong with it is a ValueError."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("the JSON is nested too deeply") from error


def written_calls(text: str, names: Collection[str]) -> tuple[str, list[WrittenCall]]:
    """Return the text without the calls in it, and the calls of tools that were offered."""
    for search in (_tagged, _functions, partial(_after, LISTED), _fenced, _bare):
        spans = [(span, _calls_in(value, names)) for span, value in search(text)]
        spans = [(span, calls) for span, calls in spans if calls]
        if spans:
            return _without(text, [span for span, _ in spans]), [
                call for _, calls in spans for call in calls
            ]
    return text, []


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


def _functions(text: str) -> Iterator[WrittenValue]:
    """Yield calls in tags: `<function=read><parameter=path>a.py</parameter></function>`."""
    for name, inner, (start, end) in _enclosed(text, FUNCTION, "</function>"):
        given = _enclosed(inner, PARAMETER, "</parameter>")
        arguments = {parameter: _value_of(value) for parameter, value, _ in given}
        yield (start, _call_end(text, end)), {"name": name, "arguments": arguments}


def _enclosed(
    text: str, opening: re.Pattern[str], closing: str
) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Yield what stands between tags in one pass; a lazy pattern takes hours over openings."""
    position = 0
    while match := opening.search(text, position):
        end = text.find(closing, match.end())
        if end < 0:
            return
        position = end + len(closing)
        yield match["name"], text[match.end() : end], (match.start(), position)


def _value_of(text: str) -> Any:
    """Return a parameter's value: numbers, lists and the like are written as JSON."""
    text = text.removeprefix("\n").removesuffix("\n")
    try:
        value = read_json(text)
    except ValueError:
        return text
    return text if isinstance(value, str) else value


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

"""Calls of a model's tools, each as one line: what is asked first, the rest by name."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rooftree.text.visible import escaped_line

MAX_LENGTH = 160
MAX_VALUE_LENGTH = 60
FIRST = ("path", "question", "pattern", "name", "command", "tests")
"""What a tool is mainly called with; it is told without its name."""


def call_line(data: Mapping[str, Any]) -> str:
    """Return the line of a `tool.started`; a call that another agent made stands below its own."""
    words = _words(str(data["arguments"]))[:MAX_LENGTH]
    return f"{_margin(data, '  ')}{data['tool']} {words}".rstrip()


def result_line(data: Mapping[str, Any]) -> str:
    """Return the line of a `tool.finished`: the first of what the tool said."""
    first = str(data["output"]).partition("\n")[0]
    return f"{_margin(data, '    ')}{escaped_line(first)[:MAX_LENGTH]}"


def _margin(data: Mapping[str, Any], own: str) -> str:
    return f"    {data['agent']}: " if data.get("agent") else own


def _words(arguments: str) -> str:
    """Return arguments as words; those that are no JSON object, as the model wrote them."""
    try:
        told = json.loads(arguments)
    except (ValueError, RecursionError):
        return escaped_line(arguments)
    if not isinstance(told, dict):
        return escaped_line(arguments)
    main = next((name for name in FIRST if name in told), "")
    first = _value(told.pop(main), MAX_LENGTH) if main else ""
    rest = ", ".join(_named(told))
    return f"{first} {f'({rest})' if rest else ''}".strip()


def _named(told: Mapping[str, Any]) -> Iterator[str]:
    for name, value in told.items():
        yield f"{escaped_line(name)}: {_value(value, MAX_VALUE_LENGTH)}"


def _value(value: Any, length: int) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    lines = text.strip().split("\n")
    shown = lines[0] if len(lines[0]) <= length else f"{lines[0][:length]}…"
    more = f" … {len(lines)} lines" if len(lines) > 1 else ""
    return escaped_line(shown) + more

"""Places of values in TOML and JSON: found by parsing, and not by how lines look."""

import json
import tomllib
from collections.abc import Callable, Mapping
from typing import Any

from rooftree.errors import ToolRefusedError

Keys = tuple[str | int, ...]
"""The way to a value."""
Parse = Callable[[str], Any]
MOST_PARSED = 4 << 20
"""Characters that are parsed to find one value: at each place of such a text all is parsed anew."""
_MARK = "rooftree-looks-for-this-value"


def toml(text: str) -> Any:
    return tomllib.loads(text)


def parsed(path: str, text: str, parse: Parse) -> Mapping[str, Any]:
    """Parse a manifest; ToolRefusedError where it does not parse."""
    try:
        told = parse(text)
    except (ValueError, RecursionError) as error:
        why = str(error).partition("\n")[0][:200]
        raise ToolRefusedError(f"{path} cannot be read, so nothing is edited: {why}") from error
    if not isinstance(told, dict):
        raise ToolRefusedError(f"{path} holds no table, so nothing is edited")
    return told


def at(told: Any, keys: Keys) -> Any:
    """Return what stands at the end of a way; None where it ends before."""
    for key in keys:
        if isinstance(told, dict) and isinstance(key, str):
            told = told.get(key)
        elif isinstance(told, list) and isinstance(key, int) and key < len(told):
            told = told[key]
        else:
            return None
    return told


def start_of(text: str, parse: Parse, keys: Keys, value: str) -> int:
    """Return where a text value begins, after its quote; -1 where it is not found.

    A place is the right one if putting another text there changes that value and no other.
    """
    before = parse(text)
    left = MOST_PARSED
    for quote in ('"', "'"):
        literal = f"{quote}{value}{quote}"
        place = text.find(literal)
        while place >= 0 and left > 0:
            left -= len(text)
            start = place + 1
            probe = text[:start] + _MARK + text[start + len(value) :]
            if _is_only(parse, probe, before, keys):
                return start
            place = text.find(literal, place + 1)
    return -1


def _is_only(parse: Parse, probe: str, before: Any, keys: Keys) -> bool:
    try:
        after = parse(probe)
    except (ValueError, RecursionError):
        return False
    return bool(at(after, keys) == _MARK and _with(before, keys, _MARK) == after)


def _with(told: Any, keys: Keys, value: str) -> Any:
    """Return the same with another value at the end of a way."""
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(told, dict):
        return {**told, key: _with(told[key], rest, value)}
    return [*told[:key], _with(told[key], rest, value), *told[int(key) + 1 :]]


def json_text(text: str) -> Any:
    return json.loads(text.removeprefix("\ufeff"))

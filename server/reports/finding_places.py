"""Where reports tell a finding whose lines are gone: beside the gap, and with the old lines."""

from collections.abc import Mapping
from typing import Any


def is_gone(one: Mapping[str, Any]) -> bool:
    """Say whether the lines of a finding are those of the old file."""
    return one.get("side") == "old"


def current_lines(one: Mapping[str, Any]) -> tuple[int, int]:
    """Return lines of the new file at which a finding can be told; 0 where the file is gone."""
    if is_gone(one):
        return one["beside"], one["beside"]
    return one["line"], one["end_line"]


def removed_lines_text(one: Mapping[str, Any]) -> str:
    """Say which lines a finding means, where they are gone; empty where they are there."""
    if not is_gone(one):
        return ""
    first, last = one["line"], one["end_line"]
    lines = f"line {first}" if first == last else f"lines {first}-{last}"
    return f"(of {lines} before the change) "

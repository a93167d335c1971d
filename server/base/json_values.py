"""JSON that somebody sends: no deeper than can be read, and of texts that can be encoded."""

from typing import Any

from models.chat.normalise import sound_text

MAX_DEPTH = 64


def sound_value(value: Any, depth: int = MAX_DEPTH) -> Any:
    """Return JSON whose texts can all be encoded; ValueError for what is nested too deeply."""
    if isinstance(value, str):
        return value if value.isascii() else sound_text(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        raise ValueError(f"is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, list):
        return [sound_value(item, depth - 1) for item in value]
    return {sound_text(key): sound_value(item, depth - 1) for key, item in value.items()}

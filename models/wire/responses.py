"""The answers that are no chat: models, plain completions and vectors, made into our values.

Like `models.chat.normalise`, it takes any JSON, however it was transported.
"""

import base64
import struct
from collections.abc import Mapping
from typing import Any

from models.chat.normalise import RawAnswer, first_choice, mapping_of, sound_text, text_of
from models.chat.types import ModelInfo
from rooftree.errors import ModelProtocolError

MAX_NUMBER = 1e30


def models_of(payload: Any, where: str) -> tuple[ModelInfo, ...]:
    """Return the models that a server lists."""
    if not isinstance(mapping_of(payload).get("data"), list):
        raise ModelProtocolError(f"{where} lists no models; check that model.endpoint ends in /v1")
    return tuple(map(_model_info, listed_models(payload)))


def listed_models(payload: Any) -> list[Mapping[str, Any]]:
    """Return what a list of models says of each; what has no id is left out."""
    data = mapping_of(payload).get("data")
    items = map(mapping_of, data if isinstance(data, list) else ())
    return [item for item in items if isinstance(item.get("id"), str) and item["id"]]


def raw_text_of(payload: Any, where: str) -> RawAnswer:
    """Return a plain completion, as the OpenAI API or llama.cpp's /infill sends it."""
    content = mapping_of(payload)
    choice = first_choice(content)
    if choice is not None:
        return RawAnswer(
            text=text_of(choice.get("text")),
            finish_reason=choice.get("finish_reason"),
            usage=content.get("usage"),
            model=content.get("model"),
        )
    if not isinstance(content.get("content"), str):
        raise ModelProtocolError(
            f"{where} answered without any text; ask again, and look at the server's log if it "
            "happens again"
        )
    return RawAnswer(
        text=content["content"],
        finish_reason="length" if content.get("stop_type") == "limit" else "stop",
        usage={
            "prompt_tokens": content.get("tokens_evaluated"),
            "completion_tokens": content.get("tokens_predicted"),
        },
        model=content.get("model"),
    )


def vectors_of(payload: Any) -> list[list[float]]:
    """Return the vectors in the order of their index; anything that is no vector is left out."""
    data = mapping_of(payload).get("data")
    items = [mapping_of(item) for item in data] if isinstance(data, list) else []
    if all(isinstance(item.get("index"), int) for item in items):
        items.sort(key=lambda item: int(item["index"]))
    vectors = [decoded_vector(item.get("embedding")) for item in items]
    return [
        [float(number) for number in vector]
        for vector in vectors
        if isinstance(vector, list) and vector and all(map(_is_number, vector))
    ]


def decoded_vector(vector: Any) -> Any:
    """Return the numbers of a vector in base64, as some servers send it unasked."""
    if not isinstance(vector, str):
        return vector
    try:
        data = base64.b64decode(vector, validate=True)
    except ValueError:
        return None
    return list(struct.unpack(f"<{len(data) // 4}f", data)) if len(data) % 4 == 0 else None


def _is_number(value: Any) -> bool:
    # Comparing leaves out NaN, infinities and whole numbers that no float can hold.
    return isinstance(value, int | float) and -MAX_NUMBER < value < MAX_NUMBER


def _model_info(item: Mapping[str, Any]) -> ModelInfo:
    parent, owner = item.get("parent"), item.get("owned_by")
    return ModelInfo(
        id=sound_text(item["id"]),
        parent=sound_text(parent) if isinstance(parent, str) and parent else None,
        owned_by=sound_text(owner) if isinstance(owner, str) else "",
    )

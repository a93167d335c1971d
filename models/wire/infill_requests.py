"""Fill-in-the-middle, in each way that servers and models know.

llama.cpp has /infill; the API has `suffix`, which some servers refuse and others ignore; and a
model's own marks can be put into a plain prompt. Which one to use is measured and is not decided
here.
"""

from models.chat.abilities import InfillMarks
from models.chat.types import FimRequest
from models.wire.requests import RequestBody, fields_of

KNOWN_MARKS = (
    InfillMarks("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    InfillMarks("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    InfillMarks("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    InfillMarks("<PRE> ", " <SUF>", " <MID>"),
)
"""Marks of the families that publish theirs, to be tried; each costs a few tokens to tell."""


def infill_body(request: FimRequest) -> RequestBody:
    return {
        "input_prefix": request.prefix,
        "input_suffix": request.suffix,
        "n_predict": request.max_tokens,
        "temperature": request.temperature,
        "stop": request.stop,
    }


def suffix_body(request: FimRequest) -> RequestBody:
    return fields_of(request.as_completion(request.prefix)) | {"suffix": request.suffix}


def marked_body(marks: InfillMarks, request: FimRequest) -> RequestBody:
    return fields_of(request.as_completion(marks.prompt(request.prefix, request.suffix)))

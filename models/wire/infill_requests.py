"""Fill-in-the-middle, in each way that servers and models know.

llama.cpp has /infill; the API has `suffix`, which some servers refuse and others ignore; and a
model's own marks can be put into a plain prompt. Which one to use is measured and is not decided
here.
"""

from models.chat.abilities import InfillMarks
from models.wire.requests import RequestBody

KNOWN_MARKS = (
    InfillMarks("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"),
    InfillMarks("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    InfillMarks("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"),
    InfillMarks("<PRE> ", " <SUF>", " <MID>"),
)
"""Marks of the families that publish theirs, to be tried; each costs a few tokens to tell."""


def infill_body(before: str, after: str, max_tokens: int) -> RequestBody:
    return {"input_prefix": before, "input_suffix": after, "n_predict": max_tokens}


def suffix_body(model: str, before: str, after: str, max_tokens: int) -> RequestBody:
    return {"model": model, "prompt": before, "suffix": after, "max_tokens": max_tokens}


def marked_body(
    marks: InfillMarks, model: str, before: str, after: str, max_tokens: int
) -> RequestBody:
    prompt = marks.prompt(before, after)
    return {"model": model, "prompt": prompt, "max_tokens": max_tokens}

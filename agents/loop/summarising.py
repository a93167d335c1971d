"""Replace a transcript by a summary of it, where masking its results no longer makes room.

The model sums up under fixed headings; beside that stand the task as it was given, the diff so far
and what the last run of tests said, which are ours and not the model's to forget.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.loop.settings import CHARACTERS_PER_TOKEN, LoopSettings
from agents.loop.transcript import Transcript, TranscriptChange
from models.chat.types import Completion
from prompts.library import render
from rooftree.text.shortened import shortened

SUMMARY_TOKENS = 1_500
DIFF_SHARE = 1 / 8
"""Of the window, for the diff so far; the tool `diff` shows all of it."""
TESTS_SHARE = 1 / 10

AskForWords = Callable[[tuple[Mapping[str, Any], ...], int], Awaitable[Completion]]
"""Asks the model for words, with these messages and so many tokens for the answer."""


@dataclass(frozen=True, slots=True)
class WorkSoFar:
    """What is known without the model: the diff of the draft, and the last run of tests."""

    diff: str = ""
    tests: str = ""


async def summarise(
    transcript: Transcript, settings: LoopSettings, work: WorkSoFar, ask: AskForWords, step: int
) -> None:
    """Put a summary in the place of all turns; the task stays as it was given."""
    prompt = render("loop/summary")
    told = ({"role": "user", "content": prompt.messages[1]["content"]},)
    answer = await ask((*transcript.messages(), *told), SUMMARY_TOKENS)
    room = settings.window * CHARACTERS_PER_TOKEN
    parts = [
        "Your own summary of what you did before:",
        shortened(answer.text.strip(), SUMMARY_TOKENS * CHARACTERS_PER_TOKEN * 2),
        f"The diff so far:\n{shortened(work.diff, int(room * DIFF_SHARE))}",
    ]
    if work.tests:
        parts.append(f"The last run of tests:\n{shortened(work.tests, int(room * TESTS_SHARE))}")
    transcript.turns = []
    transcript.last_run = ""
    transcript.earlier = "\n\n".join(parts)
    transcript.changes.append(TranscriptChange("summary", step))

"""Questions that go on from earlier ones: what such a question asks, said so that it stands alone.

A capable model says it, in a few words, and the search looks for both: the question as it was asked
and as it stands alone. A name that neither the thread nor the question has is none of the asker's,
so what holds one is not used. Without such a model a question that says too little on its own is
asked together with the one before it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.ask.summary import names_in
from agents.runs.team import TeamMember
from indexing.words.query import analyse
from models.client.client import ChatRequest, Usage
from models.client.language_model import LanguageModel
from prompts.library import render
from rooftree.text.shortened import shortened

SHORT_FOLLOW_UP = 3
"""A follow-up with fewer words of its own than this says too little."""
MAX_TURNS = 6
MAX_QUESTION = 1_000
MAX_ANSWER = 1_500
MAX_JOINED = 4_000
MAX_STANDALONE = 400
TOKENS = 80
PROMPT = "ask/standalone"


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """A question that was asked before in a conversation, and what was answered."""

    question: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question as it stands alone; empty where it does already, or nothing of use was said."""

    question: str
    usage: Usage


def shown_turns(turns: Sequence[EarlierTurn]) -> list[EarlierTurn]:
    """Return the last turns, as far as a prompt has room for them."""
    return [
        EarlierTurn(shortened(one.question, MAX_QUESTION), shortened(one.answer, MAX_ANSWER))
        for one in turns[-MAX_TURNS:]
    ]


def joined(turns: Sequence[EarlierTurn], question: str) -> str:
    """Return a question that says too little on its own together with the one before it."""
    before = ""
    for one in (*(turn.question for turn in turns[-MAX_TURNS:]), question):
        is_whole = not before or len(analyse(one).terms) >= SHORT_FOLLOW_UP
        together = one if is_whole else f"{before} {one}"
        before = together if len(together) <= MAX_JOINED else one
    return before


async def stand_alone(
    client: LanguageModel, member: TeamMember, turns: Sequence[EarlierTurn], question: str
) -> Standalone:
    """Have a model say what a question asks that goes on from others."""
    shown = shown_turns(turns)
    prompt = render(PROMPT, turns=shown, question=question)
    room = TOKENS + member.thinking_tokens
    request = ChatRequest(member.model, prompt.messages, room, temperature=0.0, thinking="off")
    completion = await client.chat(request)
    lines = completion.text.strip().splitlines()
    said = lines[0].strip().strip("\"'") if lines else ""
    usage = completion.usage or Usage(0, 0)
    known = "\n".join([question, *(f"{one.question}\n{one.answer}" for one in turns)])
    if len(said) > MAX_STANDALONE or said == question or _invents(said, known):
        return Standalone("", usage)
    return Standalone(said, usage)


def _invents(said: str, known: str) -> bool:
    """Say whether a question names what nobody in its conversation has named."""
    there = frozenset(re.findall(r"\w+", known))
    return any(name not in there for name in names_in(said))

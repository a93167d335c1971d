"""Whether a model thinks before it answers, and how its server lets that be steered.

Measured before all else: a model that thinks needs room for it in every other probe. What known
servers take is tried first (`models.wire.presets`); what a server refuses, or ignores, is not its
way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from models.chat.abilities import REASONING_FIELDS, Abilities, ThinkingSwitch
from models.chat.messages import REASONING
from models.chat.normalise import completion_of, first_choice, mapping_of
from models.chat.tokens import estimate_tokens
from models.chat.types import ChatRequest
from models.probing.probe_session import ProbeSession, timed
from models.probing.profile import ThinkingProfile
from models.wire.presets import Preset
from models.wire.requests import INLINE, chat_body
from models.wire.transport import Transport
from rooftree.errors import ContextOverflowError, ModelProtocolError, ModelUnavailableError

QUESTION = "Which primes lie between 40 and 80, and what is their sum? Answer with the sum alone."
ANSWER_TOKENS = 96
TURN_TOKENS = 16
CALL_TOKENS = 160
SMALL_BUDGET = 32
"""Tokens of thinking that are allowed where it is looked whether a budget is kept."""
LESS_SHARE = 0.6
"""Of what it thought before: less means that an effort was heard."""
THOUGHT_WORDS = "The file is small, so it can be read whole before anything in it is changed. " * 14
"""About 200 tokens."""
GROWTH_TOKENS = 100
WAYS = ("template:enable_thinking", "template:thinking", "effort")
BUDGETS = ("thinking_token_budget", "thinking_budget_tokens", "reasoning_budget_tokens")
EFFORTS = ("none", "low")


@dataclass(frozen=True, slots=True)
class ThoughtAnswer:
    """What of an answer was thinking."""

    field: str
    """Where it stood; empty where there was none."""
    tokens: int
    prompt_tokens: int | None


@dataclass(slots=True)
class ThinkingProbe:
    """Measures one model; each step uses what those before it found."""

    session: ProbeSession
    transport: Transport
    preset: Preset | None
    found: ThinkingProfile = field(default_factory=ThinkingProfile)

    async def measure(self) -> ThinkingProfile:
        """Return all that can be found out."""
        await self.measure_default()
        if self.found.thinks and (answer := await self._asked(Abilities(), {}, whole=True)):
            self._note(tokens=answer.tokens)
        await self._measure_switch()
        if self.found.thinks or self.found.switch in ("template", "effort"):
            await self._measure_budget()
            await self.measure_fields_in(inline=True)
        await self._measure_calls()
        return self.found

    async def measure_default(self) -> None:
        """Ask something that is worth thinking about; thoughts come first, or never."""
        answer = await self._asked(Abilities(), {})
        if answer is not None:
            self._note(thinks=bool(answer.field), tokens=answer.tokens, field_out=answer.field)

    async def measure_fields_in(self, *, inline: bool = False) -> None:
        """Find the fields in which reasoning goes back: the prompt must grow by it.

        Where it comes in the content, and no field takes it, it may go back `inline`.
        """
        bare = await self._turns(())
        if bare is None or bare.prompt_tokens is None:
            return
        names = _first(self.preset.reasoning_in if self.preset else (), REASONING_FIELDS)
        taken: list[str] = []
        for name in (*names, *([INLINE] if inline and self.found.field_out == INLINE else [])):
            if taken and name == INLINE:
                break
            answer = await self._turns((name,))
            grown = answer.prompt_tokens if answer is not None else None
            if grown is not None and grown >= bare.prompt_tokens + GROWTH_TOKENS:
                taken.append(name)
        self._note(fields_in=tuple(taken))

    async def _measure_switch(self) -> None:
        wanted = "off" if self.found.thinks else "on"
        for way in _first(self.preset.thinking if self.preset else (), WAYS):
            kind, _, name = way.partition(":")
            switch: ThinkingSwitch = "template" if kind == "template" else "effort"
            able = Abilities(thinking_switch=switch, thinking_name=name or "enable_thinking")
            for off in EFFORTS if switch == "effort" and wanted == "off" else EFFORTS[:1]:
                lowered = off == EFFORTS[-1]
                answer = await self._asked(
                    replace(able, effort_off=off), {"thinking": wanted}, whole=lowered
                )
                if answer is not None and self._is_heard(answer, lowered=lowered):
                    self._note(switch=switch, switch_name=able.thinking_name, effort_off=off)
                    if not self.found.thinks:
                        self._note(field_out=answer.field, tokens=answer.tokens)
                    return
        self._note(switch="none")

    def _is_heard(self, answer: ThoughtAnswer, *, lowered: bool) -> bool:
        if lowered:
            return answer.tokens <= self.found.tokens * LESS_SHARE
        return bool(answer.field) != self.found.thinks

    async def _measure_budget(self) -> None:
        if self.found.tokens <= 3 * SMALL_BUDGET:
            return  # It thinks too little for a budget to be seen.
        fields = self.found.as_abilities()
        for name in _first(self.preset.budget if self.preset else (), BUDGETS):
            able = replace(fields, thinking_budget_field=name)
            asked: dict[str, Any] = {"thinking_tokens": SMALL_BUDGET}
            asked |= {} if self.found.thinks else {"thinking": "on"}
            answer = await self._asked(able, asked, whole=True)
            if answer is not None and answer.field and answer.tokens <= 2 * SMALL_BUDGET:
                self._note(budget_field=name)
                return

    async def _measure_calls(self) -> None:
        """See whether one answer makes two calls, and whether a stream says what a whole does."""
        session = self.session.with_room() if self.found.thinks else self.session
        able = self.found.as_abilities()
        both = session.tool_request(
            "Read a.py and b.py; call the tool for both at once.", CALL_TOKENS
        )
        one = session.tool_request("Look into pkg/store/index.go.", CALL_TOKENS)
        async with session.client(able) as client:
            try:
                answer = await session.turns.run(
                    lambda: client.chat(replace(both, parallel_calls=True))
                )
                self._note(parallel_calls=len(answer.tool_calls) > 1)
                whole = await session.turns.run(lambda: client.chat(one))
                stream = (await session.turns.run(lambda: timed(client, one))).completion
            except ModelProtocolError:
                return
        calls = [[(c.name, c.arguments) for c in said.tool_calls] for said in (whole, stream)]
        self._note(streams_alike=calls[0] == calls[1])

    async def _turns(self, names: tuple[str, ...]) -> ThoughtAnswer | None:
        """Ask in the middle of a turn, with reasoning that goes back in these fields or in none."""
        function = {"name": "read", "arguments": '{"path": "a.py"}'}
        call = {"id": "abcdef123", "type": "function", "function": function}
        turn: dict[str, Any] = {"role": "assistant", "content": "", "tool_calls": [call]}
        messages = (
            {"role": "user", "content": "What is in a.py?"},
            turn | ({REASONING: THOUGHT_WORDS} if names else {}),
            {"role": "tool", "tool_call_id": "abcdef123", "content": "x = 1"},
        )
        request = replace(self.session.tool_request("", TURN_TOKENS), messages=messages)
        return await self._sent(request, Abilities(reasoning_fields=names))

    async def _asked(
        self, able: Abilities, options: Mapping[str, Any], *, whole: bool = False
    ) -> ThoughtAnswer | None:
        """Ask the question; only a `whole` answer has room for all that is thought."""
        session = self.session.with_room() if whole else self.session
        return await self._sent(replace(session.request(QUESTION, ANSWER_TOKENS), **options), able)

    async def _sent(self, request: ChatRequest, able: Abilities) -> ThoughtAnswer | None:
        """Return what is thought; None where the server refuses, or fails on, the request."""
        url = self.transport.address("/chat/completions")
        body = chat_body(self.session.endpoint, request, able)
        try:
            payload = await self.session.turns.run(lambda: self.transport.post(url, body))
            answer = completion_of(payload, request, url)
        except (ModelProtocolError, ModelUnavailableError, ContextOverflowError):
            return None
        message = mapping_of(mapping_of(first_choice(payload)).get("message"))
        fields = _first(self.preset.reasoning_out if self.preset else (), REASONING_FIELDS)
        named = next((name for name in fields if message.get(name)), "content")
        usage = answer.usage.prompt_tokens if answer.usage else None
        thoughts = answer.reasoning
        return ThoughtAnswer(named if thoughts else "", estimate_tokens(thoughts), usage)

    def _note(self, **fields: Any) -> None:
        self.found = replace(self.found, **fields)


def _first(known: Sequence[str], all_of_them: Sequence[str]) -> tuple[str, ...]:
    """Return all, those that a server is known for first."""
    return tuple(dict.fromkeys([*known, *all_of_them]))

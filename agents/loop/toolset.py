"""The tools of one loop, and how the calls of one answer are carried out.

Calls that only look are carried out together, those that change something one after another in
their order; after one of these has failed the later ones of the same answer are refused, since they
were meant for a draft that there is not. Each call has one outcome, in the order of the calls.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import Field

from agents.loop.transcript import ToolOutcome
from models.chat.types import ToolCall
from prompts.library import neutralise
from rooftree.errors import RooftreeError, ToolError, ToolRefusedError, ToolRetryError
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.logs import logger
from rooftree.text.unknown_names import unknown_name
from tools.model_tools.arguments import Arguments, ParsedArguments, Text, Texts, parse_arguments
from tools.model_tools.tool import Tool
from tools.once import Memo

MAX_TOOLS = 10
"""Models choose worse among more; the tenth is `scout`, which only the larger ones have."""
MAX_TOGETHER = 4
MAX_EVENT_LENGTH = 4_000
FINISH = "finish"


class EndArguments(Arguments):
    """What a model says at the end, whatever its work was."""

    summary: Text = Field(description="what you did, in one or two sentences")
    unsure: Text = Field(default="", description="what you are not sure of")


class FinishArguments(EndArguments):
    """What a coder says at the end."""

    tests_run: Texts = Field(default=(), description="the tests that you saw pass")


@dataclass(frozen=True, slots=True)
class FinishForm:
    """What the tool `finish` asks for."""

    arguments: type[EndArguments]
    description: str = (
        "Say that the task is done, once the tests pass, or that it cannot be done and why."
    )


@dataclass(frozen=True, slots=True)
class FinishCall:
    """A finish that was asked for: where its outcome stands among those of the answer."""

    place: int
    arguments: EndArguments


@dataclass(slots=True)
class Toolset:
    """The tools of one loop; the list is the same for the whole of it."""

    tools: tuple[Tool, ...]
    memo: Memo
    events: EventLog
    finish: FinishForm = field(default_factory=lambda: FinishForm(FinishArguments))
    traits: Counter[str] = field(default_factory=Counter)
    _by_name: dict[str, Tool] = field(init=False)

    def __post_init__(self) -> None:
        self.tools = (*sorted(self.tools, key=lambda one: one.name), _finish_tool(self.finish))
        if len(self.tools) > MAX_TOOLS:
            raise AssertionError(f"{len(self.tools)} tools in one prompt; at most {MAX_TOOLS}")
        self._by_name = {one.name: one for one in self.tools}

    def as_api(self) -> tuple[dict[str, object], ...]:
        return tuple(one.as_api() for one in self.tools)

    async def carry_out(
        self, calls: Sequence[ToolCall], *, is_cut: bool, only_finish: bool
    ) -> tuple[list[ToolOutcome], FinishCall | None]:
        """Return the outcome of each call, and the finish among them, if there is one."""
        outcomes: dict[int, ToolOutcome] = {}
        looking: list[tuple[int, ToolCall, Tool, ParsedArguments]] = []
        finish: FinishCall | None = None
        failed = False
        for place, call in enumerate(calls):
            try:
                tool, parsed = self._read(call, is_cut=is_cut)
            except ToolRetryError as error:
                outcomes[place] = replace(self._failed(call, error), is_unread=True)
                failed = failed or not self._reads(call)
                continue
            try:
                if only_finish and tool.name != FINISH:
                    raise ToolRefusedError("this is the last step: only finish is carried out")
                if tool.name == FINISH:
                    assert isinstance(parsed.value, EndArguments)  # noqa: S101 - its own tool
                    finish = FinishCall(place, parsed.value)
                    continue
                if tool.kind == "read":
                    looking.append((place, call, tool, parsed))
                    continue
                outcomes |= await self._together(looking)
                looking = []
                if failed:
                    raise ToolRefusedError("not done: an earlier call of this answer failed")
                outcomes[place] = await self._done(call, tool, parsed)
                failed = outcomes[place].kind == "error"
            except ToolError as error:
                outcomes[place] = self._failed(call, error)
                failed = failed or not self._reads(call)
        outcomes |= await self._together(looking)
        return [outcomes[place] for place in sorted(outcomes)], finish

    def _reads(self, call: ToolCall) -> bool:
        tool = self._by_name.get(call.name)
        return tool is None or tool.kind == "read"

    def _read(self, call: ToolCall, *, is_cut: bool) -> tuple[Tool, ParsedArguments]:
        tool = self._by_name.get(call.name)
        if tool is None:
            self.traits["unknown tools"] += 1
            raise ToolRetryError(unknown_name("tool", call.name, self._by_name))
        try:
            parsed = parse_arguments(tool.name, tool.arguments, call.arguments, is_cut=is_cut)
        except ToolRetryError:
            self.traits["bad arguments"] += 1
            raise
        if parsed.mended:
            self.traits["mended arguments"] += 1
        return tool, parsed

    async def _together(
        self, looking: Sequence[tuple[int, ToolCall, Tool, ParsedArguments]]
    ) -> dict[int, ToolOutcome]:
        gate = asyncio.Semaphore(MAX_TOGETHER)

        async def one(call: ToolCall, tool: Tool, parsed: ParsedArguments) -> ToolOutcome:
            async with gate:
                return await self._done(call, tool, parsed)

        done = await asyncio.gather(*(one(call, tool, what) for _, call, tool, what in looking))
        return {place: outcome for (place, *_), outcome in zip(looking, done, strict=True)}

    async def _done(self, call: ToolCall, tool: Tool, parsed: ParsedArguments) -> ToolOutcome:
        key = _key(tool, parsed.value)
        self.events.emit("tool.started", tool=tool.name, arguments=call.arguments)
        try:
            text = await self._called(tool, parsed, key)
        except ToolError as error:
            return self._failed(call, error, key)
        self._tell(call, text, failed=False)
        return ToolOutcome(call, text, tool.kind, key)

    async def _called(self, tool: Tool, parsed: ParsedArguments, key: str) -> str:
        try:
            if not tool.recorded:
                return await tool.call(parsed.value)
            return str(await self.memo.once("tool", key, lambda: _told(tool, parsed)))
        except ToolError:
            raise
        except RooftreeError as error:
            raise ToolRefusedError(str(error)) from error
        except Exception as error:  # the boundary of an agent's step: the log has the trace
            logger("tools").error("the tool %s failed", tool.name, exc_info=error)
            raise ToolRefusedError(
                f"{tool.name} failed by a fault of its own ({type(error).__name__}), whatever its "
                "arguments; go on without what it was to tell or do"
            ) from error

    def _failed(self, call: ToolCall, error: ToolError, key: str = "") -> ToolOutcome:
        text = f"Error: {error}"
        self._tell(call, text, failed=True)
        return ToolOutcome(call, text, "error", key or f"{call.name} {call.arguments}")

    def _tell(self, call: ToolCall, text: str, *, failed: bool) -> None:
        output = neutralise(text)[:MAX_EVENT_LENGTH]
        self.events.emit("tool.finished", tool=call.name, failed=failed, output=output)


async def _told(tool: Tool, parsed: ParsedArguments) -> str:
    return await tool.call(parsed.value)


def _finish_tool(form: FinishForm) -> Tool:
    async def finish(_arguments: EndArguments) -> str:
        raise AssertionError("the loop itself carries out finish")

    return Tool(
        FINISH,
        form.description,
        form.arguments,
        finish,
    )


def _key(tool: Tool, value: Arguments) -> str:
    """Return a call in one form, whatever its arguments were called and however they were typed."""
    told = value.model_dump(mode="json", exclude_defaults=True)
    return f"{tool.name}({json.dumps(told, sort_keys=True, ensure_ascii=False)})"

"""The tools of a loop: a fault of one is told by its kind, and its text goes into the log alone."""

from pathlib import Path

import pytest

from agents.loop.toolset import MAX_TOOLS, Toolset
from models.chat.types import ToolCall
from rooftree.errors import ToolRefusedError
from rooftree.paths import StateFolder
from rooftree.telemetry.events import Event, EventLog
from rooftree.telemetry.logs import configure_logging
from tools.model_tools.read_draft import ReadArguments
from tools.model_tools.tool import Tool
from tools.once import NoMemo


async def look(arguments: ReadArguments) -> str:
    raise KeyError(f"words of a fault {arguments.path}")


async def refuse(arguments: ReadArguments) -> str:
    raise ToolRefusedError(f"{arguments.path} is not for you")


def tool(name: str, work: object) -> Tool:
    return Tool(name, name, ReadArguments, work)  # type: ignore[arg-type]  # any of the two above


async def test_a_fault_of_a_tool_is_told_by_its_kind_and_its_text_is_logged(
    tmp_path: Path,
) -> None:
    configure_logging(StateFolder(tmp_path / "state"))
    events: list[Event] = []
    tools = Toolset((tool("look", look), tool("refuse", refuse)), NoMemo(), EventLog(events.append))
    calls = [ToolCall(str(number), name, '{"path": "a.py"}') for number, name in enumerate(NAMES)]
    outcomes, finish = await tools.carry_out(calls, is_cut=False, only_finish=False)
    assert finish is None
    assert "look failed by a fault of its own (KeyError)" in outcomes[0].text
    assert "words of a fault" not in outcomes[0].text
    assert outcomes[1].text == "Error: a.py is not for you"
    [log] = (tmp_path / "state" / "logs").iterdir()
    assert "the tool look failed" in log.read_text()
    assert "words of a fault a.py" in log.read_text()
    assert "not for you" not in log.read_text()
    told = [event.data["failed"] for event in events if event.kind == "tool.finished"]
    assert told == [True, True]


NAMES = ("look", "refuse")


def test_the_list_of_tools_is_sorted_ends_with_finish_and_has_a_bound() -> None:
    log = EventLog(lambda _: None)
    tools = Toolset((tool("b", look), tool("a", refuse)), NoMemo(), log)
    assert [one.name for one in tools.tools] == ["a", "b", "finish"]
    many = tuple(tool(str(number), look) for number in range(MAX_TOOLS))
    with pytest.raises(AssertionError, match="at most"):
        Toolset(many, NoMemo(), log)

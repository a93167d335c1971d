"""What a model is told of a tool: an argument that it does not have, and a fault of the tool."""

from pathlib import Path

import pytest
from autogen_core import CancellationToken

from agents.runtime.tools import tools_of
from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.paths import StateFolder
from rooftree.telemetry.logs import configure_logging


async def test_an_unknown_argument_is_refused_by_its_name() -> None:
    done: list[str] = []

    async def look(path: str) -> str:
        """Look at a file."""
        done.append(path)
        return "seen"

    [tool] = tools_of({"look": look})
    with pytest.raises(ToolRetryError, match="no argument of look 'pathh'; did you mean 'path'"):
        await tool.run_json({"path": "a.py", "pathh": "b.py"}, CancellationToken())
    assert done == []
    assert await tool.run_json({"path": "a.py"}, CancellationToken()) == "seen"


async def test_a_fault_of_a_tool_is_told_by_its_kind_and_its_text_is_logged(
    tmp_path: Path,
) -> None:
    async def look(path: str) -> str:
        """Look at a file."""
        raise KeyError(f"words of a fault {path}")

    async def refuse(path: str) -> str:
        """Refuse a file."""
        raise ToolRefusedError(f"{path} is not for you")

    configure_logging(StateFolder(tmp_path / "state"))
    looking, refusing = tools_of({"look": look, "refuse": refuse})
    with pytest.raises(ToolRefusedError) as told:
        await looking.run_json({"path": "a.py"}, CancellationToken())
    assert "look failed by a fault of its own (KeyError)" in str(told.value)
    assert "words of a fault" not in str(told.value)
    with pytest.raises(ToolRefusedError, match=r"^a\.py is not for you$"):
        await refusing.run_json({"path": "a.py"}, CancellationToken())
    [log] = (tmp_path / "state" / "logs").iterdir()
    assert "the tool look failed" in log.read_text()
    assert "words of a fault a.py" in log.read_text()
    assert "not for you" not in log.read_text()

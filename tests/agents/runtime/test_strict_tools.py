"""A model that gives a tool an argument that it does not have is told, and nothing is done."""

import pytest
from autogen_core import CancellationToken

from agents.runtime.tools import tools_of
from rooftree.errors import ToolRetryError


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

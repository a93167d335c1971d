"""Our functions as tools of AutoGen's, which tell a model what it got wrong.

AutoGen drops arguments that a tool does not have, and the model believes that they were heeded.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from autogen_core import CancellationToken
from autogen_core.tools import FunctionTool

from rooftree.errors import ToolRetryError
from rooftree.names import unknown_name


class StrictTool(FunctionTool):
    """A function that takes the arguments it has, and no others."""

    async def run_json(
        self,
        args: Mapping[str, Any],
        cancellation_token: CancellationToken,
        call_id: str | None = None,
    ) -> Any:
        known = self.args_type().model_fields
        for name in args:
            if name not in known:
                told = unknown_name(f"argument of {self.name}", str(name), known)
                raise ToolRetryError(f"{told}; nothing was done, call it again without")
        return await super().run_json(args, cancellation_token, call_id)


def tools_of(functions: Mapping[str, Callable[..., Awaitable[str]]]) -> list[FunctionTool]:
    """Return functions as tools by their names; their docstrings say what they do."""
    return [
        StrictTool(function, description=function.__doc__ or name, name=name)
        for name, function in functions.items()
    ]

"""Our functions as tools of AutoGen's, which tell a model what it got wrong.

AutoGen drops arguments that a tool does not have, and the model assumes that they were used. Of
a tool that fails by a fault of ours it tells the model whatever the exception says, and nobody
else.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from autogen_core import CancellationToken
from autogen_core.tools import FunctionTool
from pydantic import BaseModel

from rooftree.errors import RooftreeError, ToolRefusedError, ToolRetryError
from rooftree.telemetry.logs import logger
from rooftree.text.unknown_names import unknown_name


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

    async def run(self, args: BaseModel, cancellation_token: CancellationToken) -> Any:
        try:
            return await super().run(args, cancellation_token)
        except RooftreeError:
            raise
        except Exception as error:  # the boundary of an agent's step: the log has the trace
            logger("tools").error("the tool %s failed", self.name, exc_info=error)
            raise ToolRefusedError(
                f"{self.name} failed by a fault of its own ({type(error).__name__}), whatever its "
                "arguments; go on without what it was to tell or do"
            ) from error


def tools_of(functions: Mapping[str, Callable[..., Awaitable[str]]]) -> list[FunctionTool]:
    """Return functions as tools by their names; their docstrings say what they do."""
    return [
        StrictTool(function, description=function.__doc__ or name, name=name)
        for name, function in functions.items()
    ]

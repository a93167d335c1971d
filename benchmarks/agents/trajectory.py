"""What a good model does with a task, as data: its answers in order, and the calls in each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Playbook = Literal["fix", "change"]


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool, by our names."""

    name: str
    arguments: Mapping[str, Any]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that it changes."""
        if self.name not in ("edit", "change_file"):
            return ()
        told = (self.arguments["path"], self.arguments.get("to", ""))
        return tuple(one for one in told if one)


Step = tuple[ToolUse, ...]
"""One answer of the model: the calls that it makes together."""


@dataclass(frozen=True, slots=True)
class Trajectory:
    """The way through one task; its last step is `finish`."""

    task: str
    """The text that is asked, by which a conversation about it is recognised."""
    steps: tuple[Step, ...]
    playbook: Playbook = "change"
    """What a planner calls the task, where one is asked."""
    shell_tests: str = "true"
    """The command that runs the tests, for an agent that has a shell alone."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that it changes, in their order."""
        return tuple(dict.fromkeys(self._paths()))

    @property
    def paths_that_are_there(self) -> tuple[str, ...]:
        """The files among them that the repository has before."""
        uses = [use for step in self.steps for use in step]
        made = {use.arguments.get("to") for use in uses}
        made |= {use.arguments["path"] for use in uses if use.arguments.get("action") == "create"}
        return tuple(one for one in self.paths if one not in made)

    def _paths(self) -> Iterator[str]:
        for step in self.steps:
            for use in step:
                yield from use.paths


def read(*paths: str) -> Step:
    """Read several files together."""
    return tuple(ToolUse("read", {"path": path}) for path in paths)


def find(pattern: str) -> Step:
    return (ToolUse("find", {"pattern": pattern}),)


def edit(path: str, old: str, new: str) -> Step:
    return (ToolUse("edit", {"path": path, "old": old, "new": new}),)


def create(path: str, text: str) -> Step:
    return (ToolUse("change_file", {"path": path, "action": "create", "text": text}),)


def delete(path: str) -> Step:
    return (ToolUse("change_file", {"path": path, "action": "delete"}),)


def move(path: str, to: str) -> Step:
    return (ToolUse("change_file", {"path": path, "action": "move", "to": to}),)


def run_tests() -> Step:
    return (ToolUse("run", {}),)


def finish(summary: str) -> Step:
    return (ToolUse("finish", {"summary": summary}),)

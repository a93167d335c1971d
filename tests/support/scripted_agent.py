"""A nearly ideal model with tools: it plays the trajectory of each task that it knows.

    with ScriptedServer(ScriptedAgent([trajectory]), ...) as server:

It answers as a coder (one step of the trajectory a request), as a planner, as a reviewer, and where
it is asked to sum up its work. What it says is a function of the request alone: each of its answers
is marked with the step that it took, so a conversation that is resumed, masked or summed up goes on
where it was. It reacts to what tools say as far as a good model would: it reads a file that it was
told to read first, makes an edit again that was refused once, and does what a `finish` that is sent
back asks for. Where a conversation offers a shell alone, it takes the same steps by commands.
"""

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.agents.trajectory import Step, ToolUse, Trajectory, delete, read, run_tests
from tests.support.replies import Body, Call, Calls, Reply, Text

_MARK = re.compile(r"\[(before )?(\d{1,3}) of \d{1,3}\]")
_READ_FIRST = re.compile(r"read '([^'\n]{1,300})' first")
_SCRATCH = re.compile(r"- (\S{1,300}) looks like a scratch file")
_PLACE = re.compile(r"^(\d{1,2}): (\S{1,300})", re.MULTILINE)
SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"


@dataclass(frozen=True, slots=True)
class _Standing:
    """How far a conversation has come."""

    step: int
    """The last step that was tried; 0 before the first."""
    is_before: bool
    """Whether the last answer only prepared that step."""
    results: tuple[str, ...]
    """What the tools said to it."""
    is_sent_back: bool
    """Whether somebody has spoken since."""


class ScriptedAgent:
    """Answers requests about the tasks of its trajectories."""

    def __init__(self, trajectories: Sequence[Trajectory]) -> None:
        self._known = {_plain(one.task): one for one in trajectories}

    def __call__(self, body: Body) -> Reply:
        messages = body.get("messages") or []
        told = "\n".join(_text(one) for one in messages if one["role"] == "user")
        plain = _plain(told)
        trajectory = next((one for task, one in self._known.items() if task in plain), None)
        if trajectory is None:
            return Text("I know nothing of this task.")
        schema = json.dumps(body.get("response_format") or {})
        if "verdict" in schema:
            return Text(json.dumps(_verdict(trajectory, told)))
        if "playbook" in schema:
            return Text(json.dumps(_plan(trajectory, told)))
        standing = _standing(messages)
        tools = {one["function"]["name"]: one["function"] for one in body.get("tools") or ()}
        if not tools or body.get("tool_choice") == "none":
            mark = _mark(trajectory, standing.step, is_before=standing.is_before)
            return Text(f"TASK {trajectory.task}\nDONE {mark}\nNEXT the step after it.")
        if "playbook" in json.dumps(tools.get("finish", {})):
            return Calls((Call("finish", _looked_plan(trajectory)),))
        if "verdict" in json.dumps(tools.get("finish", {})):
            return Calls((Call("finish", {"summary": "looked", **_verdict(trajectory, told)}),))
        number, is_before, step = _next(trajectory, standing)
        calls = tuple(_calls(step, trajectory, by_shell="bash" in tools))
        return Calls(calls, _mark(trajectory, number, is_before=is_before))


def _next(trajectory: Trajectory, standing: _Standing) -> tuple[int, bool, Step]:
    """Return which step is taken, whether it is one before it, and what is called."""
    step, said = standing.step, "\n".join(standing.results)
    if standing.is_before:
        return step, False, trajectory.steps[step - 1]
    unread = list(dict.fromkeys(_READ_FIRST.findall(said)))
    if unread:
        return step, True, read(*unread)
    if step and "Error: nothing was done" in said:
        return step, False, trajectory.steps[step - 1]
    last = len(trajectory.steps)
    if step < last:
        return step + 1, False, trajectory.steps[step]
    asked = tuple(use for path in _SCRATCH.findall(said) for use in delete(path))
    if asked or standing.is_sent_back or "tests have not run since" in said:
        return last, True, (*asked, *run_tests())
    return last, False, trajectory.steps[-1]


def _standing(messages: Sequence[Any]) -> _Standing:
    step, is_before, results, is_sent_back = 0, False, list[str](), False
    for message in messages:
        marks = _MARK.findall(_text(message)) if message["role"] in ("assistant", "user") else []
        if marks:
            before, number = marks[-1]
            step, is_before, results, is_sent_back = int(number), bool(before), [], False
        elif message["role"] == "tool":
            results.append(_text(message))
        elif message["role"] == "user" and step:
            is_sent_back = True
    return _Standing(step, is_before, tuple(results), is_sent_back)


def _mark(trajectory: Trajectory, step: int, *, is_before: bool) -> str:
    return f"[{'before ' * is_before}{step} of {len(trajectory.steps)}]"


def _plan(trajectory: Trajectory, prompt: str) -> dict[str, Any]:
    """Name the kind of the task, and those of the places that the trajectory edits."""
    places = [int(number) for number, path in _PLACE.findall(prompt) if path in trajectory.paths]
    return {"playbook": trajectory.playbook, "places": places[:3]}


def _looked_plan(trajectory: Trajectory) -> dict[str, Any]:
    """Plan as one that has tools to look with: it knows what is there, and what will be new."""
    return {
        "playbook": trajectory.playbook,
        "places": list(trajectory.paths_that_are_there),
        "steps": [f"Change {path}" for path in trajectory.paths] + ["See the tests pass"],
        "summary": f"{len(trajectory.paths)} files are concerned",
    }


def _verdict(trajectory: Trajectory, prompt: str) -> dict[str, Any]:
    """Approve of a diff that changes what has to be changed, and with which no test fails."""
    missing = [path for path in trajectory.paths if path not in prompt]
    failing = "fail now" in prompt or "still fail:" in prompt
    if missing or failing:
        why = f"{missing[0]} is not changed" if missing else "tests fail with it"
        return {"verdict": "revise", "reasons": [why]}
    return {"verdict": "approve", "reasons": ["it changes what the task asks for"]}


def _calls(step: Step, trajectory: Trajectory, *, by_shell: bool) -> Iterator[Call]:
    for number, use in enumerate(step):
        if by_shell:
            command = _command(use, trajectory)
            yield Call("bash", {"command": command}, f"call_{number}")
        else:
            yield Call(use.name, dict(use.arguments), f"call_{number}")


def _command(use: ToolUse, trajectory: Trajectory) -> str:
    """Return the command of a shell that does the same."""
    told = use.arguments
    if use.name == "finish":
        return SUBMIT
    if use.name == "run":
        return trajectory.shell_tests
    if use.name == "find":
        return f"grep -rn -e {shlex.quote(told['pattern'])} . || true"
    path = shlex.quote(told["path"])
    if use.name == "read":
        return f"cat {path}"
    if use.name == "edit":
        return _python(
            f"p = pathlib.Path({told['path']!r})",
            f"p.write_text(p.read_text().replace({told['old']!r}, {told['new']!r}, 1))",
        )
    if told["action"] == "delete":
        return f"rm {path}"
    if told["action"] == "move":
        to = shlex.quote(told["to"])
        return f"mkdir -p $(dirname {to}) && mv {path} {to}"
    return _python(
        f"p = pathlib.Path({told['path']!r})",
        "p.parent.mkdir(parents=True, exist_ok=True)",
        f"p.write_text({told['text']!r})",
    )


def _python(*lines: str) -> str:
    return f"python3 -c {shlex.quote('; '.join(('import pathlib', *lines)))}"


def _text(message: Any) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else json.dumps(content or "")


def _plain(text: str) -> str:
    return " ".join(text.split())

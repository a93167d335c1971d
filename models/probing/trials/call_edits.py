"""Edits that a model makes by calling a tool: three ways, each tried on the same files.

A call that cannot be made is told what was wrong and may be made again, as an agent would. What
counts is the file at the end.
"""

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from pydantic import TypeAdapter

from models.chat.edit_formats import edited
from models.chat.messages import REASONING
from models.chat.normalise import mapping_of
from models.chat.text_tool_calls import read_json
from models.chat.types import Completion, ToolCall
from models.client.client import ModelClient
from models.probing.judging import parses, verdict
from models.probing.probe_session import ProbeSession, cut_while_thinking
from models.probing.profile import EditTool
from models.probing.verdict import ProbeVerdict
from rooftree.data_files import Strict
from rooftree.errors import ModelProtocolError

FILE = Path(__file__).with_name("call_edits.toml")
MAX_TURNS = 3
EDIT_TOKENS = 400


@dataclass(frozen=True, slots=True)
class CallEdit(Strict):
    """A change of one file, and texts that tell whether it was made."""

    id: str
    path: str
    task: str
    code: str
    holds: tuple[str, ...]
    lacks: tuple[str, ...]

    @property
    def source(self) -> str:
        return self.code.lstrip("\n")

    def is_done(self, text: str) -> bool:
        """Tell whether a text is the file as it was to become."""
        return (
            parses(text)
            and all(one in text for one in self.holds)
            and not any(one in text for one in self.lacks)
        )


@cache
def call_edits() -> tuple[CallEdit, ...]:
    """Return the shipped cases."""
    return TypeAdapter(tuple[CallEdit, ...]).validate_python(_content()["cases"])


def edit_tool_schema(tool: EditTool) -> dict[str, Any]:
    """Return a tool in the API's form."""
    return {"type": "function", "function": _content()["tools"][tool]}


@cache
def _content() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))


async def try_edit(
    session: ProbeSession,
    client: ModelClient,
    tool: EditTool,
    case: CallEdit,
    turns: int = MAX_TURNS,
) -> ProbeVerdict | None:
    """Return whether a case was edited by a tool; None where the model never came to answer."""
    text, valid, said = case.source, False, "no answer"
    messages: list[Mapping[str, Any]] = [
        {"role": "user", "content": f"{case.task}\n\nThis is {case.path}:\n\n{text}"}
    ]
    for _ in range(turns):
        request = session.request(
            "", EDIT_TOKENS, messages=tuple(messages), tools=(edit_tool_schema(tool),)
        )
        try:
            answer = await session.turns.run(partial(client.chat, request))
        except ModelProtocolError:
            break
        if cut_while_thinking(answer):
            return None
        said = ", ".join(f"{one.name}({one.arguments})" for one in answer.tool_calls) or answer.text
        messages.append(assistant_turn(answer))
        for call in answer.tool_calls:
            after = edited_by_call(tool, text, call)
            valid = valid or after is not None
            text = after if after is not None else text
            told = "done" if after is not None else "nothing was changed: it fits no place"
            messages.append({"role": "tool", "tool_call_id": call.id, "content": told})
        if case.is_done(text) or not answer.tool_calls:
            break
    return verdict(f"{tool} {case.id}", valid, case.is_done(text), said)


def assistant_turn(answer: Completion) -> dict[str, Any]:
    """Return an answer as a message of what follows."""
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in answer.tool_calls
    ]
    turn: dict[str, Any] = {"role": "assistant", "content": answer.text}
    turn |= {"tool_calls": calls} if calls else {}
    return turn | ({REASONING: answer.reasoning} if answer.reasoning else {})


def edited_by_call(tool: EditTool, source: str, call: ToolCall) -> str | None:
    """Return the file after a call, or None where the call is no edit of it."""
    try:
        given = mapping_of(read_json(call.arguments))
    except ValueError:
        return None
    values = {name: value for name, value in given.items() if isinstance(value, str)}
    if tool == "edit":
        old, new = values.get("old", ""), values.get("new")
        fits = bool(old) and new is not None and source.count(old) == 1
        return source.replace(old, new) if fits and new is not None else None
    if tool == "apply_patch":
        patch = values.get("patch", "")
        return edited("diff", source, patch if "@@" in patch else _with_hunk(patch))
    return _with_definition(source, values.get("name", ""), values.get("code", ""))


def _with_hunk(patch: str) -> str:
    """Return a patch whose only hunk has no head."""
    lines = patch.split("\n")
    heads = [number for number, line in enumerate(lines) if line.startswith("*** ")]
    at = max((number for number in heads if "End" not in lines[number]), default=-1) + 1
    return "\n".join([*lines[:at], "@@", *lines[at:]])


def _with_definition(source: str, name: str, code: str) -> str | None:
    """Return the source with a definition replaced, at the indentation that it had."""
    if not parses(source) or not parses(dedent(code)) or not code.strip():
        return None
    wanted = name.rpartition(".")[2]
    found = [node for node in ast.walk(ast.parse(source)) if wanted in _names_of(node)]
    if len(found) != 1 or not isinstance(found[0], ast.stmt):
        return None
    node, lines = found[0], source.splitlines(keepends=True)
    written = indent(dedent(code).strip("\n"), " " * node.col_offset) + "\n"
    return "".join([*lines[: node.lineno - 1], written, *lines[node.end_lineno or node.lineno :]])


def _names_of(node: ast.AST) -> list[str]:
    """Return what a statement defines."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]

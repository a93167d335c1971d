"""The baseline: one prompt with as much likely code as fits, one answer, applied as it stands.

It is given what a developer would paste, the real traceback and the functions in it, and what
rooftree's own search finds besides. It runs no test, so it claims whatever it could apply.
"""

import ast
import difflib
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

from benchmarks.repair.model import Model
from benchmarks.repair.places import Function, likely_functions
from benchmarks.repair.sides import Attempt
from models.chat.edit_formats import edited
from models.client.client import ChatRequest, Completion
from prompts.library import RenderedPrompt, render
from rooftree.errors import ModelError, ToolError
from tools.edits.whole_definitions import definition, with_definition

PROMPT = "edit/baseline"
ANSWER_TOKENS = 1280
MARGIN_TOKENS = 32
MAX_FUNCTIONS = 12


class Baseline:
    """One model, asked once."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def solve(self, folder: Path, task_text: str) -> Attempt:
        """Ask once and write what was answered into the repository."""
        with tempfile.TemporaryDirectory() as state:
            functions = likely_functions(folder, task_text, Path(state))[:MAX_FUNCTIONS]
        shown, prompt = await self._fitted(functions, task_text)
        try:
            answer = await self._model.answers.chat(self._request(prompt))
        except ModelError as error:
            return Attempt(claims_done=False, calls=1, note=f"the model failed: {error}")
        problem = apply_answer(folder, answer.text, shown)
        return attempt_of(answer, problem)

    async def _fitted(
        self, functions: Sequence[Function], task_text: str
    ) -> tuple[list[Function], RenderedPrompt]:
        """Take functions in order, leaving out what does not fit any more."""
        room = self._model.context_tokens - ANSWER_TOKENS - MARGIN_TOKENS
        shown: list[Function] = []
        prompt = render(PROMPT, task=task_text, functions=())
        for function in functions:
            more = render(PROMPT, task=task_text, functions=[*shown, function])
            if await self._model.answers.count_prompt(self._request(more)) <= room:
                shown.append(function)
                prompt = more
        return shown, prompt

    def _request(self, prompt: RenderedPrompt) -> ChatRequest:
        return ChatRequest(
            self._model.name, prompt.messages, ANSWER_TOKENS, temperature=0.0, seed=1
        )


def attempt_of(answer: Completion, problem: str) -> Attempt:
    usage = answer.usage
    return Attempt(
        claims_done=not problem,
        prompt_tokens=usage.prompt_tokens if usage else 0,
        completion_tokens=usage.completion_tokens if usage else 0,
        calls=1,
        note=problem,
    )


def apply_answer(folder: Path, answer: str, shown: Sequence[Function]) -> str:
    """Put the answered function where the shown one of its name stands; say why not otherwise."""
    code = edited("unit", "", answer)
    if code is None:
        return "the answer holds no code block"
    target = target_of(code, shown)
    if target is None:
        return "the answer is none of the functions that were shown"
    file = folder / target.path
    text = file.read_bytes().decode("utf-8")
    try:
        symbol = definition(target.path, text, target.name, target.start)
        changed = with_definition(target.path, text, symbol, code)
        ast.parse(changed)
    except (ToolError, SyntaxError, ValueError) as error:
        return f"the answer cannot be applied: {error}"
    if changed == text:
        return "the answer changes nothing"
    file.write_bytes(changed.encode("utf-8"))
    return ""


def target_of(code: str, shown: Sequence[Function]) -> Function | None:
    """Return the shown function that an answer rewrites: of its name, and the most like it."""
    names = defined_names(code)
    named = [function for function in shown if function.name.rpartition(".")[2] in names]
    return max(named, key=lambda one: likeness(one.code, code), default=None)


def likeness(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, textwrap.dedent(one), textwrap.dedent(two)).ratio()


def defined_names(code: str) -> set[str]:
    """Return the functions that a text defines, in a class or by themselves."""
    try:
        tree = ast.parse(textwrap.dedent(code))
    except SyntaxError:
        return set()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}

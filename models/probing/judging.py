"""Mechanical verdicts on answers: no model judges another."""

import ast
import re
from collections.abc import Sequence

from models.chat.edit_formats import EditFormat, edited
from models.chat.text_tool_calls import read_json, unwrapped_json
from models.chat.types import Completion
from models.probing.probe_material import (
    ChoiceProbe,
    EditProbe,
    FactProbe,
    InfillProbe,
    ToolProbe,
    is_valid,
)
from models.probing.verdict import ProbeVerdict

SAYS_NOTHING_THERE = re.compile(
    r"\b(not|no|none|cannot|can't|doesn't|isn't|aren't|unknown|unclear|neither|nothing)\b",
    re.IGNORECASE,
)
MAX_DETAIL_LENGTH = 120


def judge_call(question: ToolProbe, answer: Completion) -> ProbeVerdict:
    """Judge an answer to a request that needs one tool, or none."""
    calls, probe = answer.tool_calls, f"tool {question.question}"
    said = ", ".join(f"{call.name}({call.arguments})" for call in calls) or answer.text
    if not question.tool:
        written = answer.text.lstrip().startswith(("{", "<tool_call>"))
        return verdict(probe, not written, not calls and not written, said)
    valid = bool(calls) and all(map(is_valid, calls))
    return verdict(probe, valid, len(calls) == 1 and question.is_answered_by(calls[0]), said)


def judge_edit(form: EditFormat, task: EditProbe, answer: Completion) -> ProbeVerdict:
    """Judge an edit by what the function is afterwards."""
    source = task.code.lstrip("\n")
    result = edited(form, source, answer.text)
    whole = result if result is not None and parses(result) else None
    right = whole is not None and _fits(whole, task.holds, task.lacks)
    return verdict(f"edit {form} {task.id}", whole is not None, right, answer.text)


def judge_filling(hole: InfillProbe, text: str) -> ProbeVerdict:
    squeezed = _squeezed(text)
    expects = [_squeezed(one) for one in hole.expects]
    # A hole of one name is filled by that name, and not by whatever holds its letter.
    right = any(one == squeezed or (len(one) > 1 and one in squeezed) for one in expects)
    return verdict(f"fill {hole.id}", bool(squeezed), right, text)


def judge_fact(fact: FactProbe, answer: Completion) -> ProbeVerdict:
    """Judge an answer by the words that it must hold, or by its saying that it is not there."""
    text = answer.text
    if not fact.expects:
        return verdict(
            f"abstain {fact.id}", bool(text.strip()), bool(SAYS_NOTHING_THERE.search(text)), text
        )
    lower = text.lower()
    right = any(re.search(rf"(?<!\w){re.escape(one.lower())}(?!\w)", lower) for one in fact.expects)
    return verdict(f"fact {fact.id}", bool(text.strip()), right, text)


def judge_choice(choice: ChoiceProbe, answer: Completion) -> ProbeVerdict:
    try:
        value = read_json(unwrapped_json(answer.text))
    except ValueError:
        return verdict(f"choice {choice.id}", False, False, answer.text)
    chosen = value.get(choice.field) if isinstance(value, dict) else None
    valid = chosen in choice.options
    return verdict(f"choice {choice.id}", valid, chosen == choice.right, answer.text)


def verdict(probe: str, valid: bool, right: bool, said: str) -> ProbeVerdict:
    """Return a verdict with what was said, on one line and short."""
    return ProbeVerdict(probe, valid, right, " ".join(said.split())[:MAX_DETAIL_LENGTH])


def parses(code: str) -> bool:
    """Tell whether a text is Python."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _fits(result: str, holds: Sequence[str], lacks: Sequence[str]) -> bool:
    squeezed = _squeezed(result)
    return all(_squeezed(one) in squeezed for one in holds) and not any(
        _squeezed(one) in squeezed for one in lacks
    )


def _squeezed(text: str) -> str:
    return "".join(text.split())

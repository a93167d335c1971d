"""The probes of a model: requests, each with the judgement of the answer to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from models.chat.abilities import ToolProtocol
from models.chat.edit_formats import EditFormat
from models.chat.json_schemas import closed_object, json_format
from models.client.client import ChatRequest, Completion
from models.probing.judging import judge_call, judge_choice, judge_edit, judge_fact, verdict
from models.probing.probe_material import material, read_questions
from models.probing.probe_session import ProbeSession, calls_soundly, car_error
from models.probing.verdict import ProbeVerdict
from prompts.library import render

QUESTIONS = Path(__file__).with_name("tool_questions.toml")
SYSTEM = "You help a developer with a repository. Use the tools to do what is asked."
# Nothing in these asks for JSON or a tool: only force brings it.
UNFORCED = ("Write one sentence about the sea.", "Say hello.")
CALL_TOKENS = 96
EDIT_TOKENS = 160
FACT_TOKENS = 64
CHOICE_TOKENS = 48


@dataclass(frozen=True, slots=True)
class Probe:
    """One request; without an answer nothing is noted, unless `unanswered` says what."""

    kind: str
    request: ChatRequest
    judge: Callable[[Completion], ProbeVerdict]
    unanswered: ProbeVerdict | None = None


def schema_probes(session: ProbeSession) -> Iterator[Probe]:
    """Ask for JSON by a schema, whatever the model would like to do."""
    for question in UNFORCED:
        request = session.car_request(question, CHOICE_TOKENS)
        yield _forced("schema", f"schema {question}", request, lambda one: not car_error(one))


def tool_choice_probes(session: ProbeSession) -> Iterator[Probe]:
    """Demand a call of a tool, whatever the model would like to do."""
    for question in UNFORCED:
        request = session.tool_request(question, CALL_TOKENS, "required")
        yield _forced("choice", f"required {question}", request, calls_soundly)


def tool_probes(session: ProbeSession, way: ToolProtocol) -> Iterator[Probe]:
    for question in read_questions(QUESTIONS):
        request = session.tool_request(question.question, CALL_TOKENS, "auto")
        request = replace(
            request, messages=({"role": "system", "content": SYSTEM}, *request.messages)
        )
        unanswered = ProbeVerdict(f"tool {question.question}", False, False, "no answer")
        yield Probe(f"tools_{way}", request, partial(judge_call, question), unanswered)


def choice_probes(session: ProbeSession) -> Iterator[Probe]:
    for choice in material().choices:
        schema = closed_object({choice.field: {"enum": list(choice.options)}})
        options = ", ".join(choice.options)
        question = f'{choice.task}\nAnswer in JSON: {{"{choice.field}": one of: {options}}}'
        form = json_format("choice", schema)
        request = session.request(question, CHOICE_TOKENS, response_format=form)
        yield Probe("choices", request, partial(judge_choice, choice))


def edit_probes(session: ProbeSession, form: EditFormat) -> Iterator[Probe]:
    for task in material().edits:
        code = task.code.strip("\n")
        prompt = render(f"edit/{form}", task=task.task, code=code, language="python")
        request = session.request("", EDIT_TOKENS, messages=prompt.messages)
        yield Probe(f"edit_{form}", request, partial(judge_edit, form, task))


def fact_probes(session: ProbeSession) -> Iterator[Probe]:
    places = [replace(place, text=place.text.strip("\n")) for place in material().places]
    for fact in material().facts:
        prompt = render("ask/summary", question=fact.question, places=places)
        request = session.request("", FACT_TOKENS, messages=prompt.messages)
        yield Probe("facts" if fact.expects else "abstains", request, partial(judge_fact, fact))


def _forced(
    kind: str, name: str, request: ChatRequest, obeys: Callable[[Completion], bool]
) -> Probe:
    def judge(answer: Completion) -> ProbeVerdict:
        held = obeys(answer)
        return verdict(name, held, held, answer.text)

    return Probe(kind, request, judge, ProbeVerdict(name, False, False, "no answer"))

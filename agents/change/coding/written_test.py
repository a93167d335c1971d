"""A test that the coder writes for a function: kept only where it is measured to test it."""

from dataclasses import replace

from agents.change.coding.reproduce import TEMPERATURES, files_for_prompt
from agents.change.planning.plan import EditTarget
from agents.evidence.own_tests import OwnTests, ProofRequirements, prove_by_own_tests
from agents.evidence.test_placement import MAX_EXAMPLE_CHARACTERS, place_of
from agents.runs.team import Team, text_for_model
from prompts.library import render
from rooftree.errors import ToolError
from rooftree.telemetry.progress import WrittenTestMeasured
from tools.drafts.draft import Draft
from tools.edits.answer_parser import fenced
from tools.edits.whole_definitions import definition, source_of
from tools.mutation.parts import NotTakenApartError
from tools.mutation.taking import can_take, taken
from tools.projects.test_file_names import is_test_file

TEST_TOKENS = 500


async def with_written_test(
    team: Team, draft: Draft, task: str, target: EditTarget, wanted: ProofRequirements
) -> tuple[Draft, OwnTests]:
    """Return the draft with a test that shows a function; else as it is, and why there is none."""
    operation = await team.test_operation()
    if operation is None:
        return draft, OwnTests(why_not=team.no_checks or "no test can be run here")
    text = draft.text(target.path)
    try:
        symbol = definition(target.path, text, target.symbol)
        files = team.checks.project.test_files if team.checks is not None else ()
        place = place_of(draft, target.path, "new", files, operation)
    except ToolError as error:
        return draft, OwnTests(why_not=str(error))
    said = OwnTests(why_not="no test was written")
    for temperature in TEMPERATURES:
        prompt = render(
            "change/test",
            **files_for_prompt(task, place, target, source_of(text, symbol)),
            example=text_for_model(place.example, MAX_EXAMPLE_CHARACTERS, keep="start")
            if place.example
            else "",
            doubts=text_for_model(said.why_not, 400) if temperature else "",
        )
        answer = await team.ask("coder", prompt, max_tokens=TEST_TOKENS, temperature=temperature)
        try:
            tried = draft.with_text(place.path, fenced(answer.text).strip("\n") + "\n")
        except ToolError as error:
            said = replace(said, why_not=str(error))
            continue
        said = await prove_by_own_tests(team, tried, wanted) or said
        team.events.progress(WrittenTestMeasured(place.path, said.describe()))
        if said.proves:
            return tried, said
    return draft, said


def changed_function(draft: Draft) -> EditTarget | None:
    """Return the first function that a draft adds or changes, where a test can be judged of it."""
    base = Draft(draft.snapshot, {})
    for path in draft.paths:
        if not can_take(path) or is_test_file(path) or draft.content(path) is None:
            continue
        try:
            before = base.text(path) if base.content(path) is not None else ""
            functions = taken(path, before, draft.text(path)).functions
        except (ToolError, NotTakenApartError):
            continue
        if functions:
            return EditTarget(path, functions[0])
    return None

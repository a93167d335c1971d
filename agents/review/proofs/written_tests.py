"""Asks the model for a test of one claim, a few times, each with what came of the last."""

from dataclasses import replace

from agents.evidence.test_placement import NewTestPlace
from agents.review.proofs.measured_proof import ProofAttempt, ProofMeasurement
from agents.runs.team import Team, text_for_model
from prompts.library import RenderedPrompt, render
from rooftree.errors import ToolError
from rooftree.telemetry.progress import ClaimTested
from tools.edits.answer_parser import fenced

TEMPERATURES = (0.0, 0.7, 0.9)
PROOF_TOKENS = 900
MAX_DOUBTS = 600
"""Characters of how an earlier test ended."""
NO_TEST = "no test"


async def write_proof(
    team: Team, measurement: ProofMeasurement, place: NewTestPlace
) -> ProofAttempt:
    """Have tests of a claim written until one proves it; return what came of the last."""
    last, finding = ProofAttempt(None), measurement.finding
    for temperature in TEMPERATURES:
        prompt = _prompt(measurement, place, last.why_not)
        answer = await team.ask(
            "reviewer", prompt, max_tokens=PROOF_TOKENS, temperature=temperature
        )
        if answer.text.strip().strip(".`").casefold() == NO_TEST:
            return replace(last, why_not="the model says that no test can show it")
        text = fenced(answer.text).strip("\n") + "\n"
        try:
            tried = await measurement.measured(place.path, text)
        except ToolError as error:
            tried = ProofAttempt(None, str(error))
        last = replace(tried, passed=tried.passed or last.passed)
        shows = "it fails with the change alone" if last.proof is not None else last.why_not
        line = shows.partition("\n")[0]
        team.events.progress(ClaimTested(finding.path, finding.symbol, line))
        if last.proof is not None:
            return last
    return last


def _prompt(measurement: ProofMeasurement, place: NewTestPlace, doubts: str) -> RenderedPrompt:
    finding, pack = measurement.finding, measurement.pack
    return render(
        "review/prove",
        runner=place.runner,
        path=finding.path,
        diff=pack.text,
        symbol=pack.symbol,
        code=pack.context,
        language=place.language,
        quote=finding.quote,
        claim=finding.claim,
        trigger=finding.trigger,
        place=place.path,
        reach=place.reach,
        example=place.example and text_for_model(place.example, keep="start"),
        doubts=text_for_model(doubts, MAX_DOUBTS) if doubts else "",
    )

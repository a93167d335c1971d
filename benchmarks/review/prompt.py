"""The prompt side: the diff, as much of it as fits, one question, at most five findings."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from benchmarks.repair.model import Model
from benchmarks.repair.trees import is_test
from benchmarks.review.change import Change
from benchmarks.review.diffs import Hunk
from benchmarks.review.findings import (
    MAX_INLINE,
    Finding,
    Loose,
    Review,
    Skipped,
    Usage,
    failed,
    review_of,
)
from benchmarks.review.histories import is_source
from models.client.client import ChatRequest
from prompts.library import RenderedPrompt, render
from rooftree.errors import ModelError

PROMPT = "review/baseline"
ANSWER_TOKENS = 640
MARGIN_TOKENS = 32


class Claim(Loose):
    """One finding as the model writes it."""

    path: str
    line: int
    claim: str


class Answer(Loose):
    """What the model writes."""

    findings: tuple[Claim, ...]


def schema_of(paths: Sequence[str]) -> dict[str, Any]:
    """Return what an answer must be: a list about the files of the change, and not too long."""
    properties = {
        "path": {"type": "string", "enum": list(paths)},
        "line": {"type": "integer"},
        "claim": {"type": "string", "maxLength": 300},
    }
    finding = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    findings = {"type": "array", "maxItems": MAX_INLINE, "items": finding}
    return {
        "type": "object",
        "properties": {"findings": findings},
        "required": ["findings"],
        "additionalProperties": False,
    }


class Prompt:
    """One model, asked once."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def review(self, change: Change) -> Review:
        """Ask once; an answer that is no list is a failure."""
        prompt, left_out = await self._fitted(change)
        try:
            answer = await self._model.answers.chat(self._request(prompt, change.paths))
            claims = Answer.model_validate(json.loads(answer.text)).findings
        except (ModelError, ValueError, ValidationError) as error:
            return failed(f"no answer: {error}")
        usage = answer.usage
        review = review_of(
            tuple(placed(claim, change) for claim in claims),
            Usage(
                model_calls=1,
                prompt_tokens=usage.prompt_tokens if usage else 0,
                completion_tokens=usage.completion_tokens if usage else 0,
            ),
        )
        return review.model_copy(update={"not_reviewed": left_out})

    async def _fitted(self, change: Change) -> tuple[RenderedPrompt, tuple[Skipped, ...]]:
        """Take hunks in order, the project's own code first, leaving out what does not fit."""
        room = self._model.context_tokens - ANSWER_TOKENS - MARGIN_TOKENS
        shown: list[Hunk] = []
        left_out: list[Skipped] = []
        prompt = rendered(change.title, shown)
        for hunk in ordered(change.hunks):
            more = rendered(change.title, [*shown, hunk])
            if await self._model.answers.count_prompt(self._request(more, change.paths)) <= room:
                shown.append(hunk)
                prompt = more
            else:
                left_out.append(Skipped(path=hunk.path, reason="does not fit the context"))
        return prompt, tuple(left_out)

    def _request(self, prompt: RenderedPrompt, paths: Sequence[str]) -> ChatRequest:
        form = {"name": "review", "schema": schema_of(paths), "strict": True}
        return ChatRequest(
            self._model.name,
            prompt.messages,
            ANSWER_TOKENS,
            temperature=0.0,
            seed=1,
            response_format={"type": "json_schema", "json_schema": form},
        )


def ordered(hunks: Sequence[Hunk]) -> list[Hunk]:
    """Return the project's own code first, then its tests, then the rest."""
    return sorted(hunks, key=lambda hunk: (not is_source(hunk.path), not is_test(hunk.path)))


def rendered(title: str, hunks: Sequence[Hunk]) -> RenderedPrompt:
    return render(PROMPT, title=title, diff="\n".join(lines_of(hunks)))


def lines_of(hunks: Sequence[Hunk]) -> Iterator[str]:
    """Yield a diff whose lines are numbered as the new file is."""
    path = ""
    for hunk in hunks:
        if hunk.path != path:
            path = hunk.path
            yield f"\n{path}"
        yield "@@"
        for number, sign, text in hunk.numbered():
            yield f"{'':5}-{text}" if sign == "-" else f"{number:4} {sign}{text}"


def placed(claim: Claim, change: Change) -> Finding:
    """Return a claim as a finding on the line that it names, whether or not there is such a one."""
    line = max(claim.line, 1)
    return Finding(
        path=claim.path,
        line=line,
        end_line=line,
        claim=claim.claim,
        quote=change.quote(claim.path, line, line),
        source="model",
    )

"""What a model finds: claims that quote the code, each anchored by us before it counts.

A small model that claims something is asked again, and only what it says both times about the same
lines is kept: the agreement of independent looks raises precision most (SWR-Bench, arXiv
2509.01494). Even so its word alone stays below what is shown on a line by default.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.change.team import Team, json_of
from agents.review.anchors import anchor, quoted
from agents.review.finding import CATEGORIES, Finding, safe
from agents.review.packs import Pack
from agents.review.suggestions import proved
from indexing.redact import redact
from models.client import Completion
from prompts.library import render
from rooftree.visible import seen
from tools.diffs.hidden import seen_prose
from tools.diffs.proposal import Proposal
from tools.linters.remarks import SEVERITIES, Severity

ANSWER_TOKENS = {"capable": 1200, "small": 320, "tiny": 320}
MOST = 3
TEMPERATURES = {"capable": (0.0,), "small": (0.0, 0.7), "tiny": (0.0, 0.7)}
CONFIDENCE = {"capable": 0.5, "small": 0.1, "tiny": 0.0}
"""What a claim is worth before anybody tried to refute it."""
AGREED = 0.1


@dataclass(slots=True)
class Opinions:
    """Asks the reviewer about packs."""

    team: Team
    proposal: Proposal
    title: str = ""
    instructions: str = ""
    dropped: int = field(default=0, init=False)
    """Claims whose quote stands nowhere in the change."""
    cut: int = field(default=0, init=False)
    """Answers that were cut off; what they said whole is kept."""

    async def of(self, pack: Pack) -> tuple[Finding, ...]:
        """Return what the model claims of a pack and what its looks agree on."""
        tier = self.team.members["reviewer"].tier
        first, *others = TEMPERATURES[tier]
        kept = await self._look(pack, first)
        for temperature in others if kept else ():
            look = await self._look(pack, temperature)
            kept = tuple(
                replace(one, confidence=one.confidence + AGREED)
                for one in kept
                if any(one.overlaps(other) for other in look)
            )
        return kept

    async def _look(self, pack: Pack, temperature: float) -> tuple[Finding, ...]:
        prompt = render(
            "review/find",
            title=seen_prose(redact(self.title))[:200],
            instructions=self.instructions,
            path=pack.diff.path,
            symbol=pack.symbol,
            diff=pack.text,
            context=pack.context,
            language=pack.language,
        )
        answer = await self.team.ask(
            "reviewer",
            prompt,
            max_tokens=ANSWER_TOKENS[self.team.members["reviewer"].tier],
            temperature=temperature,
            schema=SCHEMA,
        )
        return await asyncio.to_thread(self._read, pack, answer)

    def _read(self, pack: Pack, answer: Completion) -> tuple[Finding, ...]:
        told = json_of(answer).get("findings")
        if not isinstance(told, list):
            told = list(_begun(answer.text))
            self.cut += 1
        found = [self._finding(pack, one) for one in told[:MOST]]
        return tuple(one for one in found if one is not None)

    def _finding(self, pack: Pack, told: Any) -> Finding | None:
        if not isinstance(told, Mapping):
            return None
        said = {name: safe(told.get(name)) for name in ("quote", "claim", "trigger")}
        text = self.proposal.text(pack.diff.path)
        if text is None or not said["claim"] or not said["trigger"]:
            return None
        lines = anchor(_unmarked(said["quote"]), redact(text), pack.diff)
        if lines is None:
            self.dropped += 1
            return None
        category = next((one for one in CATEGORIES if one == told.get("category")), "bug")
        found = Finding(
            pack.diff.path,
            *lines,
            _severity(told.get("severity")),
            category,
            said["claim"],
            "model",
            quoted(text, *lines),
            trigger=said["trigger"],
            confidence=CONFIDENCE[self.team.members["reviewer"].tier],
            symbol=pack.symbol,
        )
        fix = told.get("replacement")
        if not isinstance(fix, str) or not fix.strip() or seen(fix) != fix:
            return found
        return replace(found, fix=proved(self.proposal, found, fix))


def _begun(text: str) -> Iterator[Any]:
    """Yield the claims that stand whole in an answer that does not."""
    decoder = json.JSONDecoder()
    at = text.find("[")
    while (at := text.find("{", at + 1)) > 0:
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        yield value
        at -= 1


def _unmarked(quote: str) -> str:
    """Take the marks of a diff off a quote that was copied with them."""
    lines = quote.split("\n")
    if all(line[:1] in ("+", " ", "") for line in lines) and any(line[:1] == "+" for line in lines):
        return "\n".join(line[1:] for line in lines)
    return quote


def _severity(told: Any) -> Severity:
    return next((one for one in SEVERITIES if one == told), "minor")


_TEXT = {"type": "string", "maxLength": 240}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "findings": {
            "type": "array",
            "maxItems": MOST,
            "items": {
                "type": "object",
                "properties": {
                    "quote": _TEXT,
                    "claim": _TEXT,
                    "trigger": _TEXT,
                    "category": {"type": "string", "enum": list(CATEGORIES)},
                    "severity": {"type": "string", "enum": list(SEVERITIES)},
                    "replacement": {"type": "string", "maxLength": 400},
                },
                "required": ["quote", "claim", "trigger", "category", "severity"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["findings"],
    "additionalProperties": False,
}

"""What a model finds: claims that quote the code, each anchored by us before it counts.

A small model that claims something is asked again, and only what it says both times about the same
lines is kept: the agreement of independent looks raises precision most (SWR-Bench, arXiv
2509.01494). Even so its claim alone stays below the default threshold for showing on a line.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agents.loop.settings import uses_tools
from agents.review.checks.scope import enclosing
from agents.review.findings.anchors import NEARLY, anchor_quote, quoted_lines
from agents.review.findings.diff_regions import OLD
from agents.review.findings.discards import (
    NO_CLAIM,
    NO_PLACE,
    NO_WORDS,
    NOT_AGAIN,
    TOO_MANY,
    DiscardCounts,
)
from agents.review.findings.finding import CATEGORIES, Finding, safe
from agents.review.findings.suggested_fixes import checked_fix
from agents.review.reading.change_context import ChangeContext
from agents.review.reading.hunk_packs import HunkPack
from agents.review.reading.tool_reading import claims_with_tools
from agents.runs.team import Team, answer_schema, json_of
from indexing.secrets.redact import redact
from models.client.client import Completion
from prompts.library import render
from rooftree.text.visible import without_invisible
from tools.diffs.proposal import Proposal
from tools.linters.remarks import SEVERITIES, Severity
from tools.model_tools.find import lines_that_name
from tools.model_tools.working_draft import WorkingDraft

ANSWER_TOKENS = {"capable": 1200, "small": 320, "tiny": 320}
MAX_USERS = 6
"""Lines of other files that a reviewer with tools is shown at once."""
MAX_CLAIMS_ASKED = 3
"""Claims that are asked for at one place."""
MAX_QUOTE_LENGTH = 2000
"""Characters; one that was cut off by us would be found nowhere."""
MAX_CLAIMS_READ = 12
"""Claims that are read of one answer; a server need not respect the schema."""
TEMPERATURES = {"capable": (0.0,), "small": (0.0, 0.7), "tiny": (0.0, 0.7)}
CONFIDENCE = {"capable": 0.5, "small": 0.1, "tiny": 0.0}
"""The confidence of a claim before the attempt to refute it."""
AGREED = 0.1


@dataclass(slots=True)
class ModelReviewer:
    """Asks the model for findings on packs of hunks."""

    team: Team
    proposal: Proposal
    discards: DiscardCounts
    context: ChangeContext
    cut: int = field(default=0, init=False)
    """Answers that were cut off; what they said whole is kept."""
    _tree: WorkingDraft = field(init=False)

    def __post_init__(self) -> None:
        self._tree = WorkingDraft(self.proposal.head)

    async def findings_in(self, pack: HunkPack) -> tuple[Finding, ...]:
        """Return what the model claims of a pack and what its looks agree on."""
        member = self.team.members["reviewer"]
        if uses_tools(member):
            users = await asyncio.to_thread(self._users, pack)
            told = await claims_with_tools(self.team, self.proposal, pack, self.context, users)
            return await asyncio.to_thread(self._anchored, pack, told, self.discards)
        first, *others = TEMPERATURES[member.tier]
        kept = await self._ask_once(pack, first, self.discards)
        for temperature in others if kept else ():
            # What a second look claims counts only where the first claimed it too.
            look = await self._ask_once(pack, temperature, DiscardCounts())
            again = tuple(
                replace(one, confidence=one.confidence + AGREED)
                for one in kept
                if any(one.overlaps(other) for other in look)
            )
            self.discards.note(NOT_AGAIN, len(kept) - len(again))
            kept = again
        return kept

    async def _ask_once(
        self, pack: HunkPack, temperature: float, discards: DiscardCounts
    ) -> tuple[Finding, ...]:
        prompt = render(
            "review/find",
            title=redact(self.context.title)[:200],
            instructions=self.context.instructions,
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
        return await asyncio.to_thread(self._read, pack, answer, discards)

    def _users(self, pack: HunkPack) -> tuple[str, ...]:
        """Return lines of other files that name what is changed."""
        name = pack.symbol.rpartition(".")[2]
        path = pack.diff.path
        return lines_that_name(self._tree, name, path, MAX_USERS) if name else ()

    def _read(
        self, pack: HunkPack, answer: Completion, discards: DiscardCounts
    ) -> tuple[Finding, ...]:
        told = json_of(answer).get("findings")
        if not isinstance(told, list):
            told = list(_complete_claims(answer.text))
            self.cut += 1
        return self._anchored(pack, told, discards)

    def _anchored(
        self, pack: HunkPack, told: Sequence[Any], discards: DiscardCounts
    ) -> tuple[Finding, ...]:
        """Return the claims that can be read and stand on lines of the change; count the others."""
        discards.note(TOO_MANY, len(told[MAX_CLAIMS_READ:]))
        found: list[Finding] = []
        for one in told[:MAX_CLAIMS_READ]:
            read = self._finding(pack, one)
            if isinstance(read, str):
                discards.note(read)
            elif read not in found:  # the same twice is one claim
                found.append(read)
        return tuple(found)

    def _finding(self, pack: HunkPack, told: Any) -> Finding | str:
        """Read one claim; or say why it is none."""
        if not isinstance(told, Mapping):
            return NO_CLAIM
        said = {name: safe(told.get(name)) for name in ("claim", "trigger")}
        if not said["claim"] or not said["trigger"]:
            return NO_WORDS
        new, old = (self.proposal.text_of(pack.diff, old=old) for old in (False, True))
        sides = [None if text is None else redact(text) for text in (new, old)]
        at = anchor_quote(safe(told.get("quote"), MAX_QUOTE_LENGTH), pack.diff, *sides)
        if at is None:
            return NO_PLACE
        text = (old if at.side == OLD else new) or ""
        symbol = enclosing(text, pack.diff.path, at.line)
        category = next((one for one in CATEGORIES if one == told.get("category")), "bug")
        found = Finding(
            pack.diff.path,
            at.line,
            at.end_line,
            _severity(told.get("severity")),
            category,
            said["claim"],
            "model",
            quoted_lines(text, at.line, at.end_line),
            trigger=said["trigger"],
            evidence=() if at.exact else (NEARLY,),
            confidence=CONFIDENCE[self.team.members["reviewer"].tier],
            symbol=symbol.qualified if symbol is not None else pack.symbol,
            side=at.side,
            beside=at.beside,
        )
        fix = told.get("replacement")
        if at.side == OLD or not at.exact or not isinstance(fix, str):
            return found
        if not fix.strip() or without_invisible(fix) != fix:
            return found
        return replace(found, fix=checked_fix(self.proposal, found, fix))


def _complete_claims(text: str) -> Iterator[Any]:
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


def _severity(told: Any) -> Severity:
    said = told.strip().casefold() if isinstance(told, str) else ""
    return next((one for one in SEVERITIES if one == said), "minor")


_TEXT = {"type": "string", "maxLength": 240}
_CLAIM = answer_schema(
    {
        "quote": _TEXT,
        "claim": _TEXT,
        "trigger": _TEXT,
        "category": {"type": "string", "enum": list(CATEGORIES)},
        "severity": {"type": "string", "enum": list(SEVERITIES)},
        "replacement": {"type": "string", "maxLength": 400},
    },
    optional=frozenset({"replacement"}),
)
SCHEMA = answer_schema(
    {"findings": {"type": "array", "maxItems": MAX_CLAIMS_ASKED, "items": _CLAIM}}
)

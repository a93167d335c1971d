"""Whether what a test shows is meant to be so: asked last, when it is known that it is so.

A change of behaviour is no fault where it was wanted (41 tests that caught something were 8 faults,
arXiv 2601.22832). It is known to be wanted where the change edits a test that held the old
behaviour, and where words that it says of itself do; a model finds those, and we look them up.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agents.review.checks.scope import symbols_of
from agents.review.findings.finding import Finding, Proof, safe
from agents.review.reading.change_context import said_by
from agents.review.reading.hunk_packs import HunkPack
from agents.runs.team import Team, answer_schema, json_of, text_for_model
from indexing.parsing.syntax.misleading_names import PROSE
from prompts.library import render
from rooftree.text.visible import without_invisible
from tools.diffs.proposal import Proposal
from tools.drafts.draft import Draft
from tools.projects.checks import Checks
from tools.projects.test_file_names import is_test_file

TOKENS = 200
MAX_SAID = 6000
"""Characters of what a change says of itself."""
MIN_WORDS = 3
"""Words that say what is meant; fewer stand in any text."""

_WORD = re.compile(r"\w++")

Meaning = Literal["meant", "unclear", "not meant"]


@dataclass(frozen=True, slots=True)
class Intent:
    """Whether a change of behaviour is meant, and how that is known."""

    meaning: Meaning
    reason: str


@dataclass(slots=True)
class IntentCheck:
    """Looks for what the author of one proposal means."""

    team: Team
    proposal: Proposal
    checks: Checks
    title: str = ""
    description: str = ""
    _outdated: dict[str, frozenset[str]] | None = field(default=None, init=False)

    async def of(self, finding: Finding, proof: Proof, pack: HunkPack) -> Intent:
        """Say whether the change means to behave as a proof shows."""
        name = finding.symbol.rpartition(".")[2]
        for test, names in (await self._edited_tests()).items():
            if name in names:
                return Intent("meant", f"the change edits {test}, which held what was so before")
        said = self._said()
        prompt = render(
            "review/intended",
            path=finding.path,
            diff=pack.text,
            claim=finding.claim,
            test=text_for_model(proof.text, keep="start"),
            said=said or "(nothing)",
        )
        told = json_of(await self.team.ask("reviewer", prompt, max_tokens=TOKENS, schema=SCHEMA))
        if told.get("intended") == "no":
            return Intent(
                "not meant",
                "the model finds nothing that the change says of itself and that asks for it",
            )
        quoted = safe(told.get("words"))
        words = _words(quoted)
        if (
            told.get("intended") == "yes"
            and len(words.split()) >= MIN_WORDS
            and words in _words(said)
        ):
            return Intent("meant", f"the change says of itself: {quoted}")
        return Intent("unclear", "whether it is meant so is not known")

    def _said(self) -> str:
        """Return what the change says of itself: in words, in documents, in its tests."""
        said = said_by(self.proposal, self.title, self.description)
        texts = filter(None, (said, *map(without_invisible, self._hunks())))
        return text_for_model("\n\n".join(texts), MAX_SAID, keep="start")

    def _hunks(self) -> Iterator[str]:
        for one in self.proposal.files:
            if is_test_file(one.path) or one.path.endswith(PROSE):
                yield "\n".join([f"{one.path}:", *(hunk.text() for hunk in one.hunks)])

    async def _edited_tests(self) -> Mapping[str, frozenset[str]]:
        """Return tests as they were that fail with the change, with the names that each uses.

        Who changes what a test expects means to change what it tests.
        """
        if self._outdated is None:
            self._outdated = await self._outdated_tests()
        return self._outdated

    async def _outdated_tests(self) -> dict[str, frozenset[str]]:
        files = {
            one.old_path: one.path for one in self.proposal.files if is_test_file(one.old_path)
        }
        base, head = self.proposal.base, self.proposal.head
        there = {old: now for old, now in files.items() if base.content(old) is not None}
        if not there:
            return {}
        changes = {
            **head.changes,
            **dict.fromkeys(there.values()),
            **{o: base.content(o) for o in there},
        }
        paths = tuple(there)
        after = await self.checks.tests(Draft(head.snapshot, changes), paths)
        if not after.failed:
            return {}
        before = await self.checks.tests(base, paths)
        outdated = sorted(one for one in after.failed if before.passes(one))
        return {one: self._names_in(one) for one in outdated}

    def _names_in(self, test: str) -> frozenset[str]:
        """Return the names that a test uses, or its whole file where it is not found there."""
        path, _, rest = test.partition("::")
        text = self.proposal.base_text(path) or ""
        name = rest.rpartition("::")[2].partition("[")[0]
        own = [one for one in symbols_of(path, text) if one.name == name] if name else []
        lines = text.split("\n")
        parts = [" ".join(lines[one.start - 1 : one.end]) for one in own] or [text]
        return frozenset(word for part in parts for word in _WORD.findall(part))


def _words(text: str) -> str:
    """Return text as it may be compared: without marks of Markdown, on one line."""
    return " ".join(text.replace("*", "").replace("`", "").split()).strip("\"'“”.").casefold()


SCHEMA = answer_schema(
    {
        "words": {"type": "string", "maxLength": 300},
        "intended": {"type": "string", "enum": ["yes", "no", "unclear"]},
    }
)

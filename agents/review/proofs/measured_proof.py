"""Whether a test shows what a claim says: it is run on both sides, and without the claim's lines.

A test counts that fails with the change, passes without it, both again when it is run alone, and
passes with the change once the lines that the claim is about are as they were. That is measured; a
test that looks at the text of the code, or uses none of it, is none.
"""

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from agents.evidence.failure_excerpts import failure_excerpt
from agents.review.checks.cause_search import BlockPlace, CauseSearch
from agents.review.checks.scope import enclosing
from agents.review.findings.diff_regions import OLD
from agents.review.findings.finding import Finding, Proof
from agents.review.reading.hunk_packs import HunkPack
from indexing.secrets.redact import redact
from rooftree.text.visible import without_invisible
from tools.diffs.proposal import Proposal
from tools.drafts.draft import Draft
from tools.projects.checks import Checks
from tools.projects.results.reports import SuiteResults

MAX_OUTPUT = 1500
"""Characters of how a test fails."""
MAX_TESTS = 3
"""Of one file that are looked at."""
_LOOKS_AT_CODE = re.compile(
    r"\b(?:inspect|getsource\w*+|linecache|tokenize|__file__|__code__|__loader__|__spec__|co_code"
    r"|read_text|read_bytes|readFileSync|readFile|include_str|ReadFile|read_to_string)\b"
)
"""By which a test reads the code instead of running it."""
_IMPORTS = re.compile(r"\s*+(?:import|from|export|const|let|var|\}) ")
"""How a line begins in which a module is imported, by the name of its file in JavaScript."""
_WORD = re.compile(r"\w++")


@dataclass(frozen=True, slots=True)
class ProofAttempt:
    """What came of one test."""

    proof: Proof | None
    why_not: str = ""
    """What a model has to know to write a better one; empty where it is a proof."""
    passed: bool = False
    """Whether it ran with the change and passed, which speaks against the claim."""


@dataclass(frozen=True, slots=True)
class ProofMeasurement:
    """Measures tests of one claim."""

    proposal: Proposal
    checks: Checks
    finding: Finding
    pack: HunkPack

    async def measured(self, path: str, text: str) -> ProofAttempt:
        """Judge a test that would stand in a new file; SandboxUnavailableError without a runner."""
        if flaw := self._flaw(text):
            return ProofAttempt(None, flaw)
        head, base = self.proposal.head.with_text(path, text), self.proposal.base
        base = base.with_text(path, text)
        after = await self.checks.tests(head, (path,))
        failing = tuple(sorted(one for one in after.failed if "::" in one))[:MAX_TESTS]
        if not after.is_reliable or not failing:
            return _not_failing(after)
        before = await self.checks.tests(base, failing)
        passing = tuple(one for one in failing if before.passes(one))
        if not passing:
            return ProofAttempt(
                None, f"it fails without the change too: {_output(before, failing)}"
            )
        if not await self._again(head, base, passing):
            return ProofAttempt(None, "run alone and again, it does not do the same")
        if not await self._is_of_claim(head, passing):
            return ProofAttempt(None, "it fails also with the lines of the claim as they were")
        if not await self._runs_code(head, passing):
            return ProofAttempt(None, f"it does not run `{self.finding.symbol}`")
        command = " ".join(after.argv)
        return ProofAttempt(Proof(path, text, passing, command, _output(after, passing)))

    def _flaw(self, text: str) -> str:
        """Say why a test is none, before it is run."""
        if redact(text) != text or without_invisible(text) != text:
            return "it holds what may be a secret, or characters that nobody sees"
        found = _LOOKS_AT_CODE.search(text)
        if found is not None:
            return f"it uses `{found[0]}`; run the code, and do not read it"
        file = PurePosixPath(self.finding.path).name
        if any(file in line and not _IMPORTS.match(line) for line in text.split("\n")):
            return f"it names the file {file}; run the code, and do not read it"
        name = self.finding.symbol.rpartition(".")[2]
        if name and name not in _WORD.findall(text):
            return f"it does not use `{name}`"
        return ""

    async def _again(self, head: Draft, base: Draft, tests: tuple[str, ...]) -> bool:
        after = await self.checks.alone(head, tests)
        before = await self.checks.alone(base, tests)
        return all(one in after.failed and before.passes(one) for one in tests)

    async def _is_of_claim(self, head: Draft, tests: tuple[str, ...]) -> bool:
        """Say whether lines of the claim are among the fewest without which the tests pass."""
        blocks = [block for hunk in self.pack.hunks for block in hunk.blocks()]
        places = tuple(BlockPlace(self.pack.diff, block) for block in blocks)
        search = CauseSearch(replace(self.proposal, head=head), self.checks, tests)
        causes = await search.causes(places)
        cured = {test for cause in causes for test in cause.tests}
        touched = any(self._is_claimed(place) for cause in causes for place in cause.places)
        return touched and cured.issuperset(tests)

    def _is_claimed(self, place: BlockPlace) -> bool:
        block, one = place.block, self.finding
        old = one.side == OLD
        start, lines = (block.old_start, block.old) if old else (block.new_start, block.new)
        # Lines that are only gone stand between two of the new file.
        first, last = (start, start + len(lines) - 1) if lines else (start - 1, start)
        return first <= one.end_line and one.line <= last

    async def _runs_code(self, head: Draft, tests: tuple[str, ...]) -> bool:
        """Say whether a failing test runs the definition; where nothing traces, it is believed."""
        text = self.proposal.text(self.finding.path)
        line, _ = self.finding.place
        symbol = enclosing(text, self.finding.path, line) if text is not None and line else None
        if symbol is None or symbol.kind not in ("function", "method"):
            return True
        trace = await self.checks.trace(head, tests)
        if trace is None:
            return True
        inside = range(symbol.start + 1, symbol.end + 1) or range(symbol.start, symbol.start + 1)
        return any((self.finding.path, line) in trace.failing for line in inside)


def _not_failing(after: SuiteResults) -> ProofAttempt:
    if after.is_reliable and after.succeeded:
        return ProofAttempt(None, "it passes with the change", passed=True)
    return ProofAttempt(None, f"no test of it could be run: {_output(after, ())}")


def _output(results: SuiteResults, tests: tuple[str, ...]) -> str:
    """Return how the first test failed, as it may be shown."""
    told = failure_excerpt(results.execution.output, tests[0] if tests else "")
    return without_invisible(told)[-MAX_OUTPUT:]

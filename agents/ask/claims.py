"""Claims of a model that has looked by itself: each a sentence with the lines that show it.

A claim is proven as far as code can see it: the lines of its marks are in the file's bytes, or its
commit is in the history, and every name of the sentence stands in these lines or that message. What
they mean is the model's word. A claim without such a proof is none, or is shown as not verified; it
never counts as an answer.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from agents.ask.citations import Citation, CitationChecker
from agents.ask.commits import (
    CommitChecker,
    CommitCitation,
    CommitMark,
    misquoted,
    without_ids,
)
from agents.ask.summary import names_in, wrong_places
from indexing.words.query import analyse
from indexing.words.tokens import words
from rooftree.errors import ToolError
from tools.model_tools.arguments import listed_lines
from tools.model_tools.working_draft import WorkingDraft, clipped, relative_path

MAX_CLAIMS = 8
MAX_MARKS = 3
"""Of one claim; more lines prove everything and show nothing."""
MAX_MARK_LINES = 60
MAX_SENTENCE = 500
MAX_TOLD = 2_000
MAX_BEGINNINGS = 4
MISSING_MARK = "it has no mark such as [path:3-9]"
_ENDS = re.compile(
    r"(?:\bcommit[: ]{1,3}(?P<commit>[0-9a-f]{7,64}+)"
    r"|:(?P<first>\d{1,7}+)(?:[-–](?P<last>\d{1,7}+))?+)[` ]{0,3}[\],;]"
)
Evidence = Citation | CommitCitation


@dataclass(frozen=True, slots=True)
class Mark:
    """Lines of a file, as a model named them."""

    path: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.path}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, and the marks that stood in it."""

    sentence: str
    marks: tuple[Mark | CommitMark, ...]


@dataclass(frozen=True, slots=True)
class CheckedClaim:
    """What code has found of a claim: the lines that hold, and what is not proven."""

    claim: Claim
    citations: tuple[Evidence, ...]
    rejected: tuple[str, ...]
    """Marks that hold nothing, each with the reason."""
    problem: str = ""
    """Why it is not proven; empty where it is."""

    @property
    def proven(self) -> bool:
        return not self.problem

    def __str__(self) -> str:
        why = "; ".join(filter(None, [*self.rejected, self.problem]))
        return f"{self.claim.sentence!r}: {why}"


def as_claims(value: Any) -> Any:
    """Return what a model wrote as a list of sentences with marks, whichever way it did."""
    listed = listed_lines(value)
    return [_as_claim(one) for one in listed] if isinstance(listed, list) else listed


def _as_claim(value: Any) -> Any:
    """Return a claim as text; one that is an object has its sentence and its marks apart."""
    if not isinstance(value, dict):
        return value
    texts = [one for one in value.values() if isinstance(one, str)]
    marks = [str(one) for many in value.values() if isinstance(many, list) for one in many]
    told = [f"[{one.strip('[]`')}]" for one in marks]
    return " ".join([*texts, *told])


def claim_of(working: WorkingDraft, told: str) -> Claim:
    """Read a sentence with marks such as [shop/cart.py:3-9] and [commit:1a2b3c4]."""
    text = " ".join(told.split())[:MAX_TOLD]
    marks: list[Mark | CommitMark] = []
    pieces, end = [], 0
    for found in _ENDS.finditer(text):
        begin, path = _path_before(working, text, end, found.start())
        if begin < 0 or (found["commit"] and path):
            continue
        pieces.append(text[end:begin])
        if found["commit"]:
            marks.append(CommitMark(found["commit"]))
        else:
            first = int(found["first"])
            marks.append(Mark(path, first, int(found["last"] or first)))
        end = found.end()
    sentence = " ".join("".join([*pieces, text[end:]]).split()).strip(" -*•")
    for mark in (".", ",", ";"):
        sentence = sentence.replace(f" {mark}", mark)
    return Claim(clipped(sentence, MAX_SENTENCE), tuple(dict.fromkeys(marks)))


def _path_before(working: WorkingDraft, text: str, least: int, end: int) -> tuple[int, str]:
    """Return where a mark begins, and its path: brackets may stand in paths and in sentences."""
    if least and text[least - 1] in ",;":
        return least, text[least:end].strip(" `[")
    begin, first = end, (-1, "")
    for _ in range(MAX_BEGINNINGS):
        begin = text.rfind("[", least, begin)
        if begin < 0:
            break
        path = text[begin + 1 : end].strip(" `")
        if first[0] < 0:
            first = begin, path
        if working.exists(path.removeprefix("./")):
            return begin, path
    return first


@dataclass(frozen=True, slots=True)
class ClaimChecker:
    """Checks claims against the files that the model has read, and these against their bytes."""

    working: WorkingDraft
    citations: CitationChecker
    commits: CommitChecker

    def check_all(self, told: Sequence[str]) -> tuple[CheckedClaim, ...]:
        """Return the claims that say something, in order."""
        claims = (claim_of(self.working, one) for one in told[:MAX_CLAIMS])
        return tuple(self.check(one) for one in claims if one.sentence)

    def check(self, claim: Claim) -> CheckedClaim:
        held: list[Evidence] = []
        rejected: list[str] = []
        for mark in claim.marks[:MAX_MARKS]:
            try:
                held.append(self._evidence(mark))
            except ToolError as error:
                rejected.append(f"[{mark}]: {error}")
        if len(claim.marks) > MAX_MARKS:
            rejected.append(f"more than {MAX_MARKS} marks: name the lines that show it best")
        problem = "" if held else "no mark of it holds" if claim.marks else MISSING_MARK
        return CheckedClaim(
            claim, tuple(held), tuple(rejected), problem or unproven(claim.sentence, held)
        )

    def _evidence(self, mark: Mark | CommitMark) -> Evidence:
        return self.commits.check(mark) if isinstance(mark, CommitMark) else self._citation(mark)

    def _citation(self, mark: Mark) -> Citation:
        path = relative_path(mark.path)
        lines = self.working.shown_lines(path)
        total = len(lines) - (lines[-1] == "")
        if not 1 <= mark.start <= mark.end <= total:
            raise ToolError(f"{path} has {total} lines")
        if mark.end - mark.start >= MAX_MARK_LINES:
            raise ToolError(f"these are more than {MAX_MARK_LINES} lines; name those that show it")
        blob = self.working.draft.snapshot.blob(path)
        found = self.citations.check_lines(path, blob or "", mark.start, mark.end)
        if found is None:
            raise ToolError(f"{path} has changed since it was read")
        return found


def unproven(sentence: str, held: Sequence[Evidence]) -> str:
    """Say which names of a sentence its lines do not hold; "" where they hold them all."""
    places = [one for one in held if isinstance(one, Citation)]
    commits = [one for one in held if isinstance(one, CommitCitation)]
    lines = [f"{one.path}\n{one.quote}" for one in places]
    text = "\n".join([*lines, *(one.message for one in commits)])
    known = frozenset(re.findall(r"\w+", text))
    said = without_ids(sentence, commits)
    names = list(names_in(said))
    elsewhere = wrong_places(said, places)
    if elsewhere:
        return f"{', '.join(elsewhere)} is none of its marks"
    what = "its lines and its commit's message do" if commits and places else "its lines do"
    what = "its commit's message does" if commits and not places else what
    missing = [f"`{name}`" for name in sorted({name for name in names if name not in known})]
    missing += [f'"{quote}"' for quote in misquoted(said, text)] if commits else []
    if missing:
        return f"{what} not hold {', '.join(missing)}"
    if names or set(analyse(said).terms) & set(words(text)):
        return ""
    return "it names nothing that stands in its lines; write names as they stand there"


def cited(claims: Sequence[CheckedClaim]) -> tuple[Citation, ...]:
    """Return the places of claims, each once, in the order in which they are named."""
    return tuple(dict.fromkeys(one for one in _evidence(claims) if isinstance(one, Citation)))


def cited_commits(claims: Sequence[CheckedClaim]) -> tuple[CommitCitation, ...]:
    """Return the commits of claims in the same way."""
    return tuple(dict.fromkeys(one for one in _evidence(claims) if isinstance(one, CommitCitation)))


def _evidence(claims: Sequence[CheckedClaim]) -> Iterator[Evidence]:
    for claim in claims:
        yield from claim.citations

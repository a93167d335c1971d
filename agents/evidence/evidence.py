"""What tests said before a change, what they say of a draft, and what that proves."""

from dataclasses import dataclass, replace
from typing import Any

from agents.evidence.own_tests import OwnTests
from tools.drafts.draft import Draft


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the tests said before anything was changed."""

    failing: tuple[str, ...] = ()
    """Tests that fail now and shall pass."""
    also_failing: frozenset[str] = frozenset()
    """Other tests that fail now; they may have the same cause, or one outside the task."""
    passing: frozenset[str] = frozenset()
    met: frozenset[str] = frozenset()
    """Those of `failing` that are also run with all others."""
    scope: tuple[str, ...] = ()
    """The test files that are run; empty means all."""
    whole: bool = True
    """Whether all tests are run, and not only those that concern what is changed."""
    unread: tuple[str, ...] = ()
    """Tests that could not even be read, each with its error."""
    why_part: str = ""
    """How running all tests ended, where only a part of them is run."""
    output: str = ""
    problem: str = ""
    """Why nothing could be measured."""
    unknown: str = ""
    """Why it is not known which tests passed: then no draft is proved to break none of them."""
    failed_alone: str = ""
    """The command that failed where its exit code is all that is known of any test."""
    run_passed: bool = False
    """Whether the whole run passed, for runners that do not name their tests."""

    @property
    def measured(self) -> bool:
        return not self.problem

    def moved(self, old: str, new: str) -> "Baseline":
        """Return what was said of tests by the names that they have after a move.

        `old` and `new` are a file, or a definition of one: `tests/test_a.py::test_b`.
        """

        def named(one: str) -> str:
            rest = one.removeprefix(old)
            return f"{new}{rest}" if rest != one and rest[:1] in ("", ":", "[") else one

        return replace(
            self,
            also_failing=frozenset(map(named, self.also_failing)),
            passing=frozenset(map(named, self.passing)),
            scope=tuple(map(named, self.scope)),
            unread=tuple(map(named, self.unread)),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was measured of one draft."""

    parses: bool = False
    fixed: tuple[str, ...] = ()
    still_failing: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    left: int = 0
    """How many other tests failed before and fail still."""
    same_cause: bool = False
    """Whether those may fail for the same cause: they run what is edited, or nothing tells."""
    others: frozenset[str] = frozenset()
    """Other tests that fail, those among them that could not even be read before."""
    kept: int = 0
    """How many tests passed before and pass now."""
    problem: str = ""
    output: str = ""
    whole: bool = False
    commands: tuple[str, ...] = ()
    judges: tuple[str, ...] = ()
    """Changed files that decide what the tests say: with them nothing is proved."""
    own: OwnTests | None = None
    """What new tests of the change show; None where it has none, or none were required."""
    unread: tuple[str, ...] = ()
    """Tests that could not be read before the change: their outcome is unknown."""
    why_part: str = ""
    """How running all tests ended, where only a part of them was run."""
    rename: str = ""
    """What was seen of a rename: that all that was resolved before is resolved after it."""
    move: str = ""
    """The same of a move."""
    upgrade: str = ""
    """What an upgrade edited, and which version the tests ran with."""
    ran_upgraded: bool = False
    """Whether the tests ran with the version that is asked for."""

    @property
    def breaks_nothing(self) -> bool:
        """Whether nothing that passed fails, as far as it was run."""
        return self.parses and not self.broken and not self.problem

    @property
    def verified(self) -> bool:
        """Whether what failed passes now, as it was, and nothing broke or is left of the cause."""
        proved = bool(self.fixed) and not self.still_failing and not self.judges
        told = not self.upgrade or self.ran_upgraded
        return self.breaks_nothing and proved and told and not self.same_cause

    @property
    def rank(self) -> tuple[int, ...]:
        """More is better."""
        return (
            *(self.parses, self.verified, -len(self.broken), len(self.fixed)),
            *(-len(self.still_failing), -self.left),
        )

    @property
    def mechanical(self) -> str:
        """What was seen of a rename, a move or an upgrade."""
        return self.rename or self.move or self.upgrade

    @property
    def refactoring(self) -> str:
        """What was done by rules; empty for nothing."""
        return next((one for one in ("rename", "move", "upgrade") if getattr(self, one)), "")

    @property
    def as_refactoring(self) -> bool:
        """Whether what rules did is whole, and what passed passes with it.

        Of an upgrade the tests tell only where they ran with it, and where none fails: one that
        failed before may have failed by it.
        """
        held = bool(self.breaks_nothing and self.mechanical and self.kept) and not self.unread
        failing = self.left or self.others or self.still_failing
        return held and (not self.upgrade or (self.ran_upgraded and not failing))

    def describe(self) -> str:
        """Describe it in a sentence, for the reviewer and for users."""
        if not self.parses:
            return f"it does not parse: {self.problem}"
        parts = []
        if self.fixed:
            parts.append(f"{len(self.fixed)} tests that failed pass now")
        if self.still_failing:
            parts.append(f"{len(self.still_failing)} tests still fail")
        if self.broken:
            parts.append(f"{len(self.broken)} tests that passed fail now: {self.broken[0]}")
        if self.kept:
            scope = "all tests" if self.whole else "only the tests that speak of it"
            parts.append(f"{self.kept} tests that passed still pass ({scope} were run)")
        if self.left or self.same_cause:
            why = ", perhaps for the same cause" if self.same_cause else ""
            count = max(self.left, len(self.others))
            parts.append(f"{count} other tests failed before and still fail{why}")
        own = [self.own.describe()] if self.own is not None else []
        own += [self.mechanical] if self.mechanical else []
        return "; ".join([*own, *parts, *self._doubts()]) or "nothing was measured"

    @property
    def by_own_tests(self) -> bool:
        """Whether its own new tests prove it; less than `verified`, and never called that."""
        own = self.own is not None and self.own.proves
        return self.breaks_nothing and own and not self.unread

    def _doubts(self) -> list[str]:
        """Say what keeps that from being proved."""
        weighty = () if self.by_own_tests or self.mechanical else self.judges[:1]
        doubts = [f"all tests together: {self.why_part}"] if self.why_part else []
        if self.unread:
            count = len(self.unread)
            doubts.append(f"{count} files of tests could not be read, such as {self.unread[0]}")
        doubts += [f"it edits {path}, which decides what the tests say" for path in weighty]
        if self.problem:
            doubts.append(f"not everything could be measured: {self.problem}")
        return doubts

    def as_json(self) -> dict[str, Any]:
        return {
            "verified": self.verified,
            "parses": self.parses,
            "fixed": list(self.fixed),
            "still_failing": list(self.still_failing),
            "broken": list(self.broken),
            "kept": self.kept,
            "left": self.left,
            "same_cause": self.same_cause,
            "whole": self.whole,
            "problem": self.problem,
            "commands": list(self.commands),
            "judges": list(self.judges),
            "unread": list(self.unread),
            "why_part": self.why_part,
            "rename": self.rename,
            "move": self.move,
            "upgrade": self.upgrade,
            "own_tests": self.own.as_json() if self.own is not None else None,
        }


@dataclass(frozen=True, slots=True)
class MeasuredDraft:
    """A draft, and what was measured of it."""

    draft: Draft
    evidence: Evidence

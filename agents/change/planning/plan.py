"""A plan: which playbook, which places, which tests; a person may edit it before it is followed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from rooftree.errors import UsageError

PlaybookName = Literal["fix", "change", "test", "document", "rename", "move", "upgrade"]
CHOSEN: tuple[PlaybookName, ...] = ("fix", "change", "test", "document")
"""Those that a planner chooses from; the others are told by the task's words alone."""
PLAYBOOKS: tuple[PlaybookName, ...] = (*CHOSEN, "rename", "move", "upgrade")
MAX_PARTS = 6
STEPS: dict[PlaybookName, tuple[str, ...]] = {
    "fix": (
        "Reproduce: see a test fail.",
        "Localise: find the lines that only the failing test runs.",
        "Repair: try small edits, and run the tests after each.",
        "Review the diff afresh.",
    ),
    "change": (
        "Run the tests that speak of the places below, to know what passes now.",
        "Edit the places, and run those tests after each edit.",
        "Review the diff afresh.",
    ),
    "test": ("Write the tests.", "Run them.", "Review the diff afresh."),
    "rename": (
        "Find what every place of the name means; where that cannot be told, rename nothing.",
        "Rename the definition and all that means it, and resolve it all anew.",
        "Run the tests before and after.",
    ),
    "move": (
        "Find what every use means; where one cannot be told or loops, move nothing.",
        "Move it with the imports that it needs, rewrite all that uses it, and resolve it anew.",
        "Run the tests before and after.",
    ),
    "upgrade": (
        "Find the manifests that name the dependency; where one cannot be edited, edit none.",
        "Edit each requirement where it stands; name the lock files that are out of date.",
        "Run the tests before and after, and say which version they ran with.",
    ),
    "document": ("Edit the text.", "See that it still parses.", "Review the diff afresh."),
}


@dataclass(frozen=True, slots=True)
class EditTarget:
    """A definition that is to be edited; without a symbol it is the file."""

    path: str
    symbol: str = ""

    def __str__(self) -> str:
        return f"{self.path}::{self.symbol}" if self.symbol else self.path


@dataclass(frozen=True, slots=True)
class ChangePlan:
    """How a task is to be done."""

    playbook: PlaybookName
    targets: tuple[EditTarget, ...] = ()
    tests: tuple[str, ...] = ()
    """Tests that fail now and shall pass."""
    steps: tuple[str, ...] = ()
    reason: str = ""
    parts: tuple[str, ...] = ()
    """Tasks that a large one is made of, in order; each is made and measured before the next."""

    @classmethod
    def of(
        cls,
        playbook: PlaybookName,
        targets: Sequence[EditTarget] = (),
        tests: Sequence[str] = (),
        reason: str = "",
    ) -> "ChangePlan":
        return cls(playbook, tuple(targets), tuple(tests), STEPS[playbook], reason)

    def as_json(self) -> dict[str, Any]:
        return {
            "playbook": self.playbook,
            "targets": [str(target) for target in self.targets],
            "tests": list(self.tests),
            "steps": list(self.steps),
            "reason": self.reason,
            "parts": list(self.parts),
        }

    def digested(self) -> str:
        """Return the text whose digest a person approves.

        Recorded runs hold such digests, so it does not follow the names of our classes.
        """
        told = [f"Target(path={one.path!r}, symbol={one.symbol!r})" for one in self.targets]
        targets = f"({', '.join(told)}{',' if len(told) == 1 else ''})"
        return (
            f"Plan(playbook={self.playbook!r}, targets={targets}, tests={self.tests!r}, "
            f"steps={self.steps!r}, reason={self.reason!r}"
            f"{f', parts={self.parts!r}' if self.parts else ''})"
        )


def plan_of(told: Any, before: ChangePlan) -> ChangePlan:
    """Read a plan that a person has edited; what is left out stays as it was."""
    if not isinstance(told, dict):
        raise UsageError("a plan is a JSON object; see the one that was shown")
    unknown = set(told) - set(before.as_json())
    if unknown:
        raise UsageError(f"a plan has no {min(unknown)!r}; it has {', '.join(before.as_json())}")
    playbook = told.get("playbook", before.playbook)
    if playbook not in PLAYBOOKS:
        raise UsageError(f"{playbook!r} is no playbook; choose one of {', '.join(PLAYBOOKS)}")
    texts = {name: _texts(told, name) for name in ("targets", "tests", "steps", "parts")}
    targets = texts["targets"]
    if len(texts["parts"] or ()) > MAX_PARTS:
        raise UsageError(f"a plan has at most {MAX_PARTS} parts; put some of them together")
    return replace(
        before,
        playbook=playbook,
        targets=before.targets if targets is None else tuple(map(target_of, targets)),
        tests=before.tests if texts["tests"] is None else tuple(texts["tests"]),
        steps=before.steps if texts["steps"] is None else tuple(texts["steps"]),
        parts=before.parts if texts["parts"] is None else tuple(texts["parts"]),
    )


def target_of(text: str) -> EditTarget:
    """Read `path::symbol`."""
    path, _, symbol = text.partition("::")
    return EditTarget(path, symbol)


def _texts(told: dict[str, Any], name: str) -> list[str] | None:
    value = told.get(name)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise UsageError(f"{name} of a plan is a list of texts")
    return value

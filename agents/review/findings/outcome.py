"""The outcome of a review: findings, and everything that was not examined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agents.review.findings.discards import UNREAD, discard_sentence
from agents.review.findings.finding import Finding
from tools.diffs.hidden_characters import hidden_in, without_hidden_prose

ReviewStatus = Literal["clean", "findings", "partial", "incomplete"]
ON_THE_LINE = 2
"""Reasons that the verdict itself tells; the others stand above it."""
MAX_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class HiddenText:
    """Where invisible characters or hidden comments were found."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class Review:
    """The outcome of one review."""

    base: str
    head: str
    files: tuple[str, ...] = ()
    not_reviewed: dict[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    tests: tuple[str, ...] = ()
    """Test files that concern what is changed."""
    tests_ran: int = 0
    commands: tuple[str, ...] = ()
    hidden_text: tuple[HiddenText, ...] = ()
    notes: tuple[str, ...] = ()
    """What could not be looked at, each in a sentence."""
    model_asked: bool = True
    """Whether the model was asked about everything that it was to be asked about."""
    places_asked: int = 0
    """How many places of the change a model was asked about, and how many there are."""
    places: int = 0
    discarded: Mapping[str, int] = field(default_factory=dict)
    """Claims of the model that are not told, by why."""
    bounds: tuple[str, ...] = ()
    """How far it was looked by design, where that is not everything."""
    executed: bool = True
    """Whether there was a sandbox, for tests and static tools."""
    model_wanted: bool = True
    untested: bool = False
    """Whether the project has tests, they were wanted, and none of them ran."""
    environment: tuple[str, ...] = ()
    """How the tests were run, where a person has to know it."""
    run: str = ""
    spending: dict[str, Any] = field(default_factory=dict)

    @property
    def inline(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.inline)

    @property
    def status(self) -> ReviewStatus:
        """Nothing to show is clean only where everything was looked at.

        What was said before and still holds is not shown again, and not clean. Where it was looked
        no further than was wanted, or than is done by design, it is partial.
        """
        if any(one.inline or one.known for one in self.findings):
            return "findings"
        if self.notes or self.not_reviewed:
            return "incomplete"
        return "partial" if self.bounds else "clean"

    @property
    def dropped(self) -> int:
        """How many claims of the model were dropped without a look at what they say."""
        return sum(count for why, count in self.discarded.items() if why in UNREAD)

    @property
    def was_examined(self) -> bool:
        """Whether it was looked at by what was to look: the model, or the tools without one."""
        by_tools = (self.executed or self.model_wanted) and not self.untested
        return self.model_asked and by_tools

    @property
    def gaps(self) -> tuple[str, ...]:
        """What was not looked at, and why; claims that were not examined come first."""
        left_out = (f"{path} was not reviewed: {why}" for path, why in self.not_reviewed.items())
        gaps = (*self.notes, *left_out, *self.bounds)
        return tuple(sorted(gaps, key=lambda one: not one.startswith(f"{self.dropped} claim")))

    @property
    def verdict(self) -> str:
        """Say in one line what came of it: never that it is clean where a gap is left."""
        known = sum(one.known for one in self.findings)
        weaker = len(self.findings) - len(self.inline) - known
        files = _counted(len(self.files), "file")
        if self.status in ("findings", "clean"):
            again = f" shown, {known} said before still there," if known else ""
            more = f" shown, {weaker} weaker ones with --json," if weaker else ""
            parts = [f"{_counted(len(self.inline), 'finding')}{again}{more} in {files}"]
        else:
            how = "looked at within bounds" if self.status == "partial" else "not all looked at"
            more = f", {_counted(weaker, 'weaker finding')} with --json" if weaker else ""
            parts = [f"{files} {how}{more}"]
        parts += [one[:MAX_REASON_LENGTH] for one in self.gaps[:ON_THE_LINE]]
        if len(self.gaps) > ON_THE_LINE:
            parts.append(f"and {len(self.gaps) - ON_THE_LINE} more of what was not looked at")
        return f"{self.status}: {'; '.join(parts)}"

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "verdict": self.verdict,
            "base": self.base,
            "head": self.head,
            "files": list(self.files),
            "not_reviewed": [
                {"path": path, "reason": reason} for path, reason in self.not_reviewed.items()
            ],
            "findings": [one.as_json() for one in self.findings],
            "tests": list(self.tests),
            "tests_ran": self.tests_ran,
            "commands": list(self.commands),
            "hidden_text": [{"where": one.where, "what": one.what} for one in self.hidden_text],
            "notes": list(self.notes),
            "bounds": list(self.bounds),
            "looked": self.was_examined,
            "model_asked": self.model_asked and self.model_wanted,
            "places_asked": self.places_asked,
            "places": self.places,
            "dropped": self.dropped,
            "discarded": dict(self.discarded),
            "discarded_told": discard_sentence(self.discarded),
            "environment": list(self.environment),
            "run": self.run,
            "usage": dict(self.spending),
        }


def hidden_text(title: str, description: str, paths: Iterable[str]) -> tuple[HiddenText, ...]:
    """Tell of text that a person does not see, where it is no line of a file."""
    found = []
    told_of = {"title": title, "description": description}
    told_of |= {f"the name of {path!r}": path for path in paths}
    for where, text in told_of.items():
        names = [name for one in hidden_in(text) for name in one.names]
        if names:
            found.append(HiddenText(where, ", ".join(dict.fromkeys(names))))
        elif where == "description" and without_hidden_prose(text) != text:
            found.append(HiddenText(where, "an HTML comment"))
    return tuple(found)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

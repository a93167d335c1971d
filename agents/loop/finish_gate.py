"""What stands against finishing: told to the model with its diff, at most twice.

It asks for what can be seen mechanically: that something was edited and the tests ran after the
last edit, that all files parse, that no scratch file is left, and that no test was weakened which
the task does not name; and, once, that linters find nothing new. After that the loop ends as the
model wishes, and what was open is said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

from agents.loop.toolset import EndArguments
from tools.drafts.draft import Draft
from tools.drafts.matching import matched
from tools.model_tools.edit import finding_lines
from tools.model_tools.show_diff import drafted_diff
from tools.model_tools.working_draft import LintFinding, WorkingDraft
from tools.projects.test_file_names import is_test_file

MAX_SENT_BACK = 2
MAX_DIFF_LENGTH = 4_000
SCRATCH_FOLDERS = frozenset({"tmp", "temp", "scratch", "debug", "repro"})
_SCRATCH = re.compile(
    r"(?:repro|reproduce|reproduction|scratch|tmp|temp|debug|try|demo|foo|bar|playground|check_)"
    r"(?:[_.\-\d]\S{0,80})?|\S{1,80}\.(?:log|orig|bak|rej|tmp|swp)"
)


class Gate(Protocol):
    """Says whether a loop may end as its model wishes."""

    working: WorkingDraft
    can_run: bool
    sent_back: int

    def review(self, finish: EndArguments) -> tuple[str, tuple[str, ...]]: ...


@dataclass(slots=True)
class OpenGate:
    """Lets a loop end when its model likes: what that says is looked at afterwards."""

    working: WorkingDraft
    can_run: bool = field(default=False, init=False)
    sent_back: int = field(default=0, init=False)

    def review(self, finish: EndArguments) -> tuple[str, tuple[str, ...]]:  # noqa: ARG002 - whatever it is
        """Let it end."""
        return "", ()


@dataclass(slots=True)
class FinishGate:
    """The open points of one loop's draft."""

    working: WorkingDraft
    base: Draft
    task: str
    can_run: bool
    needs_edit: bool = True
    sent_back: int = field(default=0, init=False)
    _told: set[tuple[str, str]] = field(default_factory=set, init=False)
    """New findings of linters that the model was sent back with: a second time they are let be."""

    def review(self, finish: EndArguments) -> tuple[str, tuple[str, ...]]:  # noqa: ARG002 - it looks at what was done, and not at what is said
        """Return what the model is sent back with, if it is, and all points that are open."""
        found = self._linted()
        points = (*self._open(), *finding_lines(found))
        untold = {(one.path, one.text) for one in found} - self._told
        stands = len(points) > len(finding_lines(found)) or bool(untold)
        if not stands or self.sent_back >= MAX_SENT_BACK:
            return "", points
        self.sent_back += 1
        self._told |= untold
        diff = drafted_diff(self.working, "", MAX_DIFF_LENGTH)
        listed = "\n".join(f"- {point}" for point in points)
        return f"not finished yet:\n{listed}\nThe diff so far:\n{diff}", points

    def _open(self) -> Iterator[str]:
        working = self.working
        changed = list(working.changed_since(self.base))
        if self.needs_edit and not changed:
            yield (
                "nothing was edited; edit what the task asks for, or call finish again and say "
                "why nothing is to be done"
            )
            return
        for path, problem in sorted(working.unparsed.items()):
            if working.exists(path):
                yield f"{problem}: mend it"
        if self.can_run and changed and working.edits_since_run:
            yield "the tests have not run since the last edit: use run, and look at what it says"
        for path in changed:
            if self._is_scratch(path):
                yield f"{path} looks like a scratch file: delete it, unless the task asks for it"
            elif self._weakens(path):
                yield (
                    f"{path} holds tests that the task does not name, and lines of it are gone or "
                    "changed: put them back, unless they were wrong"
                )

    def _linted(self) -> list[LintFinding]:
        """Return what linters newly find in what is changed."""
        changed, lint = self.working.changed_since(self.base), self.working.lint
        return [one for path in changed if self.working.exists(path) for one in lint.get(path, ())]

    def _is_scratch(self, path: str) -> bool:
        *folders, name = path.split("/")
        if folders and folders[0] not in SCRATCH_FOLDERS:
            return False
        is_new = self.base.content(path) is None and self.working.exists(path)
        return is_new and _SCRATCH.fullmatch(name) is not None and not self._is_named(path)

    def _weakens(self, path: str) -> bool:
        """Say whether lines of a test that was there are no longer as they were."""
        before = self.base.content(path)
        if before is None or not is_test_file(path) or self._is_named(path):
            return False
        after = self.working.draft.content(path)
        if after is None:
            return not self._was_moved(before)
        old, new = (one.decode("utf-8", "replace").split("\n") for one in (before, after))
        return any(
            tag in ("delete", "replace") and any(line.strip() for line in old[start:end])
            for tag, start, end, _, _ in matched(old, new).get_opcodes()
        )

    def _was_moved(self, content: bytes) -> bool:
        return any(data == content for data in self.working.draft.changes.values())

    def _is_named(self, path: str) -> bool:
        return path in self.task or PurePosixPath(path).name in self.task

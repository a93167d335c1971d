"""Repair by filling in: remove a suspicious line and let the model fill the gap.

A small model that is shown a faulty function copies it; one that is shown the function without its
faulty line often writes the right one, because right code is likelier than wrong code.
(The idea of cloze-style repair: Xia and Zhang, "Less Training, More Repairing Please", 2022.)
The failing test stands above as a comment, so that what is filled in knows what is wanted.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from agents.change.coding.line_masks import fitted, holes_of
from agents.evidence.fault_localization import Suspect
from agents.runs.team import Team, text_for_model
from indexing.parsing.syntax.languages import language_of_text
from tools.drafts.draft import Draft

LINE_TOKENS = 48
GAP_TOKENS = 40
GAP_LINES = 3
HOLE_TOKENS = 6
HOLE_LINES = 5
"""Lines behind a hole in a line that are shown; more of them cost more than they tell."""
MAX_FUNCTION_LENGTH = 5000
"""Characters of a function that are shown around the gap, half before and half after."""
COMMENT = "//"
MAX_HEADER_LINES = 12


@dataclass(frozen=True, slots=True)
class InfillResult:
    """The file's text with one line written anew, or some put in."""

    text: str
    line: int
    """1-based."""


@dataclass(slots=True)
class InfillRepair:
    """Fills the gaps of one suspect."""

    team: Team
    draft: Draft
    suspect: Suspect
    wanted: str
    """The failing test, shown above the function."""

    async def replaced(
        self, line: int, temperatures: Sequence[float]
    ) -> AsyncIterator[InfillResult]:
        """Yield the text with a line written anew, once a temperature, where it is another line."""
        lines = self._lines()
        old = lines[line - 1]
        indent = old[: len(old) - len(old.lstrip())]
        seen = {old.strip()}
        for temperature in temperatures:
            new = await self._fill(lines, line - 1, line, indent, temperature, LINE_TOKENS)
            new = new.split("\n")[0].strip()
            if new and new not in seen:
                seen.add(new)
                written = [*lines[: line - 1], indent + new, *lines[line:]]
                yield InfillResult("\n".join(written), line)

    async def inserted(self, line: int) -> AsyncIterator[InfillResult]:
        """Yield the text with what the model would put before a line, if it is anything."""
        lines = self._lines()
        below = lines[line - 1]
        indent = below[: len(below) - len(below.lstrip())]
        new = await self._fill(lines, line - 1, line - 1, indent, 0.0, GAP_TOKENS)
        written = [part.rstrip() for part in f"{indent}{new.lstrip()}".split("\n")][:GAP_LINES]
        while written and not written[-1].strip():
            written.pop()
        if written and written[0].strip() and written[0].strip() != below.strip():
            yield InfillResult("\n".join([*lines[: line - 1], *written, *lines[line - 1 :]]), line)

    async def holes(self, line: int) -> AsyncIterator[InfillResult]:
        """Yield the text with one part of a line written anew, for each part that may be wrong."""
        lines = self._lines()
        text = "\n".join(lines)
        seen = {"".join(lines[line - 1].split())}
        behind = "\n".join(lines[line : line + HOLE_LINES])
        above = self._header() + "\n".join(lines[self.suspect.start - 1 : line - 1])
        for hole in holes_of(self.suspect.path, text, line):
            completion = await self.team.fill(
                "coder",
                f"{above[-MAX_FUNCTION_LENGTH // 2 :]}\n{hole.before}",
                f"{hole.behind}\n{behind}\n",
                max_tokens=HOLE_TOKENS + len(hole.part) // 3,
                stop=("\n",),
            )
            new = hole.before + fitted(completion.text, hole.behind) + hole.behind
            if "".join(new.split()) not in seen:
                seen.add("".join(new.split()))
                yield InfillResult(
                    "\n".join([*lines[: line - 1], new.rstrip(), *lines[line:]]), line
                )

    async def _fill(
        self,
        lines: list[str],
        first: int,
        after: int,
        indent: str,
        temperature: float,
        tokens: int,
    ) -> str:
        """Ask for what belongs between the lines before `first` and those from `after` on."""
        start, end = self.suspect.start - 1, self.suspect.end
        before = "\n".join(lines[start:first])[-MAX_FUNCTION_LENGTH // 2 :]
        behind = "\n".join(lines[after:end])[: MAX_FUNCTION_LENGTH // 2]
        prefix = f"{self._header()}{before}\n{indent}"
        completion = await self.team.fill(
            "coder",
            prefix,
            f"\n{behind}\n",
            max_tokens=tokens,
            temperature=temperature,
            stop=("\n",) if after > first else (),
        )
        return completion.text

    def _lines(self) -> list[str]:
        return self.draft.text(self.suspect.path).split("\n")

    def _header(self) -> str:
        language = language_of_text(self.suspect.path, "")
        mark = f"{language.comment if language else COMMENT} "
        told = text_for_model(self.wanted, 900).split("\n")[-MAX_HEADER_LINES:]
        comment = "".join(f"{mark}{line}".rstrip() + "\n" for line in told if line.strip())
        return f"{mark}This test must pass:\n{comment}\n" if comment else ""

"""What came of a task and side: one JSON line each, and the table made of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from benchmarks.repair.tasks import Entry, RepairError

Line = TypeVar("Line", bound=Entry)
"""What a line of such a file holds; the review benchmark keeps other ones."""


class Result(Entry):
    """One attempt and how it was judged."""

    task: str
    set: str
    kind: str
    operator: str
    side: str
    model: str
    solved: bool
    claims_done: bool
    prompt_tokens: int
    completion_tokens: int
    calls: int
    seconds: float
    changed: tuple[str, ...]
    touched: tuple[str, ...]
    still_failing: int
    broken: int
    note: str

    @property
    def false_claim(self) -> bool:
        return self.claims_done and not self.solved


def read_results(path: Path) -> list[Result]:
    return read_lines(path, Result)


def read_lines(path: Path, form: type[Line]) -> list[Line]:
    """Read the lines of a file; the last one may have been cut off and is then done again."""
    if not path.is_file():
        return []
    lines = path.read_text("utf-8").splitlines()
    results = []
    for number, line in enumerate(lines, 1):
        try:
            results.append(form.model_validate_json(line))
        except ValidationError as error:
            if number < len(lines):
                raise RepairError(f"{path}:{number} is no result: {error}") from error
    return results


def write_results(path: Path, results: Iterable[Entry]) -> None:
    """Write all lines anew, so that none stays cut off."""
    path.write_text("".join(line_of(result) for result in results), "utf-8")


def line_of(result: Entry) -> str:
    return result.model_dump_json() + "\n"


def table(results: Sequence[Result]) -> str:
    """Return one row a side and kind of task, as Markdown."""
    rows = [
        "| side | tasks | solved | false done | given up | tokens in | tokens out | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    sides = dict.fromkeys(result.side for result in results)
    for side in sides:
        of_side = [result for result in results if result.side == side]
        rows.append(row_of(side, of_side))
        for kind in dict.fromkeys(result.kind for result in of_side):
            of_kind = [result for result in of_side if result.kind == kind]
            rows.append(row_of(f"{side}, {kind}", of_kind))
    return "\n".join([*rows, "", *operators(results)])


def row_of(name: str, results: Sequence[Result]) -> str:
    count = len(results)
    solved = sum(result.solved for result in results)
    cells = [
        name,
        count,
        f"{solved} ({100 * solved / count:.0f} %)",
        sum(result.false_claim for result in results),
        sum(not result.claims_done and not result.solved for result in results),
        f"{sum(result.prompt_tokens for result in results) / count:.0f}",
        f"{sum(result.completion_tokens for result in results) / count:.0f}",
        f"{sum(result.seconds for result in results) / count:.1f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def operators(results: Sequence[Result]) -> Iterator[str]:
    """Yield a table of what was solved by kind of fault."""
    sides = list(dict.fromkeys(result.side for result in results))
    yield f"| fault | {' | '.join(sides)} |"
    yield f"|---|{'---|' * len(sides)}"
    tried = Counter((result.operator, result.side) for result in results)
    solved = Counter((result.operator, result.side) for result in results if result.solved)
    for operator in sorted({result.operator for result in results}):
        cells = [f"{solved[operator, side]}/{tried[operator, side]}" for side in sides]
        yield f"| {operator} | {' | '.join(cells)} |"

"""What came of a task and a side: one JSON line each, and the table made of them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.repair.tasks import Entry


class AgentResult(Entry):
    """One attempt and how it was judged."""

    task: str
    set: str
    side: str
    model: str
    window: int
    wall: float
    solved: bool
    claims_done: bool
    exit: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    changed: tuple[str, ...]
    why: str
    """What is wrong with it, where it is not solved."""
    note: str

    @property
    def false_done(self) -> bool:
        return self.claims_done and not self.solved


def table(results: Sequence[AgentResult]) -> str:
    """Return one row a side, and how often each ended in which way, as Markdown."""
    rows = [
        "| side | tasks | solved | false done | steps a task | tokens in, out a task | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    sides = dict.fromkeys(one.side for one in results)
    by_side = {side: [one for one in results if one.side == side] for side in sides}
    rows += [_row(side, of_side) for side, of_side in by_side.items()]
    return "\n".join([*rows, "", *_exits(by_side)])


def _row(side: str, results: Sequence[AgentResult]) -> str:
    count = len(results)
    solved = sum(one.solved for one in results)
    tokens = [(one.prompt_tokens, one.completion_tokens) for one in results]
    cells = [
        side,
        count,
        f"{solved} ({100 * solved / count:.0f} %)",
        sum(one.false_done for one in results),
        f"{sum(one.calls for one in results) / count:.1f}",
        ", ".join(f"{sum(of) / count:.0f}" for of in zip(*tokens, strict=True)),
        f"{sum(one.seconds for one in results) / count:.1f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


def _exits(by_side: dict[str, list[AgentResult]]) -> Iterator[str]:
    yield "| side | ended | tasks |"
    yield "|---|---|---|"
    for side, results in by_side.items():
        for reason, count in Counter(one.exit for one in results).most_common():
            yield f"| {side} | {reason} | {count} |"

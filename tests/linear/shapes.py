"""Derives from a parsed pattern the texts on which a backtracking engine would lose its way.

For each repeat of the pattern: what leads to it, then many of what it may repeat, then what makes
the rest fail; and many of what leads to it, since a search begins anew at each. Characters are
drawn from the classes into which the pattern's own sets divide them, so that two repeats which may
take the same character meet one that both take.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

REPEATS = frozenset({sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT})
ONE_CHARACTER = frozenset({sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN})
LONG = 6
"""A repeat of fewer than so many is not pumped."""
MAX_PUMPS = 5
MANY_REPEATS = 16
"""A pattern of more, such as the table of all secrets with a known beginning, gets the plainest
texts for each."""
COMMON = "a\n 0A_-.:/x\t\"'`<>()[]{}=,!é«\0"
FILLERS = ("a", "A", "0", " ", "-", ".", "_", "/", "\n")
"""What a sample takes first where a set leaves a choice."""

Node = tuple[Any, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A text of any length: `before`, then `unit` again and again, then `after`."""

    before: str
    unit: str
    after: str

    def text(self, length: int) -> str:
        return self.before + self.unit * max(length // len(self.unit), 1) + self.after

    def __str__(self) -> str:
        return f"{self.before!r} + {self.unit!r} * n + {self.after!r}"


def shapes_of(pattern: re.Pattern[Any]) -> list[Shape]:
    """Return the attack texts of a pattern, without repeats."""
    tree = _parser.parse(pattern.pattern, pattern.flags)
    reader = _Reader(tree.state.flags, isinstance(pattern.pattern, bytes))
    reader.learn(tree)
    return list(dict.fromkeys(_shapes(reader, tree)))


def _shapes(reader: "_Reader", tree: Sequence[Node]) -> Iterator[Shape]:
    repeats = list(_repeats(reader, list(tree), "", ""))
    for before, body, after in repeats:
        pumps = reader.pumps(body)
        if len(repeats) > MANY_REPEATS:
            yield from _few_of_one(before, pumps[:2])
        else:
            yield from _of_one(before, pumps, after[:40])
    whole = reader.sample(tree, "a")
    if whole:
        yield Shape("", whole, "")
        yield Shape("", whole + "\n", "\0")
    for common in reader.alphabet:
        yield Shape("", common, "")


def _of_one(before: str, pumps: Sequence[str], after: str) -> Iterator[Shape]:
    """Yield the texts that pump one repeat."""
    units = [*pumps, *("".join(pair) for pair in pairwise(pumps))]
    for unit in units:
        for end in dict.fromkeys(("\0", "\n", after + "\0")):
            yield Shape(before, unit, end)
    for unit in dict.fromkeys((before, *(before + pump for pump in pumps))):
        if unit:
            yield Shape("", unit, "")
            yield Shape("", "\n" + unit, "\0")
    # Two repeats over the same text, with what stands between them in its middle.
    for pump in pumps[:3]:
        if before and after:
            yield Shape(before, pump, after + pump * 3 + "\0")


def _few_of_one(before: str, pumps: Sequence[str]) -> Iterator[Shape]:
    for pump in pumps:
        yield Shape(before, pump, "\0")
        yield Shape("", before + pump, "\0")


def _repeats(
    reader: "_Reader", nodes: Sequence[Node], before: str, after: str
) -> Iterator[tuple[str, list[Node], str]]:
    """Yield each long repeat with a sample of what leads to it and of what follows it."""
    for at, (kind, value) in enumerate(nodes):
        lead = before + reader.sample(nodes[:at], "a")
        rest = reader.sample(nodes[at + 1 :], "a") + after
        if kind in REPEATS and value[1] >= LONG:
            yield lead, list(value[2]), rest
        for inner in _inside(kind, value):
            yield from _repeats(reader, list(inner), lead, rest)


def _inside(kind: Any, value: Any) -> list[Any]:
    """Return the sequences that a node holds."""
    if kind in REPEATS:
        return [value[2]]
    if kind is sre.SUBPATTERN:
        return [value[3]]
    if kind is sre.BRANCH:
        return list(value[1])
    if kind is sre.ATOMIC_GROUP:
        return [value]
    if kind in {sre.ASSERT, sre.ASSERT_NOT}:
        return [value[1]]
    if kind is sre.GROUPREF_EXISTS:
        return [one for one in value[1:] if one is not None]
    return []


class _Reader:
    """Knows what each one-character node of a pattern accepts."""

    def __init__(self, flags: int, of_bytes: bool) -> None:
        self._flags = flags & ~re.VERBOSE.value & ~re.DEBUG.value
        self._of_bytes = of_bytes
        self._accepts: dict[str, re.Pattern[Any]] = {}
        self.alphabet: list[str] = []

    def learn(self, tree: Sequence[Node]) -> None:
        """Choose one character of each class into which the pattern's sets divide all of them."""
        single = list(_single(tree))
        candidates = dict.fromkeys([*COMMON, *(c for node in single for c in _edges(node))])
        if self._of_bytes:
            candidates = {c: None for c in candidates if ord(c) < 256}
        kinds: dict[tuple[bool, ...], str] = {}
        for one in candidates:
            kinds.setdefault(tuple(self.accepts(node, one) for node in single), one)
        self.alphabet = list(kinds.values())

    def accepts(self, node: Node, one: str) -> bool:
        source = _source(node)
        if source not in self._accepts:
            made: Any = source.encode("latin-1") if self._of_bytes else source
            self._accepts[source] = re.compile(made, self._flags)
        given: Any = one.encode("latin-1") if self._of_bytes else one
        return self._accepts[source].fullmatch(given) is not None

    def pumps(self, body: Sequence[Node]) -> list[str]:
        """Return texts that a repeat may take once, each of other characters."""
        if len(body) == 1 and body[0][0] in ONE_CHARACTER:
            found = [one for one in self.alphabet if self.accepts(body[0], one)]
        else:
            found = [self.sample(body, filler) for filler in (*FILLERS, *self.alphabet)]
            found += [
                self.sample(list(branch), filler)
                for kind, value in body
                for branch in _branches(kind, value)
                for filler in ("a", " ")
            ]
        return [one for one in dict.fromkeys(found) if one][:MAX_PUMPS]

    def sample(self, nodes: Sequence[Node], filler: str) -> str:
        return "".join(self._one(kind, value, filler) for kind, value in nodes)

    def _one(self, kind: Any, value: Any, filler: str) -> str:
        if kind in ONE_CHARACTER:
            choice = (filler, *FILLERS, *_edges((kind, value)), *self.alphabet)
            return str(next((one for one in choice if self.accepts((kind, value), one)), ""))
        if kind in REPEATS:
            least, most, body = value
            return self.sample(list(body), filler) * int(min(max(least, min(most, 1)), 64))
        if kind is sre.SUBPATTERN:
            return self.sample(list(value[3]), filler)
        if kind is sre.BRANCH:
            return self.sample(list(value[1][0]), filler)
        return self.sample(list(value), filler) if kind is sre.ATOMIC_GROUP else ""


def _branches(kind: Any, value: Any) -> list[Any]:
    """Return the branches of a group that holds nothing else."""
    if kind is sre.BRANCH:
        return list(value[1])
    inner = _inside(kind, value)
    return _branches(*inner[0][0]) if len(inner) == 1 and len(inner[0]) == 1 else []


def _single(nodes: Sequence[Node]) -> Iterator[Node]:
    for kind, value in nodes:
        if kind in ONE_CHARACTER:
            yield kind, value
        for inner in _inside(kind, value):
            yield from _single(list(inner))


def _edges(node: Node) -> Iterator[str]:
    """Yield characters at the edges of a set."""
    kind, value = node
    if kind in {sre.LITERAL, sre.NOT_LITERAL}:
        yield chr(value)
    elif kind is sre.IN:
        for inner, given in value:
            if inner is sre.LITERAL:
                yield chr(given)
            elif inner is sre.RANGE:
                yield chr(given[0])
                yield chr(given[1])


CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d",
    sre.CATEGORY_NOT_DIGIT: r"\D",
    sre.CATEGORY_SPACE: r"\s",
    sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w",
    sre.CATEGORY_NOT_WORD: r"\W",
}


def _source(node: Node) -> str:
    """Write a one-character node as a pattern again."""
    kind, value = node
    if kind is sre.ANY:
        return "."
    if kind is sre.LITERAL:
        return re.escape(chr(value))
    if kind is sre.NOT_LITERAL:
        return f"[^{re.escape(chr(value))}]"
    parts = []
    for inner, given in value:
        if inner is sre.NEGATE:
            parts.append("^")
        elif inner is sre.LITERAL:
            parts.append(re.escape(chr(given)))
        elif inner is sre.RANGE:
            parts.append(f"{re.escape(chr(given[0]))}-{re.escape(chr(given[1]))}")
        else:
            parts.append(CATEGORIES[given])
    return f"[{''.join(parts)}]"

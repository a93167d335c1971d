"""A ranked map of a repository that fits a number of tokens: files, and what matters most in them.

Definitions are ranked by PageRank over their uses (Page and others, 1999; aider's repository map
showed that models profit). A resolved use counts in full; one that is matched by name is
shared among the definitions of the name, and says nothing where there are many. With a focus the
walk starts there again and again, instead of anywhere.
"""

import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.parsing.syntax.documentation import closed_up, fold
from indexing.ranking.features import is_side, is_test
from indexing.ranking.recently_used import RecentlyUsed
from indexing.store.manifest import Generation, Manifest
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.resolution.program import TYPES, Program
from indexing.symbols.resolution.resolver import ReferenceRow, Resolver
from rooftree.text.visible import escaped_line

CHARACTERS_A_TOKEN = 3
"""An estimate on the safe side: code has 3 to 4 characters a token with the tokenizers of today."""
DAMPING = 0.85
ROUNDS = 40
NAME_MATCH = 0.1
MAX_DEFINITIONS_PER_NAME = 5
"""A name with more definitions than this hands nothing on where it is not resolved."""
SAME_FILE = 0.3
FROM_TESTS = 0.1
IN_TESTS = 0.05
"""What is shown is mostly code: tests and examples are held back, and come when they are meant."""
FOCUSED = 0.8
"""How much of the walk's new starts are in the focus."""
KEPT = 2
"""How many graphs a process keeps."""
MAX_ENTRIES_PER_FILE = 16
MAX_SIGNATURE_LENGTH = 160
KINDS = TYPES | {"function", "method", "module"}


@dataclass(frozen=True, slots=True)
class MapEntry:
    """One line of the map."""

    line: int
    symbol: str
    kind: str
    signature: str
    rank: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"rank": round(self.rank, 6)}


@dataclass(frozen=True, slots=True)
class MapFile:
    """One file of the map with its chosen definitions, in their order in the file."""

    path: str
    rank: float
    entries: tuple[MapEntry, ...]

    def as_json(self) -> dict[str, Any]:
        entries = [entry.as_json() for entry in self.entries]
        return {"path": self.path, "rank": round(self.rank, 6), "symbols": entries}


@dataclass(frozen=True, slots=True)
class RepositoryMap:
    """The map: the most important file first. `text` has at most `tokens` by our estimate."""

    files: tuple[MapFile, ...]
    text: str
    of_files: int
    of_symbols: int

    @property
    def tokens(self) -> int:
        return estimated_tokens(self.text)


def estimated_tokens(text: str) -> int:
    """Return how many tokens a text has at most, by our estimate."""
    return -(-len(text) // CHARACTERS_A_TOKEN)


class SymbolRanker:
    """The graph of a generation's definitions and uses, and their ranks."""

    def __init__(self, database: sqlite3.Connection, generation: Generation) -> None:
        self.program = Program(database, generation)
        self.program.read_all()
        self._nodes: dict[DefinitionEntity, int] = {}
        for document in self.program.paths:
            self._node(DefinitionEntity(document, ""))
            for qualified in self.program.file(document).symbols:
                self._node(DefinitionEntity(document, qualified))
        self._edges = self._read_edges(database, generation)

    def ranks(self, focus: frozenset[DefinitionEntity]) -> dict[DefinitionEntity, float]:
        """Return the rank of every definition, all together 1; a focus may be a whole file."""
        size = len(self._nodes)
        if not size:
            return {}
        sources, targets, weights = self._edges
        given = np.bincount(sources, weights, size)
        shares = weights / given[sources]
        start = self._start(focus, size)
        rank = start.copy()
        for _ in range(ROUNDS):
            handed = np.bincount(targets, rank[sources] * shares, size)
            lost = float(rank[given == 0].sum())
            rank = DAMPING * (handed + lost * start) + (1 - DAMPING) * start
        return {node: float(rank[number]) for node, number in self._nodes.items()}

    def _start(self, focus: frozenset[DefinitionEntity], size: int) -> NDArray[np.float64]:
        start = np.full(size, 1.0 / size)
        if not focus:
            return start
        wanted = np.zeros(size)
        files = {item.document for item in focus if not item.qualified}
        for node, number in self._nodes.items():
            if node in focus or node.document in files:
                wanted[number] = 1.0
        total = wanted.sum()
        return start if not total else (1 - FOCUSED) * start + FOCUSED * wanted / total

    def _node(self, definition: DefinitionEntity) -> int:
        return self._nodes.setdefault(definition, len(self._nodes))

    def _read_edges(
        self, database: sqlite3.Connection, generation: Generation
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return sources, targets and weights of all edges, in a fixed order: shapes (E,)."""
        resolver = Resolver(self.program)
        named: dict[str, list[DefinitionEntity]] = defaultdict(list)
        for node in self._nodes:
            if node.qualified:
                named[node.qualified.rpartition(".")[2]].append(node)
        uses = Counter(
            ReferenceRow(
                document, name, "import" if kind == "import" else "call", 0, within, receiver
            )
            for document, name, kind, within, receiver in database.execute(
                "SELECT reference.document, name, kind, within, receiver FROM reference"
                " JOIN member ON member.document = reference.document WHERE generation = ?"
                " ORDER BY reference.rowid",
                (generation.id,),
            )
            if name in named
        )
        weights: dict[tuple[int, int], float] = defaultdict(float)
        for use, times in uses.items():
            source = self._nodes.get(DefinitionEntity(use.document, use.within), -1)
            for target, weight in self._targets(use, resolver, named[use.name]):
                number = self._nodes.get(target, -1)
                if min(source, number) >= 0 and source != number:
                    weights[source, number] += weight * times**0.5
        pairs = np.array(list(weights) or [(0, 0)], dtype=np.int64)
        return pairs[:, 0], pairs[:, 1], np.array(list(weights.values()) or [1.0])

    def _targets(
        self, use: ReferenceRow, resolver: Resolver, named: Sequence[DefinitionEntity]
    ) -> Iterable[tuple[DefinitionEntity, float]]:
        resolved = resolver.resolve(use)
        if resolved.outside:
            return
        found = [resolved.definition] if resolved.definition else named
        if len(found) > MAX_DEFINITIONS_PER_NAME:
            return
        certain = 1.0 if resolved.definition else NAME_MATCH / len(found)
        test = FROM_TESTS if is_test(self.program.paths[use.document]) else 1.0
        for target in found:
            yield target, certain * test * (SAME_FILE if target.document == use.document else 1.0)


_rankers = RecentlyUsed[tuple[Path, int, float], SymbolRanker](KEPT)
_rankers_mutex = threading.Lock()


def ranker_of(manifest: Manifest, generation: Generation) -> SymbolRanker:
    """Return the graph of a generation, read at its first use in this process."""
    key = (manifest.path, generation.id, generation.made)
    with _rankers_mutex:
        ranker = _rankers.get(key)
        if ranker is None:
            ranker = SymbolRanker(manifest.database, generation)
            _rankers.keep(key, ranker)
        return ranker


def render_map(
    program: Program,
    ranks: dict[DefinitionEntity, float],
    tokens: int,
    focus: frozenset[DefinitionEntity],
) -> RepositoryMap:
    """Choose what fits `tokens`, the most important first, and write it down, the focus first."""
    ranked = sorted(
        (
            (
                -rank * _weight(program.paths[node.document], bool(focus)),
                program.paths[node.document],
                node,
            )
            for node, rank in ranks.items()
            if program.file(node.document).kind(node.qualified) in KINDS
        ),
        key=lambda item: (item[0], item[1], item[2].qualified),
    )
    chosen: dict[int, list[MapEntry]] = defaultdict(list)
    left = tokens * CHARACTERS_A_TOKEN
    for minus, path, node in ranked:
        entries = _with_owner(program, node, -minus, chosen.get(node.document, []))
        cost = sum(len(_line(entry)) for entry in entries)
        cost += 0 if node.document in chosen else len(path) + 2
        if cost > left:
            if left < MAX_SIGNATURE_LENGTH:
                break
            continue
        if entries and len(chosen[node.document]) < MAX_ENTRIES_PER_FILE:
            chosen[node.document] += entries
            left -= cost
    files = [
        MapFile(
            program.paths[document],
            sum(entry.rank for entry in entries),
            tuple(sorted(entries, key=lambda entry: (entry.line, entry.symbol))),
        )
        for document, entries in chosen.items()
        if entries
    ]
    meant = {program.paths[item.document] for item in focus}
    files.sort(key=lambda file: (file.path not in meant, -file.rank, file.path))
    text = "".join(
        f"{escaped_line(file.path)}:\n" + "".join(_line(entry) for entry in file.entries)
        for file in files
    )
    return RepositoryMap(tuple(files), text, len(program.paths), len(ranked))


def _with_owner(
    program: Program, node: DefinitionEntity, rank: float, known: Sequence[MapEntry]
) -> list[MapEntry]:
    """Return what is new of a definition and, for a member, of the class that it is shown under."""
    file = program.file(node.document)
    owner = node.qualified.rpartition(".")[0]
    wanted = [owner] if file.kind(node.qualified) == "method" and file.kind(owner) in KINDS else []
    shown = {entry.symbol for entry in known}
    entries = []
    for qualified in (*wanted, node.qualified):
        if qualified not in shown:
            row = file.symbols[qualified][0]
            of = rank if qualified == node.qualified else 0.0
            signature = fold(closed_up(row.signature), MAX_SIGNATURE_LENGTH)
            entries.append(MapEntry(row.start, qualified, row.kind, signature, of))
    return entries


def _weight(path: str, focused: bool) -> float:
    return IN_TESTS if not focused and (is_test(path) or is_side(path)) else 1.0


def _line(entry: MapEntry) -> str:
    depth = entry.symbol.count(".") if entry.kind == "method" else 0
    return f"{'  ' * (1 + min(depth, 1))}{entry.signature or entry.symbol}\n"

"""BM25F over a view: how well each unit answers to words, and which of them name it.

A word counts by where it stands: text, name or path; a name is what a definition is about.
Robertson, Zaragoza and Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.arrays import RowNumbers, ScoreColumn
from indexing.ranking.index_view import IndexView
from indexing.words import tokens as lexical

SATURATION = 1.2
LENGTH = 0.5
"""How much long units are held back, from 0 (not at all) to 1."""
NAME = 3.0
PATH = 1.0
"""A word in the name or in the path counts as so many in the text."""


@dataclass(frozen=True, slots=True)
class WeightedWord:
    """A word that is looked for; `weight` multiplies what it counts."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class LexicalMatches:
    """What the words found. Shapes: N rows and D documents of the view, W words."""

    scores: NDArray[np.float32]
    """BM25F: shape (N,)."""
    named: NDArray[np.float32]
    """The share of the words' rarity that each row's name holds: shape (N,)."""
    path_named: NDArray[np.float32]
    """The same for the path of each file: shape (D,)."""
    frequencies: tuple[int, ...]
    """How many rows hold each word in text or name: length W."""
    rarity: tuple[float, ...]
    """What each word counts in the shares; most where no row holds it: length W."""


def find(view: IndexView, words: Sequence[WeightedWord]) -> LexicalMatches:
    """Score every row of a view."""
    rows, files = len(view.ids), len(view.documents)
    scores, named = (np.zeros(rows, dtype=np.float32) for _ in range(2))
    path_named = np.zeros(files, dtype=np.float32)
    frequencies: list[int] = []
    rarities: list[float] = []
    for word in words:
        key = lexical.key(word.text)
        found = view.postings.postings_of(key)
        frequency = len(found.rows)
        frequencies.append(frequency)
        rarity = rarity_of(rows, frequency)
        rarities.append(rarity)
        holders = found.rows
        times = (found.body + NAME * found.name).astype(np.float32)
        packs = view.postings.packs_named(key)
        if len(packs):
            path_named[packs] += rarity
            holders, times = _with_paths(view, found.rows, times, packs)
        tf = times / (1 - LENGTH + LENGTH * view.postings.relative_lengths[holders])
        inverse = math.log(1 + (rows - len(holders) + 0.5) / (len(holders) + 0.5))
        scores[holders] += word.weight * inverse * tf * (SATURATION + 1) / (tf + SATURATION)
        named[found.rows[found.name > 0]] += rarity
    total = max(sum(rarities), 1e-9)
    return LexicalMatches(
        scores,
        named / total,
        path_named / total,
        tuple(frequencies),
        tuple(rarities),
    )


def _with_paths(
    view: IndexView, holders: RowNumbers, times: ScoreColumn, packs: RowNumbers
) -> tuple[RowNumbers, ScoreColumn]:
    """Add the rows of the files whose path holds a word, each as often as a path counts."""
    all_times = np.zeros(len(view.ids), dtype=np.float32)
    all_times[view.rows_within(packs)] = PATH
    all_times[holders] += times
    both = np.flatnonzero(all_times > 0)  # of floats it would take ten times as long
    return both, all_times[both]


def rarity_of(units: int, frequency: int) -> float:
    """Return what a word counts in a share; most where nothing holds it."""
    return math.log(1 + max(units, 1) / (frequency + 0.5))

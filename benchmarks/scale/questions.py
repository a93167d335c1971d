"""Two hundred questions made from a repository's own code, the same in every run.

Half have at most twelve words: names, and where-questions made from names. Half are long: what a
traceback through real functions looks like, and pasted code with a complaint, as in an issue.
"""

import random
from dataclasses import dataclass

from indexing.repository.repository import Repository
from indexing.words.tokens import forms

SHORT = 100
TRACES = 50
ISSUES = 50
FRAMES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A function to ask about."""

    path: str
    line: int
    symbol: str
    text: str

    @property
    def name(self) -> str:
        return self.symbol.rpartition(".")[2]


def questions(repository: Repository, seed: int = 3) -> tuple[list[str], list[str]]:
    """Return the short and the long questions."""
    places = _places(repository)
    chooser = random.Random(seed)  # noqa: S311 - which functions are asked about is no secret
    chooser.shuffle(places)
    short = [_short(place, chooser) for place in places[:SHORT]]
    rest = places[SHORT:]
    traces = [_trace(rest[n * FRAMES : (n + 1) * FRAMES]) for n in range(TRACES)]
    rest = rest[TRACES * FRAMES :]
    issues = [_issue(rest[3 * n : 3 * n + 3]) for n in range(ISSUES)]
    return short, [*traces, *issues]


def _places(repository: Repository) -> list[Place]:
    with repository.manifest() as manifest:
        rows = manifest.database.execute(
            "SELECT path, start, symbol, text FROM occurrence"
            " JOIN unit ON unit.key = occurrence.unit"
            " JOIN document ON document.id = occurrence.document"
            " WHERE kind IN ('function', 'method') AND symbol != '' ORDER BY path, start"
        )
        return [Place(*row) for row in rows]


def _short(place: Place, chooser: random.Random) -> str:
    words = " ".join(forms(place.name)[1:][:8]) or place.name
    kinds = (f"where do we {words}?", place.name, place.symbol, f"{words} in {place.path}")
    return chooser.choice(kinds)


def _trace(places: list[Place]) -> str:
    frames = "\n".join(
        f'  File "{place.path}", line {place.line + 2}, in {place.name}\n    return call(request)'
        for place in places
    )
    return f"Traceback (most recent call last):\n{frames}\nValueError: cannot resolve this field"


def _issue(places: list[Place]) -> str:
    pasted = "\n".join(place.text[:600] for place in places)
    return (
        f"Since the last release this does something else than it says:\n{pasted}\nIs that meant?"
    )

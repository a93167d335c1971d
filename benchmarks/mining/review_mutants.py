"""Instances that are a small wrong edit in what a real and clean change wrote."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.repair.mutations import Mutation, applied, mutations_of
from benchmarks.review.histories import Commit, History
from benchmarks.review.instances import Edit, Instance, Span
from benchmarks.review.luck import MAX_LUCK, luck_of

SPREAD = 12
"""Mutations of one change that are offered, of operators that differ where possible."""


@dataclass(frozen=True, slots=True)
class Place:
    """What of a file's new text a change touched."""

    text: str
    added: frozenset[int]


def mutants(history: History, carrier: Commit, used: Mapping[str, int]) -> Iterator[Instance]:
    """Yield a change's mutants, those of operators that few other instances have first."""
    found = [
        (path, mutation)
        for path in carrier.sources
        if (place := place_of(history, carrier, path)) is not None
        for mutation in mutations_of(place.text)
        if is_in(mutation, place)
    ]
    random.Random(carrier.sha).shuffle(found)  # noqa: S311 - the same on each run
    offered: dict[str, int] = {}
    for path, mutation in sorted(found, key=lambda one: used.get(one[1].operator, 0)):
        offered[mutation.operator] = offered.get(mutation.operator, 0) + 1
        if offered[mutation.operator] <= 2 and sum(offered.values()) <= SPREAD:
            made = instance_of(history, carrier, path, mutation)
            if luck_of(history.hunks(carrier.parent, carrier.sha), made.truth) <= MAX_LUCK:
                yield made


def place_of(history: History, carrier: Commit, path: str) -> Place | None:
    text = history.text(carrier.sha, path)
    if text is None or "\r" in text:
        return None
    hunks = history.hunks(carrier.parent, carrier.sha, [path])
    return Place(text, frozenset(line for hunk in hunks for line in hunk.new_lines))


def is_in(mutation: Mutation, place: Place) -> bool:
    """Say whether a mutation is one of what the change added.

    A guard that the change itself added would only be missing, and no line of the head would tell.
    """
    lines = range(mutation.line, mutation.line + mutation.old.count("\n") + 1)
    if not mutation.new:
        return False
    return all(line in place.added for line in lines)


def instance_of(history: History, carrier: Commit, path: str, mutation: Mutation) -> Instance:
    name = history.repository.replace("/", "-")
    last = mutation.line + mutation.new.count("\n")
    return Instance(
        id=f"{name}-c-{carrier.sha[:8]}",
        set="tune",
        kind="mutant",
        repository=history.repository,
        base=carrier.parent,
        carrier=carrier.sha,
        date=carrier.date,
        edit=Edit(
            operator=mutation.operator,
            path=path,
            line=mutation.line,
            old=mutation.old,
            new=mutation.new,
        ),
        truth=(Span(path=path, start=mutation.line, end=last),),
    )


def mutated(history: History, carrier: str, edit: Edit) -> dict[str, bytes]:
    """Return the file of a commit with an edit made; ValueError where it does not fit."""
    text = history.text(carrier, edit.path)
    if text is None:
        raise ValueError(f"{edit.path} is no text in {carrier[:10]}")
    return {edit.path: applied(text, edit.line, edit.old, edit.new).encode("utf-8")}

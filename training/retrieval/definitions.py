"""Cases mined from definitions: a documentation comment, a where-question, or a bare name asks.

A comment that asks must not stand in the index beside its answer, so those cases are asked of a
copy of the commit in which the comments are blanked.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from indexing.build.commit_indexer import TextEdit
from indexing.ranking.features import is_side, is_test
from indexing.words.tokens import forms
from training.retrieval.cases import RetrievalCase

MIN_WORDS = 5
"""A shorter comment mostly repeats the name."""
MAX_SENTENCE_LENGTH = 400
MIN_PARTS = 2
"""A name of fewer words makes no where-question."""
FUNCTIONS = ("function", "method")

_SENTENCE = re.compile(r"^(.+?[.!?])(?:\s|$)", re.DOTALL)
_MARKS = " \t/*#!\"'-;"


@dataclass(frozen=True, slots=True)
class MinedDefinition:
    """A definition of the commit that cases are made of; lines are 1-based and inclusive."""

    path: str
    symbol: str
    start: int
    end: int
    doc: str


@dataclass(frozen=True, slots=True)
class DefinitionCases:
    """Cases for the commit as it is, and cases for it with `blanked` comments."""

    plain: tuple[RetrievalCase, ...]
    documented: tuple[RetrievalCase, ...]
    blanked: Mapping[str, tuple[MinedDefinition, ...]] = field(default_factory=dict)

    @property
    def edit(self) -> TextEdit:
        """Blanks the comments that `documented` cases ask with."""

        def edited(path: str, text: str) -> str:
            return blank(text, self.blanked.get(path, ()))

        return edited


def mine(definitions: Iterable[MinedDefinition], commit: str, most: int) -> DefinitionCases:
    """Choose at most `most` cases of each kind; which ones depends on their names alone."""
    found = [each for each in definitions if not is_test(each.path) and not is_side(each.path)]
    names = Counter(_name(each) for each in found)
    single = [each for each in found if names[_name(each)] == 1 and not _name(each).startswith("_")]
    asked = _chosen([each for each in found if question_of(each.doc)], most)
    where = _chosen([each for each in single if len(_parts(each)) >= MIN_PARTS], 2 * most)
    blanked: dict[str, list[MinedDefinition]] = defaultdict(list)
    for each in asked:
        blanked[each.path].append(each)
    plain = [_case("where", f"where do we {' '.join(_parts(d))}?", d, commit) for d in where[:most]]
    plain += [_case("name", each.symbol, each, commit) for each in where[most:]]
    documented = [_case("docstring", question_of(each.doc), each, commit) for each in asked]
    return DefinitionCases(
        tuple(plain), tuple(documented), {path: tuple(some) for path, some in blanked.items()}
    )


def question_of(doc: str) -> str:
    """Return the first sentence of a comment, or nothing where it says too little."""
    text = " ".join(doc.split())
    match = _SENTENCE.match(text)
    sentence = (match.group(1) if match else text)[:MAX_SENTENCE_LENGTH]
    return sentence if len(sentence.split()) >= MIN_WORDS else ""


def blank(text: str, definitions: Sequence[MinedDefinition]) -> str:
    """Take the words of these definitions' comments out of a text, and leave all lines in place."""
    lines = text.split("\n")
    for each in definitions:
        said = " ".join(each.doc.split())
        for number in range(max(each.start - 1, 0), min(each.end, len(lines))):
            words = " ".join(lines[number].strip(_MARKS + "\r").split())
            if len(words) > 2 and words in said:
                bare = lines[number].strip(_MARKS + "\r")
                lines[number] = lines[number].replace(bare, "")
    return "\n".join(lines)


def _name(definition: MinedDefinition) -> str:
    return definition.symbol.rpartition(".")[2]


def _parts(definition: MinedDefinition) -> tuple[str, ...]:
    found = forms(_name(definition))
    return found[1:]


def _case(source: str, query: str, definition: MinedDefinition, commit: str) -> RetrievalCase:
    symbols = ((definition.path, definition.symbol),)
    return RetrievalCase(source, query, commit, 0, (definition.path,), symbols)  # type: ignore[arg-type] # a Source by its callers


def _chosen(definitions: Sequence[MinedDefinition], most: int) -> list[MinedDefinition]:
    """Choose by hash: the same of the same definitions in any order, and spread over files."""

    def place(each: MinedDefinition) -> str:
        return hashlib.sha256(f"{each.path}\0{each.symbol}".encode()).hexdigest()

    return sorted(definitions, key=place)[:most]

"""Analysis of a question: its meaningful words, and the names and paths that it mentions."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from indexing.parsing.syntax.languages import LANGUAGES
from indexing.words.tokens import words, written
from indexing.words.word_lists import stop_words

MAX_TEXT_LENGTH = 8_000
"""A question is no book: what follows says nothing that its beginning did not."""

MAX_QUESTION_LENGTH = 400
"""Only so far are words read as a sentence."""
MIN_SCOPE_WORD_LENGTH = 3

QueryKind = Literal["identifier", "path", "natural"]

_IDENTIFIER = re.compile(
    r"`([^`\s]{2,80})`"
    r"|\b([A-Za-z_]\w*(?:(?:\.|::)[A-Za-z_]\w*)+)"
    r"|\b([A-Za-z]\w*_\w+|_\w+)"
    r"|\b([a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*)"
    r"|\b([A-Za-z_]\w*)\(\)"
)
_TRACE = re.compile(r'File "([^"\n]+)", line (\d+)(?:, in (\w+))?')
# A path may begin after each hyphen and dot, so that each part of it is bounded.
_PATH = re.compile(
    r"(?<![\w/])((?:[\w.-]{1,100}+/){0,32}[\w-]{1,100}+\.[A-Za-z]\w{0,4})(?::(\d+))?\b"
)
_CODE_ENDINGS = {
    *(language.extensions.split()[0] for language in LANGUAGES),
    *["pyi", "jsx", "mjs", "h", "cc", "hpp", "yml", "exs", "rst", "txt", "cfg", "ini"],
}
"""What a path in a question ends in; others, such as `ru` and `inc`, are mostly something else."""


_QUOTED = re.compile(r"`([^`\n]{6,300})`|\"([^\"\n]{6,300})\"|[“«]([^“”«»\n]{6,300})[”»]")
_MESSAGE = re.compile(r"^[^\S\n]*+([\w.]++): (.{6,300})$", re.MULTILINE)
_RAISED = re.compile(r"Error|Exception|Warning|Panic")
# Where a message holds a number or a value, the code holds a placeholder.
_VALUE = re.compile(r"[\d{}%<>'\"()\[\]]+")
TRACE_FRAMES = 2
"""So many of the last frames of a traceback name what is asked about; the others lead there."""
_NEIGHBOURS = re.compile(r"\b([A-Za-z]{2,20})(?=[ -]([A-Za-z]{2,20})\b)")
_CODE_SPAN = re.compile(r"`([^`\n]{1,80})`")
_SCOPE = re.compile(
    r"^\W*(?:(?:feat|fix|perf|refactor|chore|docs|tests?|style|build|ci|revert)"
    r"\(([\w /,.*-]{2,60})\)!?|([a-z][\w./-]{1,59})):\s",
    re.IGNORECASE,
)
"""How the first line of a message says which part of the code it is about: `fix(router): ...` or
`net/http: ...`."""
_NO_SCOPE = re.compile(
    r"(feat|fix|perf|refactor|chore|docs?|tests?|style|build|ci|revert|bug|note|todo|question|issue"
    r"|wip|release|version|merge|\w*(error|exception|warning|panic|failed))$",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"\b[A-Z]\w+")
_CONTRACTED = re.compile(
    r"\b(?:(?:is|are|was|were|do|does|did|has|have|had|could|should|would|might|must|need)n|ca|wo|sha|ai)"
    r"['’]t\b|(?<=[a-z])['’](?:s|d|m|ve|re|ll)\b",
    re.IGNORECASE,
)
"""What is short for a word that only says that something is asked: "isn't" holds no word `isn`."""


@dataclass(frozen=True)
class Query:
    """A question, taken apart. `terms` are lower case and in order of appearance, `counts` says
    how often each is said, `written` the word of the question that each is, or is a part of.

    `entities` are the words written as proper names (Redis, LDAP, GraphQL), in lower case,
    `phrases` are pieces of quoted text and of error messages, as words, `scope` are the words by
    which a message says what part of the code it is about, and `compounds` are neighbours that code
    may write as one word.
    """

    text: str
    kind: QueryKind
    terms: tuple[str, ...]
    counts: tuple[int, ...]
    written: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    compounds: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The last parts of the identifiers, in lower case: what symbols are looked up by."""
        last = (re.split(r"\.|::", name)[-1].lower() for name in self.identifiers)
        return tuple(dict.fromkeys(last))

    @cached_property
    def full_names(self) -> frozenset[str]:
        """The identifiers whole, in lower case, their parts joined by dots."""
        return frozenset(name.lower().replace("::", ".") for name in self.identifiers)


@lru_cache(maxsize=32)
def analyse(text: str) -> Query:
    """Take a question apart; what lies beyond its first 8,000 characters is not looked at.

    A command line may bring stray bytes as surrogates; what no UTF-8 can hold is replaced.
    """
    text = text[:MAX_TEXT_LENGTH].encode("utf-8", "replace").decode("utf-8")
    paths = tuple(dict.fromkeys(_paths(text)))
    identifiers = tuple(dict.fromkeys(_identifiers(text, paths)))
    seen, said = _counted(text)
    dropped = stop_words() - frozenset(
        word for span in _CODE_SPAN.findall(text) for word in words(span)
    )
    terms = tuple(term for term in seen if term not in dropped and len(term) > 1)
    if not terms:
        terms = tuple(seen)
    bare = text.strip().strip("`")
    if paths:
        kind: QueryKind = "path"
    elif not re.search(r"\s", bare):
        kind = "identifier"
        identifiers = identifiers or (bare,)
    else:
        kind = "natural"
    return Query(
        text,
        kind,
        terms,
        tuple(seen[term] for term in terms),
        tuple(said[term] for term in terms),
        identifiers,
        paths,
        tuple(dict.fromkeys(_entities(text))),
        tuple(dict.fromkeys(_phrases(text))),
        tuple(dict.fromkeys(_scope(text))),
        tuple(dict.fromkeys(_compounds(text))),
    )


def _counted(text: str) -> tuple[Counter[str], dict[str, str]]:
    """Return how often each term is said, and how the word is written that it stands for first."""
    seen: Counter[str] = Counter()
    said: dict[str, str] = {}
    for word, terms in written(_CONTRACTED.sub(" ", text)):
        seen.update(terms)
        for term in terms:
            said.setdefault(term, word)
    return seen, said


def _entities(text: str) -> list[str]:
    """Find words with capitals that do not merely begin a sentence."""
    found = []
    end = 0
    for match in _CAPITAL.finditer(text):
        word = match.group()
        before = text[end : match.start()].rstrip()[-1:] or text[max(end - 1, 0) : end]
        begins = not before or before in ".?!:"
        end = match.end()
        inner = any(letter.isupper() for letter in word[1:])
        if (inner or not begins) and word.lower() not in stop_words():
            found.append(word.lower())
    return found


def _phrases(text: str) -> list[str]:
    """Find runs of words that the code may hold as they are: quoted text and error messages."""
    quoted = [next(group for group in match.groups() if group) for match in _QUOTED.finditer(text)]
    quoted += [
        match.group(2)
        for match in _MESSAGE.finditer(text)
        if _RAISED.search(match.group(1).rpartition(".")[2])
    ]
    pieces = (piece for quote in quoted for piece in _VALUE.split(quote))
    phrases = (" ".join(words(piece)) for piece in pieces if len(piece.split()) >= 2)
    return list(filter(None, phrases))


def _scope(text: str) -> Iterator[str]:
    """Yield the words by which a message's first line says what it is about."""
    match = _SCOPE.match(text)
    named = next((group for group in match.groups() if group), "") if match else ""
    if match and (match.group(1) or not _NO_SCOPE.fullmatch(named)):
        yield from (
            word for word in words(named.replace("_", " ")) if len(word) >= MIN_SCOPE_WORD_LENGTH
        )


def _compounds(text: str) -> Iterator[str]:
    """Yield pairs of neighbouring words as one: "front matter" is `frontmatter` in code."""
    for first, second in _NEIGHBOURS.findall(text[:MAX_QUESTION_LENGTH]):
        pair = first.lower(), second.lower()
        if not stop_words().intersection(pair):
            yield "".join(pair)


def _frames(text: str) -> list[re.Match[str]]:
    return list(_TRACE.finditer(text))[-TRACE_FRAMES:]


def _paths(text: str) -> list[str]:
    traced = [match.group(1) for match in _frames(text)]
    named = [match.group(1) for match in _PATH.finditer(_TRACE.sub(" ", text))]
    named = [path for path in named if path.rpartition(".")[2] in _CODE_ENDINGS]
    return [path.removeprefix("./").lstrip("/") for path in traced + named]


def _identifiers(text: str, paths: tuple[str, ...]) -> list[str]:
    found = [
        next(group for group in match.groups() if group)
        for match in _IDENTIFIER.finditer(_TRACE.sub(" ", text))
    ]
    found += [match.group(3) for match in _frames(text) if match.group(3)]
    known = frozenset(paths)
    return [name.rstrip("()") for name in found if name not in known and "/" not in name]

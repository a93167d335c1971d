"""The first sentence of a docstring or comment, and a header folded onto one line."""

import re

MAX_SENTENCE_LENGTH = 200
_READ = 4_000
"""Characters of a comment that are looked at."""

_OPENING = re.compile(r"/\*[*!]?|\(\*+(?!\))|//[/!]?|\*+(?!/)|#+!?|-{2,3}(?:\s?[|^])?|<!--|;+")
_CLOSING = re.compile(r"\*/$|\*\)$|-->$")
_QUOTES = re.compile(r"(?:@\w+\s+)?(?:[rRbBuUfF]{0,2}|~[sS])(\"{3}|'{3}|\"|')")
_TAGS = re.compile(r"</?(?:summary|remarks|para|p|inheritdoc)\b[^>]{0,200}>")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9`@])")
_SPACES = re.compile(r"\s+")


def first_sentence(raw: str) -> str:
    """Return the first sentence of a comment or docstring as written, markers taken off."""
    text = raw[:_READ].strip()
    quoted = _QUOTES.match(text)
    if quoted is not None:
        text = text[quoted.end() :].removesuffix(quoted[1])
        rows = [row.strip() for row in text.split("\n")]
    else:
        rows = [_without_markers(row) for row in text.split("\n")]
    paragraph: list[str] = []
    for row in rows:
        if row:
            paragraph.append(row)
        elif paragraph:
            break
    folded = fold(" ".join(paragraph), _READ)
    return fold(_SENTENCE.split(folded, maxsplit=1)[0])


def fold(text: str, longest: int = MAX_SENTENCE_LENGTH) -> str:
    """Return the text on one line, cut at `longest` characters."""
    folded = _SPACES.sub(" ", text[: 4 * longest]).strip()
    return folded if len(folded) <= longest else folded[: longest - 1] + "…"


def closed_up(signature: str) -> str:
    """Return a signature without the gaps that its lines left where they were folded."""
    closed = signature.replace("( ", "(").replace(", )", ")").replace(" )", ")")
    return closed.rstrip("<& ")


def _without_markers(row: str) -> str:
    bare = _CLOSING.sub("", row.strip()).strip()
    opening = _OPENING.match(bare)
    if opening is not None:
        bare = bare[opening.end() :]
    return _TAGS.sub("", bare).strip()

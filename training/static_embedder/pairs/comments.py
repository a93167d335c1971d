"""Comments as words: markers and tags taken off, and the comments inside code with what follows."""

import re
from collections.abc import Iterator

from training.static_embedder.pairs.training_examples import (
    COMMENT,
    TrainingExample,
    paragraph,
    says_something,
    usable,
)

FOLLOWING = 12
"""Rows of code that a comment inside a function is taken to describe."""
_OPENING = re.compile(r"^\s*(?:/\*[*!]?|//[/!]?|\*+(?!/)|#+!?(?!\[)|--\s?[|^]?|;+)\s?")
_CLOSING = re.compile(r"(?<!\s)\s*+(?:\*/|-->)\s*$")
_TAGS = re.compile(r"</?[a-zA-Z][^>]{0,60}>|\{@\w{1,40}\s{1,8}([^}]{0,400})\}")
_BLOCK_TAG = re.compile(r"^\s*(?:@\w+|:param|:return|\\(?:param|return))")
_INSIDE = re.compile(r"^(\s+)(//|#)(?!\[|!|include|define|if|endif|else|pragma)\s?(?P<words>.*)$")


def comment_text(comment: str) -> str:
    """Return what a comment says, up to its first block tag such as `@param`."""
    rows: list[str] = []
    for row in comment.split("\n"):
        bare = _CLOSING.sub("", _OPENING.sub("", row)).strip()
        if _BLOCK_TAG.match(bare):
            break
        rows.append(_TAGS.sub(lambda match: match[1] or "", bare))
    return "\n".join(rows).strip("\n")


def comment_examples(example: TrainingExample) -> Iterator[TrainingExample]:
    """Yield each comment that stands on rows of its own inside a function, with the rows below."""
    rows = example.code.split("\n")
    index = 1
    while index < len(rows):
        match = _INSIDE.match(rows[index])
        if match is None:
            index += 1
            continue
        words: list[str] = []
        indent = len(match[1])
        while index < len(rows) and (match := _INSIDE.match(rows[index])) is not None:
            words.append(match["words"])
            index += 1
        code = _following(rows, index, indent)
        said = paragraph("\n".join(words))
        if says_something(said) and usable(code) and not _is_code(said):
            yield TrainingExample(
                example.language, COMMENT, example.name, said, code, example.source
            )


def _following(rows: list[str], first: int, indent: int) -> str:
    taken: list[str] = []
    for row in rows[first : first + FOLLOWING]:
        content = row.strip()
        if not content or len(row) - len(row.lstrip()) < indent or _INSIDE.match(row):
            break
        taken.append(row)
    return "\n".join(taken)


def _is_code(words: str) -> bool:
    """Tell whether a comment is code that was commented out."""
    return sum(words.count(mark) for mark in "=();{}[]") > max(2, len(words) // 25)

"""What a move is asked for, and what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass

from tools.drafts.draft import Draft


@dataclass(frozen=True, slots=True)
class MoveRequest:
    """What is asked for: without a name it is the file, and the source may be left out."""

    name: str
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What was done."""

    draft: Draft
    path: str
    """The file that it was in, or was."""
    symbol: str
    target: str
    count: int
    """The uses that lead to the new place."""
    texts: Mapping[str, str | None]
    """By path what it holds now; None where the file is gone."""
    along: tuple[str, ...] = ()
    """What was moved with it, since nothing else uses it."""
    notes: tuple[str, ...] = ()
    """What was left as it is, a sentence each."""


def rewritten(draft: Draft, texts: Mapping[str, str | None], moved: Mapping[str, str]) -> Draft:
    """Return the draft with these texts; `moved` tells from which file a new one has its bytes."""
    for new, old in moved.items():
        draft = draft.with_content(new, draft.content(old))
    for path, text in texts.items():
        draft = draft.with_content(path, None) if text is None else draft.with_text(path, text)
    return draft

"""What each part of a change is read with: what the change says of itself, and what else it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from agents.review.checks.scope import changed_symbols
from agents.runs.team import text_for_model
from rooftree.text.visible import without_invisible
from tools.diffs.hidden_characters import without_hidden_prose
from tools.diffs.proposal import Proposal

MAX_SAID = 1500
"""Characters of what a change says of itself."""
MAX_OTHERS = 1200
"""Characters of the list of all that is changed."""
MAX_NAMES = 6
"""Definitions of one file that are named."""


@dataclass(frozen=True, slots=True)
class ChangeContext:
    """What every part of one change is shown with."""

    title: str = ""
    said: str = ""
    """What the change says of itself."""
    others: str = ""
    """All that is changed, in a line for each file."""
    instructions: str = ""


def context_of(
    proposal: Proposal, title: str, description: str, instructions: str
) -> ChangeContext:
    """Return the context of a change; hidden text and secrets of it are left out."""
    said = text_for_model(said_by(proposal, title, description), MAX_SAID, keep="start")
    others = text_for_model("; ".join(_files(proposal)), MAX_OTHERS, keep="start")
    return ChangeContext(without_hidden_prose(title), said, others, instructions)


def said_by(proposal: Proposal, title: str, description: str) -> str:
    """Return title, description and commit messages, as a person would see them."""
    texts = (title, description, *proposal.messages)
    shown = (without_invisible(without_hidden_prose(text)).strip() for text in texts)
    return "\n\n".join(dict.fromkeys(filter(None, shown)))


def _files(proposal: Proposal) -> Iterator[str]:
    for one in proposal.files:
        count = f"+{len(one.added)}"
        symbols = changed_symbols(proposal, one) if one.hunks else ()
        names = [symbol.qualified for symbol in symbols]
        more = f", and {len(names) - MAX_NAMES} more" if len(names) > MAX_NAMES else ""
        named = f": {', '.join(names[:MAX_NAMES])}{more}" if names else ""
        yield f"{one.path} ({one.kind}, {count}){named}"

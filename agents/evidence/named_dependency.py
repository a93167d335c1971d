"""Parse a task's text: the upgrade of a dependency that it asks for, and for nothing beside it."""

import re

from tools.upgrading.request import UpgradeRequest

_FILE = r"`?[\w./-]{1,500}`?"
_UPGRADE = re.compile(
    r"\s*+(?:please\s++)?(?:upgrade|downgrade|bump|update|raise|pin)\s++(?:the\s++)?"
    r"(?:(?:dependency|package|library|crate|gem|module)\s++)?"
    r"`?(?P<name>@?[A-Za-z0-9][\w.@/:+-]{0,200})`?"
    rf"(?:\s++in\s++(?P<file>{_FILE}))?(?:\s++from\s++`?[\w.^~<>=+*-]{{1,60}}`?)?"
    r"\s++to\s++(?:the\s++)?(?:version\s++)?"
    r"`?(?P<wanted>(?:latest|newest)(?:\s++version)?|"
    r"[\^~<>=!]{0,3}v?\d[\w.+*-]{0,60}(?:,\s?[\^~<>=!]{1,3}\d[\w.*]{0,40}){0,3})`?"
    rf"(?:\s++in\s++(?P<where>{_FILE}))?\s*+[.!]?\s*+",
    re.IGNORECASE,
)
NO_DEPENDENCY = frozenset({"version", "python", "node", "copyright", "license", "readme"})
"""What a task may have raised that is no package's name."""


def upgrade_of(task: str) -> UpgradeRequest | None:
    """Return the upgrade that a task asks for alone."""
    found = _UPGRADE.fullmatch(task)
    if found is None or found["name"].casefold() in NO_DEPENDENCY:
        return None
    path = (found["file"] or found["where"] or "").strip("`").rstrip(".").removeprefix("./")
    return UpgradeRequest(found["name"], found["wanted"].rstrip("."), path)

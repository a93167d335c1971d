"""When two names mean one dependency."""

import re

from tools.upgrading.request import Ecosystem

EVERY = ""
"""Asked for, it is each of them."""
_SEPARATORS = re.compile(r"[-_.]++")


def same_name(ecosystem: Ecosystem, written: str, asked: str) -> bool:
    """Say whether a manifest's name is the one that is asked for, in full or by its last part."""
    if asked == EVERY:
        return True
    mine, other = folded(ecosystem, written), folded(ecosystem, asked)
    if mine == other:
        return True
    if ecosystem not in ("Go", "PHP", "Java") or re.search("[/:]", other):
        return False
    parts = re.split("[/:]", mine)
    if ecosystem == "Go" and re.fullmatch(r"v\d{1,4}", parts[-1]):
        parts.pop()
    return bool(parts) and parts[-1] == other


def folded(ecosystem: Ecosystem, name: str) -> str:
    """Return a name without what makes no difference."""
    folded = name.casefold()
    if ecosystem == "Python":
        return _SEPARATORS.sub("-", folded)
    return folded.replace("_", "-") if ecosystem == "Rust" else folded

"""Paths that a change may not touch, or only where a person names them.

Files that configure version control, editors, agents, shells and CI, and what is installed, are
programs that other users run, many of them as soon as the folder is opened. Names are compared
as a forgiving file system would, and whether or not the file exists. A project's own build
(Makefile, package.json, build.gradle, build.rs, conftest.py) is its source and is not among them,
though some editors run that too.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

PathProtection = Literal["never", "guarded"]

NEVER = frozenset({".git", ".hg", ".svn", ".bzr", ".jj", ".ssh", ".gnupg"})
"""No part of a path may be one of these."""

GUARDED_FORMS = re.compile(
    r"\.?mise(?:\.[^.]{1,64})?\.toml|\.?lefthook(?:-local)?\.(?:ya?ml|toml|jsonc?)"
    r"|jupyter(?:_[a-z]{1,32})?_config\.(?:py|json)"
)
"""Whole names with a variable part."""
FILE = Path(__file__).with_name("protected_paths.toml")


def protection(path: str) -> PathProtection | None:
    """Say how a root-relative path is protected; None where a change may touch it."""
    guarded, parts = _guarded(), [_folded(part) for part in path.split("/")]
    if not NEVER.isdisjoint(parts):
        return "never"
    if not guarded["parts"].isdisjoint(parts) or parts[-1] in guarded["names"]:
        return "guarded"
    if parts[-1].endswith(tuple(guarded["ends"])) or GUARDED_FORMS.fullmatch(parts[-1]):
        return "guarded"
    pairs = ("/".join(pair) for pair in pairwise(parts))
    if any(place.startswith(tuple(guarded["beginnings"])) for place in (*parts, *pairs)):
        return "guarded"
    return None


@cache
def _guarded() -> Mapping[str, frozenset[str]]:
    """Return what is guarded, by what of a path it is compared with."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    return {kind: frozenset(names) for kind, names in told.items()}


def _folded(part: str) -> str:
    """Return a name as the most forgiving file system reads it.

    Case and compatible characters count as the same (macOS, Windows), what cannot be seen as
    nothing (HFS+), and a stream or dots and spaces at the end as not there (NTFS).
    """
    visible = "".join(one for one in part if unicodedata.category(one) not in ("Cf", "Cc", "Cs"))
    text = unicodedata.normalize("NFKC", visible).casefold()
    name = text.partition(":")[0].rstrip(". ")
    return ".git" if name in ("git~1", "git~2") else name

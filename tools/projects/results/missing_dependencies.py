"""Which package a command lacked, as the tools of each ecosystem say it, and who gets it how.

Nothing is downloaded in the sandbox: what is missing there has to be installed outside of it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from tools.projects.programs.ecosystems import (
    DOTNET,
    ELIXIR,
    GO,
    JVM,
    NODE,
    PHP,
    RUBY,
    RUST,
    Ecosystem,
    ecosystem_of,
    how_to_fetch,
)

NAMED = 3
"""Packages that a sentence names."""
MAX_NAME = 120
_SIGNS: Mapping[Ecosystem, Sequence[re.Pattern[str]]] = {
    NODE: (
        re.compile(r"Cannot find (?:module|package) '((?:@[\w.-]{1,80}+/)?[\w-][\w.-]{0,80}+)"),
        re.compile(r"Failed to resolve import \"((?:@[\w.-]{1,80}+/)?[\w-][\w.-]{0,80}+)"),
    ),
    GO: (
        re.compile(r"no required module provides package ([^\s;:]{1,120}+)"),
        re.compile(r"cannot find module providing package ([^\s;:]{1,120}+)"),
        re.compile(r"(?<!\S)([^\s@:]{1,120}+@v[\w.+-]{1,80}+): module lookup disabled"),
    ),
    RUST: (
        re.compile(r"no matching package named `([\w-]{1,80}+)` found"),
        re.compile(r"failed to download `([\w-]{1,80}+) v"),
        re.compile(r"unable to update registry[^\n]{0,80}\n[^`]{0,200}`([\w-]{1,80}+)"),
    ),
    JVM: (
        re.compile(r"the artifact ([\w.:-]{1,120}+) has not been downloaded"),
        re.compile(r"No cached version of ([\w.:-]{1,120}+) available for offline mode"),
    ),
    DOTNET: (
        re.compile(r"NU110[0-3]: Unable to (?:find|resolve)(?: package)? '?(\w[\w.-]{0,80}\w)"),
    ),
    RUBY: (
        re.compile(r"Could not find (?:gem ')?([\w.-]{1,80}+)"),
        re.compile(r"cannot load such file -- ([\w-][\w/-]{0,80}+)"),
    ),
    PHP: (
        re.compile(r"Cannot open file \"[^\"\n]{0,200}(vendor/autoload\.php)"),
        re.compile(r"Failed opening required '[^'\n]{0,200}(vendor/autoload\.php)"),
        re.compile(r"Failed to open stream: [^\n]{0,80}(vendor/autoload\.php)"),
    ),
    ELIXIR: (
        re.compile(r"^\* ([a-z_]\w{0,80}+) \(Hex package\)", re.MULTILINE),
        re.compile(r"Could not find Hex, which is needed to build dependency :(\w{1,80}+)"),
    ),
}
BUILTIN = frozenset({"node", "minitest", "test_helper", "spec_helper", "rails_helper"})
"""What looks like a package, and comes with the language or from the project itself."""


def missing_dependencies(program: str, folder: str, output: str, files: Iterable[str] = ()) -> str:
    """Say which packages a command of a program lacked; "" where its output tells of none.

    What is called as one of the project's own files is no package.
    """
    ecosystem = ecosystem_of(program)
    found: dict[str, None] = {}
    for pattern in _SIGNS.get(ecosystem, ()) if ecosystem is not None else ():
        found |= dict.fromkeys(one for one in pattern.findall(output) if one not in BUILTIN)
    if found:
        own = {PurePosixPath(one).stem for one in files}
        found = {name: None for name in found if PurePosixPath(name).name not in own}
    command = how_to_fetch(program)
    if not found or not command:
        return ""
    first = [name[:MAX_NAME] for name in found][:NAMED]
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    is_one = len(found) == 1
    place = f"in {folder}/" if folder else "in the repository"
    return (
        f"{', '.join(first)}{more} {'is' if is_one else 'are'} not installed: "
        f"run `{command}` {place}"
    )

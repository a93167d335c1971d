"""Packages that an environment has from the repository itself ("editable" installs).

What pip leaves in the environment for them names folders of the user's own tree, which no test ever
sees: at their places the sandbox shows the copy in which tests run.
"""

import os
from pathlib import Path

from rooftree.confine import read_beneath
from rooftree.errors import ToolRefusedError

LARGEST = 1 << 20
POINTERS = ("*.pth", "*.egg-link", "__editable__*.py", "_*editable*.py")
"""Path files; and the finders that setuptools, hatch, scikit-build and meson write."""
ENDS = (b"/", b"\n", b"\r", b"'", b'"')
"""What follows a folder's name where it is not the beginning of another's."""
SYSTEM = ("usr", "proc", "dev", "etc", "tmp", "var", "run", "bin", "sbin", "lib", "workspace")
"""Folders of the root in whose stead nothing is shown."""


def aliases_of(environment: Path, ground: frozenset[str]) -> tuple[Path, ...]:
    """Return those folders of a repository that an environment's packages are looked for in.

    `ground` are the folders that the repository's worktrees lie in; the outermost are returned.
    """
    told = b"\n".join([*_pointers(environment), b""])
    named = sorted(one for one in ground if any(os.fsencode(one) + end in told for end in ENDS))
    return tuple(
        Path(one)
        for one in named
        if one.strip("/") not in SYSTEM
        and not any(one != other and one.startswith(f"{other}/") for other in named)
    )


def _pointers(environment: Path) -> list[bytes]:
    found = []
    for packages in environment.glob("lib/python3*/site-packages"):
        for pattern in POINTERS:
            for place in sorted(packages.glob(pattern)):
                try:
                    found.append(read_beneath(packages, place.name, LARGEST).data)
                except (OSError, ToolRefusedError):
                    continue
    return found

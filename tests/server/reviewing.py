"""A repository with a change that brings bugs, for the tests of reviews."""

from collections.abc import Mapping
from pathlib import Path

from tests.server.changing import FIXED, SHOP
from tests.support import commit_all, git, git_repository, write_files

GOOD: dict[str, str | bytes] = {**SHOP, "shop/cart.py": FIXED}
BROKEN = FIXED.replace("+= price", "-= price").replace("Count prices", "Count the prices")


def proposed(tmp_path: Path, after: Mapping[str, str | bytes]) -> Path:
    """Return a repository whose branch `work` proposes these files to `main`."""
    folder = git_repository(tmp_path, GOOD)
    git(folder, "checkout", "--quiet", "-b", "work")
    write_files(folder, after)
    commit_all(folder)
    return folder

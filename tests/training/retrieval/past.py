"""A small repository with a past: modules of a shop, and changes that say what they did."""

from pathlib import Path

from tests.support import git, git_repository, write_files

NOUNS = ("basket", "invoice", "parcel", "voucher", "catalogue", "customer", "refund", "shelf")
VERBS = ("settle", "print", "deliver", "redeem", "browse", "greet", "return", "restock")
CHANGES = 16
"""How many of the commits make a case."""


def module(noun: str, verb: str, version: int) -> str:
    """Return a module of three functions; a version changes the second one alone."""
    return (
        f'"""All about a {noun}."""\n\n\n'
        f"def open_{noun}(number):\n"
        f'    """Open the {noun} with this number for reading."""\n'
        f"    return ({noun!r}, number)\n\n\n"
        f"def {verb}_{noun}(thing):\n"
        f'    """Really {verb} one {noun} that was opened before."""\n'
        f"    total = {version}\n"
        f"    return [thing, total, {verb!r}]\n\n\n"
        f"def close_{noun}(thing):\n"
        f'    """Put the {noun} away after everything was done."""\n'
        f"    return None\n"
    )


def repository_with_a_past(tmp_path: Path) -> Path:
    """Make the repository: every noun is changed twice, with routine commits between."""
    pairs = list(zip(NOUNS, VERBS, strict=True))
    files: dict[str, str | bytes] = {f"shop/{n}.py": module(n, v, 0) for n, v in pairs}
    root = git_repository(tmp_path, {**files, "tests/test_shop.py": "def test_it():\n    pass\n"})
    for version in (1, 2):
        for number, (noun, verb) in enumerate(pairs):
            write_files(root, {f"shop/{noun}.py": module(noun, verb, version)})
            said = "doubled totals" if version == 1 else "rounding of amounts"
            commit_at(root, f"Fix {said} when we {verb} the {noun} (#{10 * version + number})")
        write_files(root, {"README.md": f"version {version}\n"})
        commit_at(root, "Bump version")
    return root


def commit_at(root: Path, message: str) -> str:
    """Commit everything, one day after the last commit."""
    last = int(git(root, "log", "-1", "--format=%at"))
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", message, f"--date={last + 86_400} +0000")
    return git(root, "rev-parse", "HEAD")

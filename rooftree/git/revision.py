"""The names by which foreign text may mean a commit: a hash or a ref, and steps back from it.

git's own language of revisions is wider and dearer: in a repository of 300,000 commits
`HEAD^{/words}` reads every message (234 MB, 1.8 s), and `main@{1.year.ago}` reads the reflog. So
foreign text gets the small part of it that names a commit, and nothing else reaches git.
"""

import re

from rooftree.errors import UsageError

MAX_STEPS = 9_999
"""Generations back; each costs git 0.8 KB."""
UPSTREAM = re.compile(r"@\{u(?:pstream)?\}")
# What `git check-ref-format` forbids anywhere in a ref; lone surrogates are no text at all.
_FORM = re.compile(
    r"(?P<ref>[^\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]{1,255})(?P<steps>(?:[~^][0-9]{0,4}){0,32})"
)


def check_revision(text: str) -> str:
    """Return the name of a commit as it is; UsageError where it is none that may be given."""
    form = _FORM.fullmatch(text)
    if form is None or not _is_ref(form["ref"]) or _generations(form["steps"]) > MAX_STEPS:
        raise UsageError(
            f"{text[:80]!r} is not the name of a commit; expected a hash, a branch or a tag, "
            f"with ~N or ^N after it for at most {MAX_STEPS} steps back"
        )
    return text


def check_revisions(text: str) -> str:
    """Return the name of a commit or a range `one..other` as it is; UsageError for others."""
    one, dots, other = text.partition("..")
    for name in (one, other) if dots else (one,):
        check_revision(name)
    return text


def _is_ref(name: str) -> bool:
    """Follow the rules of `git check-ref-format`; `@` is HEAD, and `main@{u}` its upstream."""
    upstream = UPSTREAM.search(name)
    plain = name[: upstream.start()] if upstream and upstream.end() == len(name) else name
    if not plain:
        return True
    parts = plain.split("/")
    odd = ".." in plain or "@{" in plain or plain.startswith("-") or plain.endswith(".")
    return not odd and not any(
        not part or part.startswith(".") or part.endswith(".lock") for part in parts
    )


def _generations(steps: str) -> int:
    """Count the steps back that `~2^^3` means; `^3` is one, to another parent."""
    back = re.findall(r"([~^])([0-9]*)", steps)
    return sum(int(count or 1) if kind == "~" else 1 for kind, count in back)

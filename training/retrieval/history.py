"""Cases mined from a history: the message of a change asks, the code that it changed answers.

Kept are changes of a few code files whose message says something of its own. Left out: merges,
reverts, bulk and vendored changes, what only moves, renames, formats or documents, and any message
that stands in the history twice (the first may have put the answer into the index).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexing.features import is_side, is_test
from indexing.git_changes import Commit, FileChange, changes
from indexing.languages import language_of
from indexing.query import analyse
from indexing.redact import redact
from training.retrieval.cases import Case

MOST_FILES = 3
"""A change of more code files is no answer to one question."""
MOST_HUNKS = 24
LEAST_WORDS = 4
LONGEST_QUERY = 2_000
CODE = frozenset(
    [
        *("python", "javascript", "typescript", "tsx", "go", "rust", "java", "c", "cpp", "csharp"),
        *("ruby", "php", "kotlin", "scala", "swift", "lua", "bash", "haskell", "elixir"),
    ]
)

_DULL = re.compile(
    r"^\W*(?:revert|merge|bump|release|version|prepare|update (?:changelog|deps|dependenc|readme"
    r"|docs?\b)|upgrade|chore|style|ci|build|docs?|test|tests|refactor|lint|format|typo|rename"
    r"|move|cleanup|clean up|reformat|fix (?:typo|lint|test|ci|doc|build|flake|mypy|typing)"
    r"|apply (?:black|ruff|isort|prettier)|gofmt|rustfmt|black|isort|black|pyupgrade|add tests?"
    r"|\[pre-commit|deps|remove unused|whitespace|back to dev|start)\b",
    re.IGNORECASE,
)
_TRAILER = re.compile(
    r"^(?:[A-Z][\w-]*-by|Change-Id|Reviewed-on|Refs?|Fixes|Closes|Resolves|See|Ticket|PR-URL"
    r"|\(cherry picked|git-svn-id|Former-commit-id|\* *(?:Merge|Update|fix review))\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"\s*\(?(?:PR |pull request |GH-|issue )?#\d+\)?(?:\s*[:-])?", re.IGNORECASE)
# What a line says of which only the number of an issue or a link was taken out.
_DANGLING = re.compile(
    r"(?i)\W*(?:address(?:es)?|fix(?:e[sd])?|close[sd]?|resolve[sd]?|see|refs?|issue|pr)\W*"
)
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a history is mined: at most `cases`, among the newest `commits`."""

    cases: int = 200
    commits: int = 4_000


def mine(root: Path, limits: Limits, revision: str = "HEAD") -> list[Case]:
    """Return the cases of a history, oldest first; their symbols are for `replay` to find."""
    kept = list(_kept(changes(root, (revision,), limits.commits, options=("--no-merges",))))
    said_twice = _twice(kept)
    cases = []
    for commit in kept:
        case = _case(commit)
        if case is not None and _normal(commit.subject) not in said_twice:
            cases.append(case)
        if len(cases) == limits.cases:
            break
    return cases[::-1]


def _kept(commits: Iterable[Commit]) -> Iterator[Commit]:
    """Leave out commits that cannot ask, before anything is kept of them."""
    for commit in commits:
        if len(commit.parents) == 1 and commit.files:
            yield commit


def _twice(commits: Sequence[Commit]) -> set[str]:
    seen: set[str] = set()
    again: set[str] = set()
    for commit in commits:
        subject = _normal(commit.subject)
        (again if subject in seen else seen).add(subject)
    return again


def _normal(subject: str) -> str:
    return " ".join(re.findall(r"\w+", _NUMBER.sub(" ", subject).lower()))


def _case(commit: Commit) -> Case | None:
    if _DULL.match(commit.subject):
        return None
    query = asked(commit.subject, commit.body)
    if len(analyse(query).terms) < LEAST_WORDS:
        return None
    code = [change for change in commit.files if _is_code(change)]
    if not 1 <= len(code) <= MOST_FILES or any(change.status != "M" for change in code):
        return None
    if sum(len(change.old_ranges) for change in code) > MOST_HUNKS:
        return None
    files = tuple(change.old_path for change in code)
    changed = tuple(
        (change.old_path, max(min(first, last), 1), max(first, last))
        for change in code
        for first, last in change.old_ranges
    )
    return Case("history", query, commit.parents[0], commit.author_time, files, (), changed)


def asked(subject: str, body: str) -> str:
    """Return what a message says, without numbers of issues, links, trailers and secrets."""
    text = _TRAILER.sub("", f"{subject}\n{body}")
    text = _LINK.sub(" ", _NUMBER.sub(" ", text))
    lines = (line.strip() for line in text.splitlines())
    kept = "\n".join(
        line for line in lines if re.search(r"\w", line) and not _DANGLING.fullmatch(line)
    )
    return redact(kept[:LONGEST_QUERY])


def _is_code(change: FileChange) -> bool:
    path = change.old_path
    language = language_of(path)
    is_kind = language is not None and language.name in CODE
    return is_kind and not change.binary and not is_test(path) and not is_side(path)

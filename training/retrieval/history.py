"""Cases mined from a history: a commit's message asks, the code that it changed answers.

Kept are changes of a few code files whose message says something of its own. Left out: merges,
reverts, bulk and vendored changes, what only moves, renames, formats or documents, and any message
that stands in the history twice (the first may have put the answer into the index).
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from indexing.parsing.syntax.languages import language_of
from indexing.ranking.features import is_side, is_test
from indexing.secrets.redact import redact
from indexing.words.query import analyse
from rooftree.errors import RepositoryError, UsageError
from rooftree.git.changes import Commit, FileChange, changes
from training.retrieval.cases import RetrievalCase

MAX_FILES = 3
"""A change of more code files is no answer to one question."""
MAX_HUNKS = 24
MIN_WORDS = 4
MAX_QUERY_LENGTH = 2_000
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
    r"^(?:Merge (?:pull request|branch)|[A-Z][\w-]*-by|Change-Id|Reviewed-on|Refs?|Fixes|Closes"
    r"|Resolves|See|Ticket|PR-URL"
    r"|\(cherry picked|git-svn-id|Former-commit-id|\* *(?:Merge|Update|fix review))\b.*$",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(
    r"(?<!\s)\s*+\(?(?:(?:PR |pull request |issue )?#|\bGH-)\d+\)?(?:\s*[:-])?", re.IGNORECASE
)
# What a line says of which only the number of an issue or a link was taken out.
_DANGLING = re.compile(
    r"(?i)\W*(?:address(?:es)?|fix(?:e[sd])?|close[sd]?|resolve[sd]?|see|refs?|issue|pr)\W*"
)
_LINK = re.compile(r"https?://\S+")
_ISSUE = re.compile(r"#(\d{1,9})\b")


NO_ISSUES: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class MiningLimits:
    """How much of a history is mined: at most `cases`, among the newest `commits`."""

    cases: int = 200
    commits: int = 4_000


@dataclass(frozen=True, slots=True)
class HistoryCases:
    """The cases of a history, oldest first, and why other commits make none."""

    cases: tuple[RetrievalCase, ...]
    left_out: Mapping[str, int]


def mine(
    root: Path,
    limits: MiningLimits,
    revision: str = "HEAD",
    issues: Mapping[int, str] = NO_ISSUES,
) -> HistoryCases:
    """Mine a history; the cases' symbols are for `replay` to find.

    `issues` are the texts of issues by number: one that a message names is asked along with it.
    """
    left_out: Counter[str] = Counter()
    read = changes(root, (revision,), limits.commits, options=("--no-merges",))
    kept = list(_kept(read, left_out))
    said_twice = _twice(kept)
    cases: list[RetrievalCase] = []
    for commit in kept:
        found = _case(commit, issues)
        if isinstance(found, RetrievalCase) and _normal(commit.subject) in said_twice:
            found = "said_twice"
        if isinstance(found, str):
            left_out[found] += 1
        else:
            cases.append(found)
        if len(cases) == limits.cases:
            break
    return HistoryCases(tuple(cases[::-1]), dict(sorted(left_out.items())))


def _kept(commits: Iterable[Commit], left_out: Counter[str]) -> Iterator[Commit]:
    """Leave out commits that cannot ask, before anything is kept of them.

    A partial clone may end in the middle: what was read by then is used, and it is said.
    """
    begun = False
    try:
        for commit in commits:
            begun = True
            if len(commit.parents) == 1 and commit.files:
                yield commit
    except RepositoryError:
        if not begun:
            raise
        left_out["history_cut_by_missing_objects"] += 1


def _twice(commits: Sequence[Commit]) -> set[str]:
    seen: set[str] = set()
    again: set[str] = set()
    for commit in commits:
        subject = _normal(commit.subject)
        (again if subject in seen else seen).add(subject)
    return again


def _normal(subject: str) -> str:
    return " ".join(re.findall(r"\w+", _NUMBER.sub(" ", subject).lower()))


def _case(commit: Commit, issues: Mapping[int, str]) -> RetrievalCase | str:
    """Return the case that a commit makes, or why it makes none."""
    if is_routine(commit.subject):
        return "routine_subject"
    query = _question(commit, issues)
    if len(analyse(query).terms) < MIN_WORDS:
        return "says_too_little"
    code = [change for change in commit.files if is_code(change)]
    if not code:
        return "no_code"
    if len(code) > MAX_FILES or sum(len(change.old_ranges) for change in code) > MAX_HUNKS:
        return "bulk"
    if any(change.status != "M" for change in code):
        return "adds_moves_or_removes_files"
    files = tuple(change.old_path for change in code)
    changed = tuple(
        (change.old_path, max(min(first, last), 1), max(first, last))
        for change in code
        for first, last in change.old_ranges
    )
    return RetrievalCase(
        "history", query, commit.parents[0], commit.author_time, files, (), changed
    )


def _question(commit: Commit, issues: Mapping[int, str]) -> str:
    message = f"{commit.subject}\n{commit.body}"
    numbers = dict.fromkeys(int(number) for number in _ISSUE.findall(message))
    linked = "\n".join(issues[number] for number in numbers if number in issues)
    return query_of_message(commit.subject, f"{commit.body}\n{linked}")


def query_of_message(subject: str, body: str) -> str:
    """Return what a message says, without numbers of issues, links, trailers and secrets."""
    text = _TRAILER.sub("", f"{subject}\n{body}")
    text = _LINK.sub(" ", _NUMBER.sub(" ", text))
    lines = (line.strip() for line in text.splitlines())
    kept = "\n".join(
        line for line in lines if re.search(r"\w", line) and not _DANGLING.fullmatch(line)
    )
    return redact(kept[:MAX_QUERY_LENGTH])


def is_routine(subject: str) -> bool:
    """Say whether a message tells of work that asks nothing: a release, a rename, a merge."""
    return _DULL.match(subject) is not None


def is_code(change: FileChange) -> bool:
    """Say whether a change is one of code that is neither a test nor beside the code."""
    path = change.old_path
    language = language_of(path)
    is_kind = language is not None and language.name in CODE
    return is_kind and not change.binary and not is_test(path) and not is_side(path)


def read_issues(path: Path) -> dict[int, str]:
    """Read issue texts: one JSON object a line with `number`, `title` and `body`."""
    issues: dict[int, str] = {}
    try:
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                item = json.loads(line)
                issues[int(item["number"])] = f"{item['title']}\n{item.get('body') or ''}"
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"cannot read the issues in {str(path)!r}: {type(error).__name__}: {error}; expected "
            'one JSON object a line, such as {"number": 7, "title": "…", "body": "…"}'
        ) from error
    return issues

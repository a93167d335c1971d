"""Examples out of a repository's history: a commit's subject and the code that it changed.

The document is what stood there before, which is what a search for the fix has to find, with the
lines that came in where nothing stood before.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from indexing.parsing.syntax.languages import language_of
from rooftree.git.commands import run_git
from training.static_embedder.pairs.training_examples import (
    COMMIT,
    MAX_CODE_LENGTH,
    TrainingExample,
    paragraph,
    says_something,
    usable,
)

MAX_COMMITS = 6_000
MAX_FILES = 4
MAX_HUNKS = 4
SECONDS = 900.0
_MARK = "\x1e"
_NOT_A_CHANGE = re.compile(
    r"^(merge|revert|bump|release|update (changelog|readme|dep)|chore|build\(deps|v?\d+\.\d+)",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:\w+(?:\([^)]*\))?!?:|\[[^\]]*\]|[\w/,.-]+:)\s*")
_NUMBER = re.compile(r"(?<!\s)\s*+\(?#\d+\)?")
_CODE = frozenset(
    {
        *("python", "javascript", "typescript", "tsx", "go", "rust", "java"),
        *("c", "cpp", "csharp", "ruby", "php", "kotlin", "swift"),
        *("scala",),
    }
)


def history_examples(repository: Path, source: str) -> Iterator[TrainingExample]:
    """Yield an example for each hunk of small commits, newest first."""
    answer = run_git(
        repository,
        *("log", "--no-merges", f"-n{MAX_COMMITS}", "-p", "-U4", f"--format={_MARK}%s"),
        *("--no-color", "--no-ext-diff", "--no-textconv"),
        seconds=SECONDS,
    )
    log = answer.output.decode("utf-8", "replace")
    for commit in log.split(_MARK)[1:]:
        subject, _, patch = commit.partition("\n")
        words = _NUMBER.sub("", _PREFIX.sub("", subject)).strip()
        if _NOT_A_CHANGE.match(subject) or not says_something(words):
            continue
        files = patch.split("\ndiff --git ")
        if len(files) > MAX_FILES + 1:
            continue
        for file in files:
            yield from _of_file(file, paragraph(words), source)


def _of_file(file: str, words: str, source: str) -> Iterator[TrainingExample]:
    header, *hunks = file.split("\n@@ ")
    path = re.search(r"^\+\+\+ b/(.+)$", header, re.MULTILINE)
    language = language_of(path[1]) if path is not None else None
    if path is None or language is None or language.name not in _CODE or "test" in path[1].lower():
        return
    for hunk in hunks[:MAX_HUNKS]:
        place, *rows = hunk.split("\n")
        _, _, function = place.partition(" @@")
        before = [row[1:] for row in rows if row[:1] in (" ", "-")]
        came = [row[1:] for row in rows if row[:1] == "+"]
        kept = before if len(before) > 8 or not came else [*before, *came]
        code = "\n".join([function.strip(), *kept]).strip()[:MAX_CODE_LENGTH]
        if usable(code):
            yield TrainingExample(language.name, COMMIT, "", words, code, source)

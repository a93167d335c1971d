"""Which tests concern a definition: those that name it, best those that name its module too."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from tools.drafts.snapshot import Snapshot

MAX_FILES = 8


def relevant_tests(
    snapshot: Snapshot, test_files: Iterable[str], path: str, names: Iterable[str]
) -> tuple[str, ...]:
    """Return test files in the order of how much they have to do with these definitions."""
    stem = PurePosixPath(path).stem
    words = [re.compile(rf"\b{re.escape(name)}\b") for name in names if name]
    module = re.compile(rf"\b{re.escape(stem)}\b")
    scored = []
    for test in test_files:
        text = snapshot.text(test)
        named = sum(bool(word.search(text)) for word in words)
        of_module = bool(module.search(text))
        by_name = _named_after(test, stem)
        score = 4 * named + of_module + 3 * by_name
        if named or by_name or (not words and of_module):
            scored.append((-score, test))
    return tuple(test for _, test in sorted(scored)[:MAX_FILES])


def _named_after(test: str, stem: str) -> bool:
    name = PurePosixPath(test).name.partition(".")[0].lower()
    bare = name.removeprefix("test_").removesuffix("_test").removesuffix("test")
    return bool(bare) and bare.strip("_") == stem.lower().strip("_")

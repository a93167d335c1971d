"""Read what Node's runner prints for people, which is its usual way from version 23 on."""

import re
from collections.abc import Iterator

from tools.projects.results.runners.tap import SEPARATOR

STEP = 2
_COUNT = re.compile(r"^ℹ tests \d++$", re.MULTILINE)
_LINE = re.compile(r"^( *+)([▶✔✖﹣]) (.*)$")
_TOOK = re.compile(r" \(\d++(?:\.\d++)?ms\)")
_WORDS = {"✔": "PASSED", "✖": "FAILED", "﹣": "SKIPPED"}
_SUMMARY = "✖ failing tests:"


def is_spec(text: str) -> bool:
    """Say whether an output ends in the counts of Node's runner."""
    return _COUNT.search(text) is not None


def read_spec(text: str) -> Iterator[tuple[str, str]]:
    """Yield each test; a heading that others stand below is one where none of those tells why."""
    names: list[str] = []
    failed: set[int] = set()
    """Levels at which a test has failed since the last heading above them."""
    for line in text.split("\n"):
        if line == _SUMMARY:
            return
        match = _LINE.match(line)
        if match is None or len(match[1]) % STEP:
            continue
        level, mark, rest = len(match[1]) // STEP, match[2], match[3]
        took = _TOOK.search(rest)
        name = rest[: took.start()] if took is not None else rest.partition(" # ")[0]
        is_end = len(names) > level and names[level] == name and (took is not None)
        if mark == "▶" and not is_end:
            names[level:] = [name]
            failed -= {one for one in failed if one > level}
            continue
        parts = [*names[:level], name]
        names[level:] = []
        word = _WORDS.get(mark, "")
        told_below = level + 1 in failed
        failed -= {level + 1}
        if word == "FAILED":
            failed.add(level)
        if is_end and (word != "FAILED" or told_below):
            continue
        skips = rest.endswith(("# SKIP", "# TODO")) or " # SKIP " in rest or " # TODO " in rest
        if word:
            yield SEPARATOR.join(parts), "SKIPPED" if skips else word

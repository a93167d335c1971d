"""Read what Minitest prints with `--verbose`, also by Rails: a line for each test."""

import re
from collections.abc import Iterator

_TOOK = re.compile(r"\d++\.\d++ s")
_TEST = re.compile(r"#test_")
_WORDS = {".": "PASSED", "F": "FAILED", "E": "FAILED", "S": "SKIPPED"}


def read_minitest(text: str) -> Iterator[tuple[str, str]]:
    """Yield `CartTest#test_adds`; a test may print before its own line, and on that as well."""
    for line in text.split("\n"):
        named, equals, mark = line.rstrip().rpartition(" = ")
        name, _, took = named.rpartition(" = ")
        if equals and mark in _WORDS and _TOOK.fullmatch(took) and _TEST.search(name):
            yield name, _WORDS[mark]

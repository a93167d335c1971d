"""Read `cargo test`: a heading for each program of tests, and its tests below it."""

import re
from collections.abc import Iterator

_RUNNING = re.compile(r"^ ++Running (?:unittests )?+(\S++) \((\S++)$")
_DOCS = re.compile(r"^ ++Doc-tests (\S+)$")
_TEST = re.compile(r"^test (\S.*?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:,.*)?$")
_DOC = re.compile(r"^(\S+\.rs) - (.*?) ?\(line \d++\)(?: - [a-z ]++)?$")
_RESULT = re.compile(r"^test result: (?:ok|FAILED)\. \d++ passed;", re.MULTILINE)
_WORDS = {"ok": "PASSED", "FAILED": "FAILED", "ignored": "SKIPPED"}
_UNBUILT = re.compile(r"^error: could not compile `([^`\s]+)`")
DOCUMENTED = "(documented)"


def is_cargo(text: str) -> bool:
    """Say whether an output holds the result of a program of Rust's tests."""
    return _RESULT.search(text) is not None


def read_cargo(text: str) -> Iterator[tuple[str, str]]:
    """Yield `program@src/lib.rs::name`, and tests of documentation by their file.

    `places` knows what file that is: programs of several packages have files of the same name. A
    line number is no part of a name, because an edit above would make it another.
    """
    target = ""
    for line in text.split("\n"):
        running = _RUNNING.match(line)
        if running is not None:
            # `target/debug/deps/shop-0123456789abcdef)`, without cargo's hash.
            program = running[2].rpartition("/")[2].rpartition("-")[0]
            target = f"{program}@{running[1]}"
            continue
        if _DOCS.match(line) is not None:
            target = ""
            continue
        unbuilt = _UNBUILT.match(line)
        if unbuilt is not None:
            yield unbuilt[1], "FAILED"
        test = _TEST.match(line)
        if test is None:
            continue
        documented = _DOC.match(test[1])
        if documented is not None:
            name = f"{documented[1]}::{documented[2]} {DOCUMENTED}".replace("  ", " ")
        else:
            name = f"{target}::{test[1]}" if target else test[1]
        yield name, _WORDS[test[2]]

"""The places that a traceback in a task names: where it failed, and who called that.

Read from text that anybody may have written, so only files of the snapshot count, and only lines
that they have. Python's, JavaScript's, Go's, Rust's, Java's and Ruby's forms are known.
"""

import re
from collections.abc import Iterator

from agents.change.planning.plan import EditTarget
from tools.drafts.snapshot import Snapshot
from tools.edits.whole_definitions import definitions
from tools.projects.test_file_names import is_test_file

MAX_TARGETS = 3
MAX_LINES = 4_000
"""Lines of a task that are looked at; a log may be longer."""
_PYTHON = re.compile(r'^\s{0,40}File "([^"\n]{1,300})", line (\d{1,7})')
_AT = re.compile(r"^\s{0,40}at (?:.{0,200} \()?([^\s():]{1,300}):(\d{1,7})(?::\d{1,7})?\)?$")
_JAVA = re.compile(r"^\s{0,40}at [\w.$<>]{1,300}\(([\w$]{1,200}\.(?:java|kt|scala)):(\d{1,7})\)$")
_PLACE = re.compile(r"^\s{0,40}([^\s:()']{1,300}\.(?:go|rs|rb|php|ex|exs)):(\d{1,7})(?:[:\s+]|$)")
_PANIC = re.compile(r"panicked at [^\n]{0,200}?([^\s:'\"]{1,200}\.rs):(\d{1,7}):")


def traceback_targets(task: str, snapshot: Snapshot) -> tuple[EditTarget, ...]:
    """Return the definitions that a traceback names, where it failed first; none without one.

    Python prints the call that failed last, the others print it first.
    """
    innermost_last = False
    found: list[tuple[str, int]] = []
    for line in task.split("\n")[:MAX_LINES]:
        python = _PYTHON.match(line)
        innermost_last = innermost_last or python is not None
        for path, number in _places(line):
            name = _known(path, snapshot)
            if name:
                found.append((name, number))
    if innermost_last:
        found.reverse()
    targets = dict.fromkeys(_target(snapshot, path, number) for path, number in found)
    return tuple(one for one in targets if not is_test_file(one.path))[:MAX_TARGETS]


def _places(line: str) -> Iterator[tuple[str, int]]:
    for pattern in (_PYTHON, _JAVA, _AT, _PLACE):
        match = pattern.match(line)
        if match is not None:
            yield match[1], int(match[2])
            return
    match = _PANIC.search(line[:1000])
    if match is not None:
        yield match[1], int(match[2])


def _known(path: str, snapshot: Snapshot) -> str:
    """Return the file of the snapshot that a path of any machine means; "" where it is none."""
    path = path.removeprefix("file://").replace("\\", "/").removeprefix("./")
    if path in snapshot.files:
        return path
    parts = path.strip("/").split("/")
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        if end in snapshot.files:
            return end
    ending = [name for name in snapshot.files if name.endswith(f"/{parts[-1]}")]
    return ending[0] if len(ending) == 1 and len(parts) == 1 else ""


def _target(snapshot: Snapshot, path: str, line: int) -> EditTarget:
    around = [one for one in definitions(path, snapshot.text(path)) if one.start <= line <= one.end]
    inner = min(around, key=lambda one: one.end - one.start, default=None)
    return EditTarget(path, inner.qualified if inner is not None else "")

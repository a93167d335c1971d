"""Which tests and checks a project has, told by its files: named operations with fixed arguments.

The arguments are ours and never a string that the project or a model wrote; what its files may
decide is which of them there are.
"""

import json
import re
from collections.abc import Iterator

from tools.projects.names import is_test_file
from tools.projects.operations import Kind, Operation, Project
from tools.projects.python_detect import import_folders, is_python, python_operations
from tools.snapshot import Snapshot

_MAKE_TARGET = re.compile(r"^(test|check|lint)\s*:(?!=)", re.MULTILINE)


def detect(snapshot: Snapshot) -> Project:
    """Look at a snapshot's names, and into the few files that say how to test."""
    names = frozenset(snapshot.files)
    python = list(python_operations(names))
    others = [*_node(snapshot, names), *_by_marker(names), *_make(snapshot, names)]
    # A script or two in a project of another language are not what its tests are about.
    first = is_python(names) or not any(one.kind == "test" for one in others)
    operations = [*python, *others] if first else [*others, *python]
    python_only = bool(python) and first
    tests = tuple(
        sorted(
            name
            for name in names
            if is_test_file(name) and (name.endswith(".py") or not python_only)
        )
    )
    return Project(tuple(operations), tests, import_folders(names))


def _node(snapshot: Snapshot, names: frozenset[str]) -> Iterator[Operation]:
    if "package.json" not in names:
        return
    try:
        scripts = json.loads(_text(snapshot, "package.json")).get("scripts", {})
    except (ValueError, AttributeError, RecursionError):
        return
    if isinstance(scripts, dict):
        if "test" in scripts:
            yield Operation("npm test", "test", ("npm", "test", "--silent"))
        if "lint" in scripts:
            yield Operation("npm lint", "lint", ("npm", "run", "lint", "--silent"))


def _by_marker(names: frozenset[str]) -> Iterator[Operation]:
    if "go.mod" in names:
        yield Operation("go test", "test", ("go", "test", "-v", "./..."), "go")
        yield Operation("go vet", "lint", ("go", "vet", "./..."))
    if "Cargo.toml" in names:
        yield Operation("cargo test", "test", ("cargo", "test", "--offline"), "cargo")
    if "pom.xml" in names:
        yield Operation("maven test", "test", ("mvn", "-o", "-q", "test"))


def _make(snapshot: Snapshot, names: frozenset[str]) -> Iterator[Operation]:
    if "Makefile" not in names:
        return
    for target in dict.fromkeys(_MAKE_TARGET.findall(_text(snapshot, "Makefile"))):
        kind: Kind = "lint" if target == "lint" else "test"
        yield Operation(f"make {target}", kind, ("make", target))


def _text(snapshot: Snapshot, path: str) -> str:
    return (snapshot.content(path) or b"").decode("utf-8", "replace")

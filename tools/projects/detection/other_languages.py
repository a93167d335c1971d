"""Which tests the projects of other languages have: Node, Go, Rust, Maven, and what make is told.

Beside each file that tells of tests there is an operation: in a repository of many packages those
beside the nearest one speak of a change.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from tools.drafts.snapshot import Snapshot
from tools.projects.operations import OperationKind, ProjectOperation

MAX_FOLDERS = 200
"""Packages of one repository that are looked at."""
OPTIONS = {
    "jest": ("--verbose",),
    "react-scripts": ("--verbose",),
    "vitest": ("--reporter=tap-flat", "--run"),
    "mocha": ("--reporter", "tap"),
    "ava": ("--tap",),
}
"""What makes a runner name its tests, behind the options that the project gives it."""
_WORD = re.compile(r"[^\s\"']++")
_ENDS = re.compile(r"&&|\|\||[;|]")
_MAKE_TARGET = re.compile(r"^(test|check|lint)\s*:(?!=)", re.MULTILINE)
_WORKSPACE = re.compile(r"^[ \t]*+\[workspace\]", re.MULTILINE)
NOT_OURS = frozenset({"node_modules", "vendor", "third_party", "testdata", "fixtures"})


def script_operations(snapshot: Snapshot, names: frozenset[str]) -> Iterator[ProjectOperation]:
    """Yield what a repository can have done, those beside its root first."""
    for folder in folders_with(names, "package.json"):
        yield from _node(snapshot, folder)
    for folder in folders_with(names, "go.mod"):
        yield _operation("go test", "test", ("go", "test", "-json", "./..."), folder, "go")
        yield _operation("go vet", "lint", ("go", "vet", "./..."), folder)
    yield from _cargo(snapshot, names)
    for folder in folders_with(names, "pom.xml")[:1]:
        yield _operation("maven test", "test", ("mvn", "-o", "-q", "test"), folder)
    yield from _make(snapshot, names)


def folders_with(names: frozenset[str], marker: str) -> list[str]:
    """Return the folders that hold a file of that name, the root first; what is copied has none."""
    ends = f"/{marker}"
    found = {name.removesuffix(marker).rstrip("/") for name in names if f"/{name}".endswith(ends)}
    ours = (one for one in found if NOT_OURS.isdisjoint(one.split("/")))
    return sorted(ours, key=lambda one: (one.count("/") + bool(one), one))[:MAX_FOLDERS]


def _operation(
    name: str, kind: OperationKind, argv: Sequence[str], folder: str, runner: Any = "other"
) -> ProjectOperation:
    named = f"{name} ({folder})" if folder else name
    return ProjectOperation(named, kind, tuple(argv), runner, folder=folder)


def _node(snapshot: Snapshot, folder: str) -> Iterator[ProjectOperation]:
    path = f"{folder}/package.json".lstrip("/")
    try:
        scripts = json.loads(snapshot.text(path)).get("scripts", {})
    except (ValueError, AttributeError, RecursionError):
        return
    if not isinstance(scripts, dict):
        return
    test = scripts.get("test")
    if isinstance(test, str) and "no test specified" not in test:
        told = options_of(test)
        more = ("--", *told) if told else ()
        yield _operation("npm test", "test", ("npm", "test", "--silent", *more), folder)
        if "node --test" in test:
            # Debian has Node without npm; the runner is the same.
            yield _operation("node --test", "test", ("node", "--test"), folder)
    if "lint" in scripts:
        yield _operation("npm lint", "lint", ("npm", "run", "lint", "--silent"), folder)


def options_of(script: str) -> tuple[str, ...]:
    """Return what is to be put behind a script, so that its last command names its tests.

    Nothing where its output goes on to another program, or its last command is nobody's known.
    """
    ends = _ENDS.findall(script)
    if any(one != "&&" for one in ends):
        return ()
    words = _WORD.findall(_ENDS.split(script)[-1])
    names = [word.rpartition("/")[2].partition(".")[0].lstrip("_") for word in words]
    return next((OPTIONS[name] for name in names if name in OPTIONS), ())


def _cargo(snapshot: Snapshot, names: frozenset[str]) -> Iterator[ProjectOperation]:
    """Yield one for each package or workspace; the members of a workspace are run with it."""
    argv = ("cargo", "test", "--offline", "--no-fail-fast")
    around: list[str] = []
    for folder in folders_with(names, "Cargo.toml"):
        if any(not one or folder.startswith(f"{one}/") for one in around):
            continue
        is_workspace = _WORKSPACE.search(snapshot.text(f"{folder}/Cargo.toml".lstrip("/")))
        whole = (*argv, "--workspace") if is_workspace else argv
        if is_workspace:
            around.append(folder)
        yield _operation("cargo test", "test", whole, folder, "cargo")


def _make(snapshot: Snapshot, names: frozenset[str]) -> Iterator[ProjectOperation]:
    if "Makefile" not in names:
        return
    for target in dict.fromkeys(_MAKE_TARGET.findall(snapshot.text("Makefile"))):
        kind: OperationKind = "lint" if target == "lint" else "test"
        yield ProjectOperation(f"make {target}", kind, ("make", target))

"""Projects of JavaScript and TypeScript: scripts of package.json, their runner and its options."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation, upwards
from tools.projects.operations import OperationKind, ProjectOperation
from tools.projects.programs.narrowing import Narrowing

OPTIONS: Mapping[str, tuple[str, ...]] = {
    "jest": ("--verbose",),
    "react-scripts": ("--verbose",),
    "vitest": ("--reporter=tap-flat", "--run"),
    "mocha": ("--reporter", "tap"),
    "ava": ("--tap",),
}
"""What makes a runner name its tests, behind the options that the project gives it."""
NARROWINGS: Mapping[str, Narrowing] = {
    "jest": "jest",
    "react-scripts": "jest",
    "vitest": "vitest",
    "mocha": "mocha",
}
BY_FILES = ("jest", "vitest")
"""Runners that can be given any files of tests."""
MANAGERS = {
    "npm": ("npm", "test", "--silent"),
    "pnpm": ("pnpm", "--silent", "test"),
    "yarn": ("yarn", "run", "test"),
}
LOCKS = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn", "package-lock.json": "npm"}
SETUP = ("npm", "ci", "--offline", "--ignore-scripts")
WRITABLE_CACHE = (
    "from=/tmp/npm-packages/_cacache; to=/tmp/npm/_cacache; mkdir -p $to; "
    '[ ! -d $from ] || { cp -r $from/index-v5 $to/ && ln -s $from/content-v2 $to/; }; exec "$@"'
)
"""npm writes to the index of its cache also where it only reads: it gets a copy of that."""
IN_SCRIPTS: tuple[OperationKind, ...] = ("lint", "build")
TOOLS: tuple[tuple[str, OperationKind, tuple[str, ...], tuple[str, ...]], ...] = (
    ("eslint", "lint", ("eslint", "."), ("eslint.config.", ".eslintrc")),
    ("tsc", "lint", ("tsc", "--noEmit"), ("tsconfig.json",)),
    ("prettier", "format", ("prettier", "--check", "."), (".prettierrc", "prettier.config.")),
    ("biome", "format", ("biome", "check", "."), ("biome.json",)),
)
"""Tools with what they are started as, and the beginnings of names that configure them."""
_WORD = re.compile(r"[^\s\"']++")
_ENDS = re.compile(r"&&|\|\||[;|]")
_MANAGER = re.compile(r"(npm|pnpm|yarn)@")


def node_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield what packages of JavaScript can have done."""
    for folder in files.folders_with("package.json"):
        package = _package(files, folder)
        scripts = package.get("scripts", {})
        if not isinstance(scripts, dict):
            continue
        manager = manager_of(files, folder)
        yield from _tests(scripts.get("test"), manager, folder)
        for kind in IN_SCRIPTS:
            if isinstance(scripts.get(kind), str):
                yield operation(f"{manager} {kind}", kind, _run(manager, kind), folder)
        yield from _tools(files, folder, has_lint="lint" in scripts)
        if manager == "npm" and files.has(folder, "package-lock.json"):
            argv = ("sh", "-c", WRITABLE_CACHE, "sh", *SETUP)
            yield operation("npm setup", "setup", argv, folder, uses=("npm",))


def _package(files: ProjectFiles, folder: str) -> Mapping[str, Any]:
    try:
        told = json.loads(files.text(folder, "package.json"))
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def manager_of(files: ProjectFiles, folder: str) -> str:
    """Return the package manager that a package, or one above it, names or has a lock file of."""
    for one in upwards(folder):
        if not files.has(one, "package.json"):
            continue
        named = _MANAGER.match(str(_package(files, one).get("packageManager", "")))
        if named is not None:
            return named[1]
        for lock, manager in LOCKS.items():
            if files.has(one, lock):
                return manager
    return "npm"


def _run(manager: str, script: str) -> tuple[str, ...]:
    silent = ("--silent",) if manager == "npm" else ()
    return (manager, "run", script, *silent)


def _tests(script: object, manager: str, folder: str) -> Iterator[ProjectOperation]:
    if not isinstance(script, str) or "no test specified" in script:
        return
    runner = runner_of_script(script)
    told = OPTIONS.get(runner, ())
    # Where it is not installed, npm runs the same script.
    for one in dict.fromkeys((manager, "npm")):
        more = ("--", *told) if told and one == "npm" else told
        yield operation(
            f"{one} test",
            "test",
            (*MANAGERS[one], *more),
            folder,
            narrowing=NARROWINGS.get(runner),
            selects=NARROWINGS.get(runner) in BY_FILES,
        )
    if "node --test" in script:
        # Debian has Node without npm; the runner is the same.
        argv = ("node", "--test")
        yield operation("node --test", "test", argv, folder, narrowing="node", selects=True)


def runner_of_script(script: str) -> str:
    """Return the runner that is a script's last command, if it is known; else "".

    None where its output goes on to another program.
    """
    ends = _ENDS.findall(script)
    if any(one != "&&" for one in ends):
        return ""
    words = _WORD.findall(_ENDS.split(script)[-1])
    names = [word.rpartition("/")[2].partition(".")[0].lstrip("_") for word in words]
    return next((name for name in names if name in OPTIONS), "")


def _tools(files: ProjectFiles, folder: str, *, has_lint: bool) -> Iterator[ProjectOperation]:
    inside = f"{folder}/" if folder else ""
    beside = {name.removeprefix(inside) for name in files.names if name.startswith(inside)}
    for name, kind, argv, configured in TOOLS:
        if any(one.startswith(configured) and "/" not in one for one in beside) and not (
            has_lint and name == "eslint"
        ):
            needs = (f"node_modules/.bin/{argv[0]}",)
            yield operation(name, kind, ("npx", "--no-install", *argv), folder, needs=needs)

"""Make the manifest's mutants: try small faults in real packages until some tests, and few, notice.

Usage: python -m benchmarks.mining.repair_mutants [--packages NAME ...] [--out OUT]

Takes minutes a package, so results are written after each one; packages that are in the manifest
already are left as they are. A mutant is kept only where one to six tests fail because of it and
all others do as before, on two runs, and where the shown failure does not hold the correct line.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
import tomllib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchmarks.repair.archives import check_cache, default_cache, fetch_archive, unpack
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.mutations import Mutation, applied, mutations_of
from benchmarks.repair.programs import mined
from benchmarks.repair.suite import MAX_FAILURES, Runner
from benchmarks.repair.tasks import (
    MANIFEST,
    Entry,
    Manifest,
    Mutant,
    Package,
    TestRun,
    load_manifest,
    write_manifest,
)
from benchmarks.repair.trees import is_test
from benchmarks.repair.wording import shown_output
from rooftree.config import SandboxSection
from tools.sandbox.executor_choice import choose

PACKAGES = Path(__file__).with_name("repair_packages.toml")
MAX_FAILING = 6
MAX_TASKS = 6
MAX_ALIKE = 1
"""Tasks of one operator in one package."""
MAX_REACHING = 200
"""A function that more tests call is hardly ever noticed by few."""
MIN_TESTS = 20
"""Fewer hardly notice anything."""
SECONDS = 240.0
"""For the mutants of one package."""


class Candidate(Entry):
    """A package to look at."""

    set: Literal["tune", "report"]
    name: str
    version: str
    sha256: str
    folder: str
    paths: tuple[str, ...]
    import_path: str = ""
    ignore: tuple[str, ...] = ()


class Candidates(Entry):
    """The whole of `repair_packages.toml`."""

    requirements: tuple[str, ...]
    packages: tuple[Candidate, ...] = Field(alias="package")


@dataclass(frozen=True, slots=True)
class Found:
    """A package with the tasks that it gave."""

    package: Package
    mutants: tuple[Mutant, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A package's unpacked archive, and what its tests do while it is correct."""

    root: Path
    tests: TestRun
    passing: frozenset[str]
    reached: Mapping[str, Sequence[str]]
    """The tests that call a function, by `file:line`."""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.mining.repair_mutants", description=__doc__)
    parser.add_argument("--packages", nargs="*", help="only these")
    parser.add_argument("--out", type=Path, default=MANIFEST)
    parser.add_argument("--cache", type=Path, default=default_cache())
    return mined(mine(parser.parse_args(arguments)))


async def mine(options: argparse.Namespace) -> None:
    cache = check_cache(options.cache)
    candidates = Candidates.model_validate(tomllib.loads(PACKAGES.read_text("utf-8")))
    manifest = load_manifest(options.out) if options.out.is_file() else empty(candidates)
    environment = prepare_environment(candidates.requirements, cache)
    runner = Runner(await choose(SandboxSection()), environment)
    known = {package.name for package in manifest.packages}
    for candidate in candidates.packages:
        if candidate.name in known or candidate.name not in (options.packages or [candidate.name]):
            continue
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            found = await mine_package(candidate, runner, cache, Path(scratch))
        if found is not None:
            manifest = with_found(manifest, found)
            write_manifest(manifest, options.out)


def empty(candidates: Candidates) -> Manifest:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return Manifest(
        python=version, requirements=candidates.requirements, packages=(), mutants=(), history=()
    )


def with_found(manifest: Manifest, found: Found) -> Manifest:
    packages = (*manifest.packages, found.package)
    mutants = (*manifest.mutants, *found.mutants)
    return manifest.model_copy(update={"packages": packages, "mutants": mutants})


async def mine_package(
    candidate: Candidate,
    runner: Runner,
    cache: Path,
    scratch: Path,
    least_tests: int = MIN_TESTS,
) -> Found | None:
    """Return the tasks that a package gives; None where its tests are of no use here."""
    tests = TestRun(
        paths=candidate.paths,
        import_path=candidate.import_path,
        ignore=candidate.ignore,
        passing=0,
    )
    package = Package(
        **candidate.model_dump(include={"name", "version", "sha256", "folder"}), tests=tests
    )
    root = scratch / candidate.folder
    unpack(fetch_archive(package, cache), candidate.folder, root)
    tree = await look_at(root, tests, runner, least_tests)
    if tree is None:
        say(f"{candidate.name}: its tests fail or waver, left out")
        return None
    mutants = []
    async for mutant in kept_mutants(candidate, tree, runner):
        mutants.append(mutant)
        say(f"{candidate.name}: {mutant.operator} in {mutant.function} ({len(mutant.failing)})")
    say(f"{candidate.name}: {len(mutants)} tasks")
    return Found(package.model_copy(update={"tests": tree.tests}), tuple(mutants))


async def look_at(root: Path, tests: TestRun, runner: Runner, least_tests: int) -> Tree | None:
    """Run the tests twice; those that fail or waver are named and never run again."""
    first = await runner.run(root, tests)
    second = await runner.run(root, tests, trace=True)
    wavering = (first.passed ^ second.passed) | first.failed | second.failed
    passing = first.passed - wavering
    if len(passing) < least_tests or len(wavering) > 10 or first.execution.ended != "exited":
        return None
    reached: dict[str, list[str]] = {}
    for test, functions in second.reached.items():
        for function in functions if test in passing else ():
            reached.setdefault(function, []).append(test)
    update = {"passing": len(passing), "deselect": tuple(sorted(wavering))}
    return Tree(root, tests.model_copy(update=update), passing, reached)


async def kept_mutants(candidate: Candidate, tree: Tree, runner: Runner) -> AsyncIterator[Mutant]:
    """Try mutations, operators in turn, until there are enough or the time is over."""
    deadline = time.monotonic() + SECONDS
    operators: list[str] = []
    functions: set[str] = set()
    for path, mutation in candidates_of(tree, candidate.name):
        if time.monotonic() > deadline or len(operators) == MAX_TASKS:
            return
        place = f"{path}:{mutation.function}"
        if place in functions or operators.count(mutation.operator) >= MAX_ALIKE:
            continue
        failing = await noticed(tree, path, mutation, runner)
        if not failing:
            continue
        operators.append(mutation.operator)
        functions.add(place)
        yield Mutant(
            id=f"{candidate.name}-{len(operators)}",
            set=candidate.set,
            package=candidate.name,
            file=path,
            function=mutation.function,
            operator=mutation.operator,
            shown=failing[0],
            failing=failing,
            line=mutation.line,
            old=mutation.old,
            new=mutation.new,
        )


def candidates_of(tree: Tree, seed: str) -> list[tuple[str, Mutation]]:
    """Return the mutations of what tests call, shuffled, one operator after the other."""
    groups: dict[str, list[tuple[str, Mutation]]] = {}
    for path in sorted({function.rpartition(":")[0] for function in tree.reached}):
        if is_test(path) or not (path.endswith(".py") and (tree.root / path).is_file()):
            continue
        for mutation in mutations_of((tree.root / path).read_text("utf-8")):
            tests = tree.reached.get(f"{path}:{mutation.first_line}", ())
            if 1 <= len(tests) <= MAX_REACHING:
                groups.setdefault(mutation.operator, []).append((path, mutation))
    shuffle = random.Random(seed)  # noqa: S311 - the same mutants on each run
    for group in groups.values():
        shuffle.shuffle(group)
    order = sorted(groups)
    shuffle.shuffle(order)
    rounds = zip_longest(*(groups[name] for name in order))
    return [found for found in chain.from_iterable(rounds) if found is not None]


async def noticed(tree: Tree, path: str, mutation: Mutation, runner: Runner) -> tuple[str, ...]:
    """Return the tests that a mutation makes fail where it is fit for a task, the shown one first.

    First only the tests that reach the function are run, then all, then the one to be shown.
    """
    file = tree.root / path
    text = file.read_text("utf-8")
    file.write_text(applied(text, mutation.line, mutation.old, mutation.new), "utf-8")
    try:
        reaching = tree.reached[f"{path}:{mutation.first_line}"]
        few = ["--tb=no", f"--maxfail={MAX_FAILURES}"]
        screened = await runner.run(tree.root, tree.tests, reaching, options=few)
        if not 1 <= len(screened.failed) <= MAX_FAILING:
            return ()
        whole = await runner.run(tree.root, tree.tests, options=few)
        if not 1 <= len(whole.failed) <= MAX_FAILING or not whole.failed <= tree.passing:
            return ()
        if len(whole.passed) + len(whole.failed) != tree.tests.passing:
            return ()
        failing = sorted(whole.failed, key=lambda test: (len(test), test))
        again = await runner.run(tree.root, tree.tests, failing[:1])
        told = again.failed == {failing[0]}
        if not told or mutation.old.strip() in shown_output(again.execution):
            return ()
        return tuple(failing)
    finally:
        file.write_text(text, "utf-8")
        for cache in tree.root.rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)


def say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Make the manifest: find fixes and quiet changes in histories, and run tests where they run.

Usage: python -m benchmarks.mining.review_manifest [--repositories OWNER/NAME ...] [--out OUT]

Results are written after each repository; one that is in the manifest already is left as it is,
unless it is named. Each buggy change gets a clean one of the same project and nearly its size.
"""

import argparse
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import Field

from benchmarks.mining.killing_tests import killing_tests
from benchmarks.mining.review_changes import fit_changes
from benchmarks.mining.review_faults import inducing, reintroduced
from benchmarks.mining.review_mutants import mutants
from benchmarks.repair.archives import check_cache, default_cache
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.programs import mined
from benchmarks.repair.suite import Runner
from benchmarks.repair.tasks import SETS, Entry
from benchmarks.repair.tasks import load_manifest as load_repairs
from benchmarks.review.blame import repaired_by
from benchmarks.review.fixes import fixes_of
from benchmarks.review.histories import Commit, History, opened_history
from benchmarks.review.instances import MANIFEST, Instance, Manifest, load_manifest, write_manifest
from rooftree.config import SandboxSection
from tools.sandbox.executor_choice import choose

REPOSITORIES = Path(__file__).with_name("review_repositories.toml")
MAX_CHANGES_BY_SET: Mapping[str, tuple[int, int, int]] = {"tune": (2, 2, 1), "report": (2, 2, 1)}
"""Reintroduced, inducing and mutants, of one repository."""
MAX_CHANGES = 60
"""Fit changes of one repository among which clean ones are looked for."""

ENOUGH = 2
"""Clean changes for each buggy one, to choose from those of a like size."""


class Repository(Entry):
    """A repository to look at."""

    set: Literal["tune", "report"]
    name: str
    paths: tuple[str, ...] = ()
    """Where its tests are; empty where they do not run here."""


class Rejected(Entry):
    """A commit that was read and found unfit, by the start of its id."""

    commit: str
    reason: str


class Repositories(Entry):
    """The whole of `review_repositories.toml`."""

    repositories: tuple[Repository, ...] = Field(alias="repository")
    rejected: tuple[Rejected, ...] = ()

    def rejects(self, sha: str) -> bool:
        return any(sha.startswith(one.commit) for one in self.rejected)


def listed_repositories() -> Repositories:
    return Repositories.model_validate(tomllib.loads(REPOSITORIES.read_text("utf-8")))


@dataclass(frozen=True, slots=True)
class Miner:
    """One repository, what was rejected of it, and what runs its tests."""

    repository: Repository
    listed: Repositories
    history: History
    runner: Runner
    cache: Path
    operators: Counter[str]
    """Of the mutants of all repositories so far."""

    async def instances(self) -> list[Instance]:
        """Return the buggy instances, and as many clean ones."""
        reverted, came_in, edited = MAX_CHANGES_BY_SET[self.repository.set]
        buggy = list(self.faults(came_in, reverted))
        quiet = self.quiet({one.carrier for one in buggy})
        buggy += [one async for one in self.mutants(quiet, edited)]
        taken = {one.carrier for one in buggy}
        clean = list(self.clean(buggy, [one for one in quiet if one.sha not in taken]))
        return [*[await self.with_kills(one) for one in buggy], *clean]

    def faults(self, came_in: int, reverted: int) -> Iterator[Instance]:
        """Yield inducing commits first, which fewer fixes give, and let other fixes be reverted."""
        fixes = [
            fix
            for fix in fixes_of(self.history, self.repository.set)
            if not self.listed.rejects(fix.sha)
        ]
        made = (inducing(self.history, fix, self.repository.set) for fix in fixes)
        found = list(distinct(made, came_in))
        yield from found
        fixes = [fix for fix in fixes if fix.sha not in {one.fix for one in found}]
        made = (reintroduced(self.history, fix, self.repository.set) for fix in fixes)
        yield from distinct(made, reverted, {one.carrier for one in found})

    def quiet(self, taken: set[str]) -> list[Commit]:
        """Return changes that no later fix took anything back of."""
        fit = (
            commit
            for commit in fit_changes(self.history, self.repository.set)
            if commit.sha not in taken and not self.listed.rejects(commit.sha)
        )
        tried = islice(fit, MAX_CHANGES)
        found = (commit for commit in tried if not repaired_by(self.history, commit))
        return list(islice(found, ENOUGH * sum(MAX_CHANGES_BY_SET[self.repository.set])))

    async def mutants(self, quiet: Sequence[Commit], most: int) -> AsyncIterator[Instance]:
        """Yield mutants that tests notice or, where tests do not run, the first of each change."""
        count = 0
        for commit in quiet:
            if count == most:
                return
            for mutant in islice(mutants(self.history, commit, self.operators), 6):
                tried = await self.with_kills(self.own(mutant))
                if tried.killed is False:
                    continue
                count += 1
                self.operators[mutant.edit.operator if mutant.edit else ""] += 1
                yield tried
                break

    def own(self, instance: Instance) -> Instance:
        return instance.model_copy(update={"set": self.repository.set})

    def clean(self, buggy: Sequence[Instance], quiet: Sequence[Commit]) -> Iterator[Instance]:
        """Yield for each buggy instance the clean change whose size is nearest."""
        left = list(quiet)
        for instance in buggy:
            carrier = self.history.commit(instance.carrier)
            if carrier is None or not left:
                continue
            nearest = min(left, key=lambda one: abs(one.lines - carrier.lines))
            left.remove(nearest)
            yield Instance(
                id=f"{self.history.repository.replace('/', '-')}-d-{nearest.sha[:8]}",
                set=self.repository.set,
                kind="clean",
                repository=self.history.repository,
                base=nearest.parent,
                carrier=nearest.sha,
                date=nearest.date,
            )

    async def with_kills(self, instance: Instance) -> Instance:
        """Note whether the project's own tests notice a fault that was put in."""
        if not self.repository.paths or instance.kind == "inducing" or instance.killed is not None:
            return instance
        with tempfile.TemporaryDirectory(dir=self.cache) as scratch:
            paths = self.repository.paths
            tests = await killing_tests(instance, self.history, paths, self.runner, Path(scratch))
        if tests is None:
            return instance
        return instance.model_copy(update={"killed": bool(tests), "killed_by": tests[:3]})


def distinct(
    made: Iterator[Instance | None], most: int, taken: set[str] | None = None
) -> Iterator[Instance]:
    """Yield the first instances, no two of them of one commit."""
    seen = set(taken or ())
    count = 0
    for instance in made:
        if count == most:
            return
        if instance is not None and instance.carrier not in seen:
            seen.add(instance.carrier)
            count += 1
            yield instance


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.mining.review_manifest", description=__doc__)
    parser.add_argument("--repositories", nargs="*", help="only these, anew")
    parser.add_argument("--set", choices=SETS, help="only this set")
    parser.add_argument("--out", type=Path, default=MANIFEST)
    parser.add_argument("--cache", type=Path, default=default_cache())
    return mined(mine(parser.parse_args(arguments)))


async def mine(options: argparse.Namespace) -> None:
    cache = check_cache(options.cache)
    listed = listed_repositories()
    manifest = load_manifest(options.out) if options.out.is_file() else Manifest(instances=())
    environment = prepare_environment(load_repairs().requirements, cache)
    runner = Runner(await choose(SandboxSection()), environment)
    for repository in listed.repositories:
        known = {instance.repository for instance in manifest.instances}
        wanted = options.repositories or ([] if repository.name in known else [repository.name])
        if repository.name not in wanted or options.set not in (None, repository.set):
            continue
        kept = [one for one in manifest.instances if one.repository != repository.name]
        operators = Counter(one.edit.operator for one in kept if one.edit is not None)
        history = opened_history(repository.name, cache)
        found = await Miner(repository, listed, history, runner, cache, operators).instances()
        order = {one.name: number for number, one in enumerate(listed.repositories)}
        whole = sorted([*kept, *found], key=lambda one: order[one.repository])
        manifest = Manifest(instances=tuple(whole))
        write_manifest(manifest, options.out)
        counts = dict(Counter(one.kind for one in found))
        print(f"{repository.name}: {counts}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Check the manifest: each change can be made, its fault is where it says, clean ones are clean.

Usage: python -m benchmarks.review.check [--set tune] [--instances ID ...]

Asks no model and runs no test. Exit codes: 0 every instance is sound, 1 one is not, 2 it could not
be checked.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.repair.archives import check_cache, default_cache
from benchmarks.repair.tasks import SETS, RepairError
from benchmarks.review.blame import repaired_by, taken_back
from benchmarks.review.change import Change
from benchmarks.review.facts import parses
from benchmarks.review.fixes import in_time
from benchmarks.review.histories import History, opened_history
from benchmarks.review.instances import MANIFEST, Instance, Manifest, Span, load_manifest
from benchmarks.review.luck import MAX_LUCK, luck_of
from benchmarks.review.materialise import materialise


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.review.check", description=__doc__)
    parser.add_argument("--set", choices=SETS, help="only this set")
    parser.add_argument("--instances", nargs="*", help="only these")
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--cache", type=Path, default=default_cache())
    options = parser.parse_args(arguments)
    try:
        return int(check_all(options) > 0)
    except RepairError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def check_all(options: argparse.Namespace) -> int:
    """Say what is wrong with the manifest and each instance, and return how often something is."""
    manifest, cache = load_manifest(options.manifest), check_cache(options.cache)
    faults = list(faults_of_manifest(manifest))
    for fault in faults:
        print(fault)
    count = len(faults)
    for instance in manifest.instances:
        if options.set not in (None, instance.set):
            continue
        if instance.id not in (options.instances or [instance.id]):
            continue
        found = faults_of(instance, cache)
        count += bool(found)
        print(f"{instance.id}: {'; '.join(found) or 'sound'}", flush=True)
    return count


def faults_of_manifest(manifest: Manifest) -> Iterator[str]:
    """Yield what is wrong with the manifest as a whole."""
    tune, report = (manifest.chosen(name) for name in ("tune", "report"))
    for repository in {one.repository for one in tune} & {one.repository for one in report}:
        yield f"{repository} is in both sets"
    for name, count in Counter(one.id for one in manifest.instances).items():
        if count > 1:
            yield f"{name} is there {count} times"
    places = Counter((one.repository, one.carrier) for one in manifest.instances)
    for (repository, carrier), count in places.items():
        if count > 1:
            yield f"{carrier[:10]} of {repository} carries {count} instances"


def faults_of(instance: Instance, cache: Path) -> list[str]:
    """Return what is wrong with one instance."""
    history = opened_history(instance.repository, cache)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        folder = Path(scratch) / "work"
        try:
            materialise(instance, folder, cache)
        except RepairError as error:
            return [str(error)]
        return [
            *faults_on_disk(instance, Change(folder)),
            *faults_in_history(instance, history),
        ]


def faults_on_disk(instance: Instance, change: Change) -> Iterator[str]:
    """Yield what the two commits themselves tell."""
    if not change.hunks:
        yield "base and head are the same"
    for span in instance.truth:
        if span.end > len(change.lines(span.path)):
            yield f"{span.path} has no line {span.end}"
        elif not touches(span, change):
            yield f"{span.path}:{span.start} is outside the diff"
    for path in {span.path for span in instance.truth}:
        if not parses(change.text(path) or ""):
            yield f"{path} does not parse"
    luck = luck_of(change.bare_hunks, instance.truth) if instance.buggy else 0.0
    if luck > MAX_LUCK:
        yield f"{luck:.0%} of all comments would hit"


def touches(span: Span, change: Change) -> bool:
    return any(
        hunk.path == span.path and span.start <= hunk.new_end and span.end >= hunk.new_start
        for hunk in change.hunks
    )


def faults_in_history(instance: Instance, history: History) -> Iterator[str]:
    """Yield what the project's history says against an instance."""
    carrier = history.commit(instance.carrier)
    if carrier is None or carrier.parent != instance.base or carrier.date != instance.date:
        yield "the carrier is not the base's next commit"
        return
    if not in_time(instance.date, instance.set):
        yield f"{instance.date} is not the time of its set"
    if instance.kind == "reintroduced" and not is_before(history, instance.fix, instance.base):
        yield "the base lacks the fix"
    if instance.kind == "inducing":
        yield from faults_of_blame(instance, history)
    elif repairing := repaired_by(history, carrier):
        yield f"{repairing[:10]} takes back what the real commit wrote"


def faults_of_blame(instance: Instance, history: History) -> Iterator[str]:
    """Yield where the fix does not take away what the instance calls its fault."""
    fix = history.commit(instance.fix or "")
    found = taken_back(history, fix, fix.sources) if fix else ()
    lines = {(one.path, one.line) for one in found if one.commit == instance.carrier}
    for span in instance.truth:
        if not {(span.path, line) for line in range(span.start, span.end + 1)} <= lines:
            yield f"the fix keeps lines of {span.path}:{span.start}-{span.end}"


def is_before(history: History, earlier: str | None, later: str) -> bool:
    """Say whether a commit is among what another one builds on."""
    try:
        history.git("merge-base", "--is-ancestor", earlier or "", later)
    except RepairError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())

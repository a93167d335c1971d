"""Give each change of a set to each side, say what is true of the answers, and print a table.

Usage: python -m benchmarks.review.run --set tune --sides static [--limit 10] [--resume --out OUT]
       [--endpoint URL --model NAME]

Results go to `--out`, one line an instance and side; `--resume` goes on where that file ends. Exit
codes: 0 it ran, 2 it could not.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.repair.archives import check_cache
from benchmarks.repair.environment import prepare_environment
from benchmarks.repair.model import opened_model
from benchmarks.repair.programs import add_arguments, measured, say
from benchmarks.review.change import Change
from benchmarks.review.facts import facts_of
from benchmarks.review.findings import MAX_INLINE
from benchmarks.review.instances import MANIFEST, Instance, Manifest, load_manifest
from benchmarks.review.materialise import materialise
from benchmarks.review.prompt import Prompt
from benchmarks.review.results import Result, line_of, read_results, result_of, write_results
from benchmarks.review.score import table
from benchmarks.review.sides import Chance, Side, opened_rooftree
from benchmarks.review.static import Static

ENVIRONMENT = Path(__file__).with_name("environment.txt")
SIDES = ("static", "prompt", "rooftree")
CHOICES: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in (*SIDES, "chance")},
    "all": ("chance", *SIDES),
}


def main(arguments: Sequence[str] | None = None) -> int:
    return measured(measure(parse_arguments(arguments)), table)


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.review.run", description=__doc__)
    parser.add_argument("--sides", choices=CHOICES, default="static")
    parser.add_argument("--limit", type=int, help="only N changes, half of them clean")
    parser.add_argument("--instances", nargs="*", help="only these")
    add_arguments(parser, Path("review-results.jsonl"))
    parser.add_argument(
        "--seconds", type=float, default=600.0, help="how long rooftree may take for one change"
    )
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    return parser.parse_args(arguments)


async def measure(options: argparse.Namespace) -> list[Result]:
    """Make all reviews that are not in the file yet, and return all results."""
    cache = check_cache(options.cache)
    instances = chosen(load_manifest(options.manifest), options)
    results = read_results(options.out) if options.resume else []
    write_results(options.out, results)
    done = {(result.instance, result.side) for result in results}
    for name in CHOICES[options.sides]:
        left = [instance for instance in instances if (instance.id, name) not in done]
        if not left:
            continue
        async with opened_side(name, options, cache) as (side, model):
            for instance in left:
                result = await attempted(instance, (name, model), side, cache)
                results.append(result)
                with options.out.open("a", encoding="utf-8") as file:
                    file.write(line_of(result))
                say(f"[{len(results)}] {instance.id} {name}: {in_words(result)}")
    return results


@asynccontextmanager
async def opened_side(
    name: str, options: argparse.Namespace, cache: Path
) -> AsyncIterator[tuple[Side, str]]:
    """Yield a side with the name of its model; only one is open at a time, and its model."""
    if name == "prompt":
        async with opened_model(options.endpoint, options.model) as model:
            yield Prompt(model), model.name
    elif name == "rooftree":
        environment = await asyncio.to_thread(prepare_environment, requirements(), cache)
        python_environment = environment.python.parent.parent
        chosen_model = (options.endpoint, options.model)
        with opened_rooftree(python_environment, *chosen_model, options.seconds) as rooftree:
            yield rooftree, options.model or "default"
    else:
        yield (Static() if name == "static" else Chance()), ""


def requirements() -> list[str]:
    """Return what the environment holds that the projects' tests run in."""
    lines = ENVIRONMENT.read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def chosen(manifest: Manifest, options: argparse.Namespace) -> list[Instance]:
    """Return a set's instances; a limit takes buggy and clean ones evenly from the whole of it."""
    instances = list(manifest.chosen(options.set))
    if options.instances:
        instances = [one for one in instances if one.id in options.instances]
    if not options.limit or options.limit >= len(instances):
        return instances
    buggy = sorted((one for one in instances if one.buggy), key=lambda one: one.kind)
    clean = [one for one in instances if not one.buggy]
    half = options.limit // 2
    return [*spread(buggy, options.limit - half), *spread(clean, half)]


def spread(instances: Sequence[Instance], limit: int) -> list[Instance]:
    step = max(len(instances) / max(limit, 1), 1)
    return [instances[int(number * step)] for number in range(min(limit, len(instances)))]


async def attempted(instance: Instance, names: tuple[str, str], side: Side, cache: Path) -> Result:
    """Have one change reviewed in a fresh folder; seconds are the side's own."""
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        folder = Path(scratch) / "work"
        await asyncio.to_thread(materialise, instance, folder, cache)
        change = Change(folder)
        started = time.monotonic()
        review = await side.review(change)
        seconds = time.monotonic() - started
        facts = facts_of(instance, change, review)
    return result_of(instance, names, review, facts, seconds)


def in_words(result: Result) -> str:
    facts = result.facts
    said = f"{facts.inline} of at most {MAX_INLINE} said"
    found = ("found, " if facts.found else "missed, ") if result.buggy else "clean, "
    broken = "".join(f"; {fault}" for fault in (*facts.bad_anchors, *facts.bad_suggestions))
    note = f" ({result.note})" if result.note else ""
    return f"{found}{said}, {result.seconds:.0f} s{broken}{note}"


if __name__ == "__main__":
    sys.exit(main())

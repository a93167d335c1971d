"""Compare ways to search on the same checkouts: quality, seconds, memory.

    python -m benchmarks.retrieval.run --clones DIR [--peers DIR] [--only NAME …] [--json FILE]

`--clones` holds clones with their history. `--peers` holds the peers' virtual environments, each in
a folder of its name; one that is not there is left out, and said so. Results are kept beside the
checkouts in the cache, so a run can be taken up again; `--again` forgets those of `--only`.
"""

import argparse
import json
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.ask.sources import default_cache
from benchmarks.retrieval.baselines import ChunkBm25, MiniLmChroma, Ripgrep
from benchmarks.retrieval.checkout import Checkout, commit_all, git, make_checkout
from benchmarks.retrieval.competitor import Competitor
from benchmarks.retrieval.ours import Rooftree
from benchmarks.retrieval.peers import Peer
from benchmarks.retrieval.plot import draw
from benchmarks.retrieval.score import DEPTH, measures
from benchmarks.scale.measure import Watch
from rooftree.paths import default_state_folder

NAMES = ("flask", "gin", "commons-lang", "axios", "fd", "jekyll")
QUALITY = ("NDCG@10", "file@1", "file@5", "MRR", "symbol@5", "symbol@10")
COSTS = ("index s", "first answer s", "one file s", "branch s", "p50 ms", "p95 ms", "peak MiB")
MARKER = "zebra_marker_function"
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Result:
    """What one competitor did on one checkout; `failure` is why there is nothing else."""

    competitor: str
    checkout: str
    quality: Mapping[str, float]
    costs: Mapping[str, float]
    failure: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--names", nargs="+", default=list(NAMES))
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    cache = default_cache().parent / "retrieval"
    makers = competitors(options.peers)
    wanted = {key: make for key, make in makers.items() if not options.only or key in options.only}
    results: list[Result] = []
    for name in options.names:
        checkout = make_checkout(options.clones / name, cache)
        for key, make in makers.items():
            kept = cache / name / f"result-{key}.json"
            if options.again and key in wanted:
                kept.unlink(missing_ok=True)
            if key in wanted and not kept.exists():
                result = compete(make(), checkout, cache / name / f"state-{key}")
                kept.write_text(json.dumps(asdict(result)), "utf-8")
                print(f"{name}: {key}: {result.failure or round(result.quality['NDCG@10'], 3)}")
            if kept.exists():
                results.append(Result(**json.loads(kept.read_text("utf-8"))))
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in results], indent=1), "utf-8")
    if options.plot:
        options.plot.write_text(draw(whole(means(results))), "utf-8")


def competitors(peers: Path | None) -> dict[str, Callable[[], Competitor]]:
    """Return how to make each competitor that can be had here."""
    models = default_state_folder() / "models"
    found: dict[str, Callable[[], Competitor]] = {
        "rooftree": lambda: Rooftree("static", models),
        "rooftree-words": lambda: Rooftree("none", models),
        "bm25": ChunkBm25,
    }
    if (models / "minilm").is_dir():
        found["minilm"] = lambda: MiniLmChroma(models / "minilm")
    program = shutil.which("rg")
    if program:
        found["ripgrep"] = lambda: Ripgrep(program)
    if peers is not None:
        found |= _peers(peers, str(models / "minilm"))
    return found


def _peers(folder: Path, minilm: str) -> dict[str, Callable[[], Competitor]]:
    """Return the peers whose virtual environments are in a folder, with the weights they get."""
    weights = {
        "semble": ("rooftree's static weights", str(folder / "model2vec")),
        "cocoindex-code": ("MiniLM", minilm),
        "vectorcode": ("MiniLM", minilm),
        "seagoat": ("MiniLM", minilm),
        "chunkhound": ("MiniLM", minilm),
    }
    found: dict[str, Callable[[], Competitor]] = {}
    for name, (model, path) in weights.items():
        python = folder / name / "bin" / "python"
        if python.exists():
            driver = name.replace("-", "_")
            found[name] = partial(Peer, f"{name} ({model})", python, driver, model=path)
    return found


def compete(competitor: Competitor, checkout: Checkout, state: Path) -> Result:
    """Let one competitor index, answer and update; whatever it raises is its result."""
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    git(checkout.folder, "checkout", "-q", "-f", "main")
    try:
        quality, costs = _measured(competitor, checkout, state)
        return Result(competitor.name, checkout.name, quality, costs)
    except (RuntimeError, OSError, ValueError) as error:
        return Result(competitor.name, checkout.name, {}, {}, f"{type(error).__name__}: {error}")
    finally:
        competitor.close()
        git(checkout.folder, "checkout", "-q", "-f", "main")
        git(checkout.folder, "clean", "-fdq")


def _measured(
    competitor: Competitor, checkout: Checkout, state: Path
) -> tuple[dict[str, float], dict[str, float]]:
    import os

    watch = Watch(os.getpid())
    first = checkout.questions[0].text
    began = time.monotonic()
    if isinstance(competitor, Rooftree):
        competitor.first_answer(first, checkout.folder, state / "first")
        answered = time.monotonic() - began
        began = time.monotonic()
    competitor.index(checkout.folder, state)
    indexed = time.monotonic() - began
    competitor.query(first, DEPTH)
    if not isinstance(competitor, Rooftree):
        answered = time.monotonic() - began
    values, took = [], []
    for question in checkout.questions:
        began = time.perf_counter()
        found = competitor.query(question.text, DEPTH)
        took.append(1000 * (time.perf_counter() - began))
        values.append(measures(question, found))
    costs = {
        "index s": indexed,
        "first answer s": answered,
        "one file s": _one_file(competitor, checkout.folder),
        "branch s": _branch(competitor, checkout.folder),
        "p50 ms": float(np.percentile(took, 50)),
        "p95 ms": float(np.percentile(took, 95)),
        "peak MiB": watch.stop() / 2**20,
    }
    names = dict.fromkeys(name for each in values for name in each)
    quality = {n: float(np.mean([v[n] for v in values if n in v])) for n in names}
    return quality, costs


def _one_file(competitor: Competitor, folder: Path) -> float:
    """Return how long it takes until a new function is found; infinite where it is not."""
    (folder / "zebra_marker.py").write_text(f"def {MARKER}(x):\n    return x + 1\n", "utf-8")
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        competitor.update(folder)
        if any("zebra_marker" in path for path, _, _ in competitor.query(MARKER, DEPTH)):
            return time.monotonic() - began
    return math.inf


def _branch(competitor: Competitor, folder: Path) -> float:
    """Return how long it takes to follow a switch to a branch of twenty changed files, and back."""
    git(folder, "checkout", "-q", "-B", "side")
    listing = sorted(p for p in folder.rglob("*") if p.suffix in SOURCE and p.is_file())
    for number, path in enumerate(listing[:20]):
        text = path.read_text("utf-8", "surrogateescape")
        path.write_text(f"{text}\n\n// side {number}\n", "utf-8", "surrogateescape")
    commit_all(folder, "side")
    began = time.monotonic()
    competitor.update(folder)
    git(folder, "checkout", "-q", "-f", "main")
    competitor.update(folder)
    return time.monotonic() - began


SOURCE = frozenset([".py", ".go", ".java", ".js", ".ts", ".rs", ".rb"])


def means(results: Sequence[Result]) -> list[Result]:
    """Return for each competitor the means over the checkouts that it finished, best first."""
    found = []
    for name in dict.fromkeys(result.competitor for result in results):
        own = [result for result in results if result.competitor == name and not result.failure]
        if own:
            found.append(
                Result(
                    name,
                    f"{len(own)} repositories",
                    {key: float(np.mean([r.quality.get(key, 0) for r in own])) for key in QUALITY},
                    {key: float(np.mean([r.costs[key] for r in own])) for key in COSTS},
                )
            )
    return sorted(found, key=lambda result: -result.quality["NDCG@10"])


def whole(found: Sequence[Result]) -> list[Result]:
    """Return the means over most repositories: those over fewer are not to be set beside them."""
    most = max((result.checkout for result in found), key=_count, default="0")
    return [result for result in found if result.checkout == most]


def _count(checkout: str) -> int:
    return int(checkout.partition(" ")[0])


def table(results: Sequence[Result]) -> str:
    """Return the means, NDCG@10 by repository, and what failed, as Markdown."""
    rows = [
        _row(["", *QUALITY, *COSTS]),
        "|---" * (1 + len(QUALITY) + len(COSTS)) + "|",
    ]
    for mean in means(results):
        quality = [f"{mean.quality[key]:.3f}" for key in QUALITY]
        costs = [_cost(mean.costs[key]) for key in COSTS]
        rows.append(_row([f"{mean.competitor}, {mean.checkout}", *quality, *costs]))
    names = list(dict.fromkeys(result.checkout for result in results))
    rows += ["", _row(["NDCG@10", *names]), "|---" * (1 + len(names)) + "|"]
    for mean in means(results):
        by_name = {r.checkout: r for r in results if r.competitor == mean.competitor}
        cells = [
            f"{by_name[n].quality['NDCG@10']:.3f}"
            if n in by_name and not by_name[n].failure
            else "–"
            for n in names
        ]
        rows.append(_row([mean.competitor, *cells]))
    rows += [f"\n{r.competitor} on {r.checkout}: {r.failure}" for r in results if r.failure]
    return "\n".join(rows)


def _cost(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else f"not in {PATIENCE_SECONDS:g} s"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()

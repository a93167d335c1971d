"""Measure a Django-sized repository, or made-up ones of growing size.

    python -m benchmarks.scale.run django [--embedder static] [--folder PATH]
    python -m benchmarks.scale.run synthetic --sizes 10000 30000 100000 [--plot docs/scale.svg]

Prints a table; `--json FILE` writes the figures.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ask.questions import Source
from benchmarks.ask.sources import default_cache, fetch_source
from benchmarks.scale.measure import PROGRAM, Watch, cpu_seconds, environment, measure
from benchmarks.scale.plot import draw
from benchmarks.scale.questions import questions
from benchmarks.scale.synthetic import make
from indexing.repository.repository import Repository
from rooftree.config import Config
from rooftree.paths import StateFolder
from server.cli.terminal.remote import RemoteServer
from server.operations.find.search import SEARCH, SearchRequest, SearchResponse

DJANGO = Source(
    name="django",
    version="5.2.8",
    sha256="23254866a5bb9a2cfa6004e8b809ec6246eba4b58a7589bc2772f1bcc8456c7f",
    folder="django-5.2.8",
    backend="setuptools.build_meta",
    licence="BSD-3-Clause",
    languages="Python",
)
IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.test")
PATIENCE_SECONDS = 1800.0
FRESH_FILES = 7
LOOK_SECONDS = 0.1
REST_SECONDS = 2.0
"""Between two new files: vectors and Chroma catch up meanwhile."""
UNCOUNTED = 10
"""Searches before those that are counted."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was left to do for a run after one that was killed with SIGKILL halfway through."""

    killed_after_seconds: float
    parsed: int
    lexical_seconds: float


@dataclass(frozen=True, slots=True)
class Growth:
    """What one made-up repository cost."""

    files: int
    units: int
    lexical_seconds: float
    seconds: float
    peak_mib: float
    embedder: str
    lexical_cpu_seconds: float
    """Of all processes: other work on the machine changes it less than the seconds."""
    dense_cpu_seconds: float
    resumed: "Resumed | None" = None

    @property
    def lexical_ms_a_file(self) -> float:
        return 1000 * self.lexical_cpu_seconds / self.files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--embedder", default="static")
    commands = parser.add_subparsers(dest="command", required=True)
    django = commands.add_parser("django")
    django.add_argument("--folder", type=Path, help="A checkout that is there already.")
    synthetic = commands.add_parser("synthetic")
    synthetic.add_argument("--sizes", type=int, nargs="+", default=[10_000, 30_000, 100_000])
    synthetic.add_argument("--plot", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rooftree-scale-") as scratch:
        if options.command == "django":
            figures: Any = run_django(Path(scratch), options.folder, options.embedder)
            print(table(figures))
        else:
            grown = [
                grow(Path(scratch), size, options.embedder, kill=size == max(options.sizes))
                for size in options.sizes
            ]
            figures = [asdict(each) for each in grown]
            print(growth_table(grown))
            if options.plot:
                options.plot.write_text(draw(grown), "utf-8")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1), "utf-8")


def run_django(scratch: Path, folder: Path | None, embedder: str) -> dict[str, Any]:
    """Index, search with and without a server, change a file, switch a branch."""
    source = folder or fetch_source(DJANGO, default_cache().parent / "scale")
    root = scratch / "django"
    shutil.copytree(source, root, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    commit(root, "begin")
    environ = environment(scratch, embedder)
    indexed = measure(("index", root, "--json"), environ)
    status = json.loads(indexed.out)
    one_shot = measure(("search", "where is the session cookie rotated", "--repo", root), environ)
    figures: dict[str, Any] = {
        "files": status["files"],
        "units": status["units"],
        "words and symbols, s": status["lexical_seconds"],
        "with vectors, s": status["seconds"],
        "both, CPU s of all processes": indexed.cpu_seconds,
        "share with vectors": status["dense_share"],
        "peak memory while indexing, MiB": indexed.peak_bytes / 2**20,
        "one-shot search, CPU s": one_shot.cpu_seconds,
    }
    figures |= searched_warm(root, scratch, environ, embedder)
    figures |= changed(root, environ)
    return figures


def searched_warm(
    root: Path, scratch: Path, environ: Mapping[str, str], embedder: str
) -> dict[str, Any]:
    """Ask 200 questions of a running server."""
    state = StateFolder(scratch / "state" / "rooftree")
    config = Config.model_validate({"state": {"folder": state.root}, "index": {"embedder": "none"}})
    short, long = questions(Repository(root, config, None))
    with serving(root, environ) as process, _found(state) as server:
        wait_for_engine(server, root, embedder)
        watch = Watch(process.pid)
        before = cpu_seconds(process.pid)
        times = {
            name: timed(server, root, some) for name, some in (("short", short), ("long", long))
        }
        cpu = cpu_seconds(process.pid) - before
        fresh = found_after(server, root)
        peak = watch.stop()
    every = np.concatenate(list(times.values()))
    figures = {f"query p50, {name}, ms": float(np.percentile(t, 50)) for name, t in times.items()}
    return {
        **figures,
        "query p50, ms": float(np.percentile(every, 50)),
        "query p95, ms": float(np.percentile(every, 95)),
        "query mean, CPU ms of the server": 1000 * cpu / (len(every) + 2 * UNCOUNTED),
        "server: a new function is found after, median, s": float(np.median(fresh)),
        "server: a new function is found after, longest, s": max(fresh),
        "peak memory of the server, MiB": peak / 2**20,
    }


def search(server: RemoteServer, query: str, root: Path, limit: int) -> SearchResponse:
    request = SearchRequest.of(query=query, repo=str(root), limit=limit)
    return server.call(SEARCH, request, lambda _: None)


def found_after(server: RemoteServer, root: Path) -> list[float]:
    """Write new files, one after the other; return the seconds until each is found."""
    took = []
    for number in range(FRESH_FILES):
        name = f"zebra_{time.time_ns()}"
        (root / f"zebra_{number}.py").write_text(f"def {name}(x):\n    return x\n", "utf-8")
        began = time.monotonic()
        while not any(hit.symbol == name for hit in search(server, name, root, 1).hits):
            if time.monotonic() - began > PATIENCE_SECONDS:
                raise SystemExit("the server did not find a new file")
            time.sleep(LOOK_SECONDS)
        took.append(time.monotonic() - began)
        time.sleep(REST_SECONDS)
    for number in range(FRESH_FILES):
        (root / f"zebra_{number}.py").unlink()
    return took


def timed(server: RemoteServer, root: Path, texts: Sequence[str]) -> Any:
    """Return the milliseconds of each search, after a few that are not counted."""
    took = []
    for text in [*texts[:UNCOUNTED], *texts]:
        began = time.perf_counter()
        search(server, text, root, 10)
        took.append(1000 * (time.perf_counter() - began))
    return np.array(took[UNCOUNTED:])


def changed(root: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """Change one file, then switch to a branch and back."""
    (root / "django" / "views" / "zebra.py").write_text("def stripe_zebra(x):\n    return x\n")
    one = json.loads(measure(("index", root, "--json"), environ).out)
    git(root, "checkout", "-q", "-b", "side")
    for number, path in enumerate(sorted((root / "django" / "core").rglob("*.py"))[:30]):
        path.write_text(path.read_text("utf-8") + f"\n\nEXTRA_{number} = {number}\n", "utf-8")
    commit(root, "thirty files")
    there = json.loads(measure(("index", root, "--json"), environ).out)
    git(root, "checkout", "-q", "-")
    back = json.loads(measure(("index", root, "--json"), environ).out)
    return {
        "one changed file: searchable after, s": one["lexical_seconds"],
        "one changed file: parsed": one["parsed"],
        "branch of 30 files: parsed": there["parsed"],
        "branch of 30 files: texts embedded": there["embedded"],
        "and back: parsed": back["parsed"],
        "and back: texts embedded": back["embedded"],
    }


def grow(scratch: Path, files: int, embedder: str, *, kill: bool = False) -> Growth:
    """Make a repository of so many files and index it; and again, killed halfway through."""
    home = scratch / str(files)
    root = home / "repository"
    make(root, files)
    words = measure(("index", root, "--json"), environment(home, "none"))
    lexical_seconds = json.loads(words.out)["lexical_seconds"]
    vectors = measure(("index", root, "--json"), environment(home, embedder))
    status = json.loads(vectors.out)
    resumed = None
    if kill:
        resumed = resume(root, environment(home / "again", "none"), lexical_seconds / 2)
    shutil.rmtree(home)
    return Growth(
        status["files"],
        status["units"],
        lexical_seconds,
        lexical_seconds + status["seconds"],
        max(words.peak_bytes, vectors.peak_bytes) / 2**20,
        embedder,
        words.cpu_seconds,
        vectors.cpu_seconds,
        resumed,
    )


def resume(root: Path, environ: Mapping[str, str], seconds: float) -> Resumed:
    """Kill an index run after so many seconds, and run it again to its end."""
    process = subprocess.Popen(
        [*PROGRAM, "index", root, "--json"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    status = json.loads(measure(("index", root, "--json"), environ).out)
    return Resumed(seconds, status["parsed"], status["lexical_seconds"])


@contextmanager
def serving(root: Path, environ: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run `rooftree serve` on one repository."""
    process = subprocess.Popen(
        [*PROGRAM, "serve", "--repo", root, "--port", "0"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _found(state: StateFolder) -> Iterator[RemoteServer]:
    deadline = time.monotonic() + 60
    server = None
    while server is None:
        server = RemoteServer.find(state)
        if server is None and time.monotonic() > deadline:
            raise SystemExit("the server did not start within 60 s")
        time.sleep(0.2)
    with server:
        yield server


def wait_for_engine(server: RemoteServer, root: Path, embedder: str) -> None:
    """Wait until a search needs no excuse: all vectors are there, and Chroma holds them."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        coverage = search(server, "warm up", root, 1).coverage
        notes = coverage.notes if coverage is not None else ()
        if embedder == "none" or not notes:
            return
        time.sleep(2)
    print(f"still not ready: {notes}", file=sys.stderr)


def git(root: Path, *arguments: str) -> None:
    environ = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", *IDENTITY, "-C", root, *arguments], env=environ, check=True)


def commit(root: Path, message: str) -> None:
    if not (root / ".git").exists():
        git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


def table(figures: Mapping[str, Any]) -> str:
    rows = [f"| {name} | {value:,.4g} |" for name, value in figures.items()]
    return "\n".join(["| | |", "|---|---|", *rows])


def growth_table(grown: Sequence[Growth]) -> str:
    rows = [
        f"| {each.files:,} | {each.units:,} | {each.lexical_seconds:.1f} "
        f"| {each.lexical_ms_a_file:.2f} | {each.seconds - each.lexical_seconds:.1f} "
        f"| {1000 * each.dense_cpu_seconds / each.files:.2f} | {each.peak_mib:.0f} |"
        for each in grown
    ]
    head = (
        "| files | units | words and symbols, s | CPU ms a file | vectors, s | CPU ms a file "
        "| peak MiB |"
    )
    told = [
        f"\nKilled after {each.resumed.killed_after_seconds:.0f} s of {each.files:,} files: the "
        f"next run cut {each.resumed.parsed:,} in {each.resumed.lexical_seconds:.0f} s."
        for each in grown
        if each.resumed
    ]
    return "\n".join([head, "|---|---|---|---|---|---|---|", *rows, *told])


if __name__ == "__main__":
    main()

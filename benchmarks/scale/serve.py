"""Measure `rooftree serve` on a made-up repository of 30,000 files and a million lines.

    python -m benchmarks.scale.serve FOLDER --prepare [--files 30000]
    python -m benchmarks.scale.serve FOLDER [--cases starts load idle index stop] [--old CHECKOUT]

The folder keeps the repository and its index; each case writes its figures into FOLDER/figures.json
as soon as it has them, and one that is there is not measured again without --again. `--old` names a
checkout of another version with its own `.venv`: its server is put under the same load in the same
run.
"""

import argparse
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from benchmarks.scale.measure import cpu_seconds, environment, family, measure
from benchmarks.scale.questions import questions
from benchmarks.scale.run import commit
from benchmarks.scale.synthetic import make
from indexing.repository.repository import Repository
from rooftree.config import Config
from rooftree.paths import StateFolder

LINES = 30
"""The least lines of a file; the files have 34 on average."""
SECONDS = 120.0
SAVE_SECONDS = 2.0
PATIENCE_SECONDS = 1_800.0
CLIENTS = (8, 32)
STATES = ("absent", "half filled", "unsealed", "complete")


@dataclass(frozen=True, slots=True)
class Place:
    """A repository, the state folder of one version, and the version's source with its `.venv`."""

    root: Path
    home: Path
    source: Path

    @property
    def state(self) -> StateFolder:
        return StateFolder(self.home / "state" / "rooftree")

    @property
    def index(self) -> Path:
        return next((self.state.root / "repos").iterdir())

    def environ(self) -> Mapping[str, str]:
        return environment(self.home, "static")

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """Return a command of this version: isolated, it finds its source by its interpreter."""
        return [self.source / ".venv" / "bin" / "python", "-I", "-m", "rooftree", *arguments]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("--files", type=int, default=30_000)
    parser.add_argument("--old", type=Path)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--cases", nargs="+", default=["index", "starts", "stop", "load", "idle"])
    options = parser.parse_args()
    here = Path(__file__).parents[2]
    new = Place(options.folder / "repository", options.folder / "new", here)
    old = Place(new.root, options.folder / "old", options.old) if options.old else None
    if options.prepare:
        prepare(new, old, options.files)
        return
    figures = _Figures(options.folder / "figures.json", again=options.again)
    for case in options.cases:
        for name, find in cases(case, new, old, options.seconds):
            figures.take(name, find)
    print(json.dumps(figures.known, indent=1))


def cases(
    case: str, new: Place, old: Place | None, seconds: float
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield what a case consists of, each with its name."""
    if case == "index":
        yield "index, nothing changed", partial(index_again, new)
    elif case == "starts":
        for state in STATES:
            yield f"first search, Chroma {state}", partial(start, new, state)
    elif case == "stop":
        yield "stop while filling", partial(stop, new, filling=True)
        yield "stop while idle", partial(stop, new, filling=False)
    elif case == "load":
        for clients in CLIENTS:
            yield from loads(clients, {"old": old, "new": new}, seconds)
    else:
        yield "idle", partial(idle, new)


def loads(
    clients: int, places: Mapping[str, Place | None], seconds: float
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the same load for each version that is there."""
    for name, place in places.items():
        if place is not None:
            yield f"{clients} clients, {name}", partial(load, place, clients, seconds)


class _Figures:
    """Figures by case, in a file."""

    def __init__(self, path: Path, *, again: bool) -> None:
        self._path = path
        self._again = again
        self.known: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}

    def take(self, case: str, find: Callable[[], Any]) -> None:
        """Measure a case that was not measured before."""
        if case in self.known and not self._again:
            return
        self.known[case] = find()
        print(case, json.dumps(self.known[case]), flush=True)
        self._path.write_text(json.dumps(self.known, indent=1), "utf-8")


def prepare(new: Place, old: Place | None, files: int) -> None:
    """Make the repository, index it, and have Chroma filled once."""
    if not new.root.exists():
        make(new.root, files, lines=LINES)
        commit(new.root, "begin")
    for place in filter(None, (old, new)):
        subprocess.run(place.command("index", place.root), env=place.environ(), check=True)
        with serving(place) as (_, server):
            wait_until_whole(server, place.root)
        for path in place.index.glob("whole-*"):
            shutil.rmtree(path, ignore_errors=True)
        kept = max(place.index.glob("chroma-[0-9]*"), key=lambda path: int(path.name[7:]))
        shutil.copytree(kept, place.index / "whole-chroma")
        shutil.copy(place.index / f"seal-of-{kept.name}", place.index / "whole-seal")


def put(place: Place, state: str) -> None:
    """Give a server a Chroma in one of the states that it may find."""
    index = place.index
    for path in index.glob("chroma-[0-9]*"):
        shutil.rmtree(path)
    for path in index.glob("seal-of-*"):
        path.unlink()
    if state == "absent":
        return
    if state == "half filled":
        with serving(place) as (process, server):
            search(server, place.root, "warm up")
            time.sleep(20)
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        return
    shutil.copytree(index / "whole-chroma", index / "chroma-1")
    if state == "complete":
        shutil.copy(index / "whole-seal", index / "seal-of-chroma-1")


@contextmanager
def serving(place: Place) -> Iterator["tuple[subprocess.Popen[bytes], httpx.Client]"]:
    """Run a server and talk to it over its socket."""
    process = subprocess.Popen(
        place.command("serve", "--repo", place.root, "--port", "0"),
        env=place.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=place.home,
    )
    try:
        with httpx.Client(
            transport=httpx.HTTPTransport(uds=str(place.state.socket())),
            base_url="http://rooftree",
            timeout=PATIENCE_SECONDS,
            headers=_token(place, process),
        ) as client:
            yield process, client
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _token(place: Place, process: "subprocess.Popen[bytes]") -> dict[str, str]:
    """Wait until the server listens; return what opens its socket."""
    while process.poll() is None:
        with socket.socket(socket.AF_UNIX) as door:
            try:
                door.connect(str(place.state.socket()))
                token = place.state.socket_token().read_text()
            except OSError:
                time.sleep(0.02)
                continue
            return {"Authorization": f"Bearer {token}"}
    raise SystemExit("the server did not start")


def search(server: httpx.Client, root: Path, query: str) -> Any:
    answer = server.post("/api/search", json={"query": query, "repo": str(root), "limit": 10})
    answer.raise_for_status()
    return answer.json()


def wait_until_whole(server: httpx.Client, root: Path) -> float:
    """Wait until the vector engine answers; return the seconds."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_SECONDS:
        notes = search(server, root, "warm up")["coverage"]["notes"]
        if not any("Chroma" in note or "vector" in note for note in notes):
            return time.monotonic() - began
        time.sleep(2)
    raise SystemExit(f"still not ready: {notes}")


def start(place: Place, state: str) -> dict[str, Any]:
    """Time the first searches of a server that finds Chroma in a state."""
    put(place, state)
    began = time.monotonic()
    with serving(place) as (process, server):
        open_at = time.monotonic() - began
        told = []
        for _ in range(5):
            asked = time.monotonic()
            coverage = search(server, place.root, "where is the limit of an item")["coverage"]
            told.append(
                {
                    "seconds": round(time.monotonic() - asked, 3),
                    "since the start": round(time.monotonic() - began, 3),
                    "dense share": coverage["dense_share"],
                    "notes": coverage["notes"],
                }
            )
        return {"door open": round(open_at, 3), "searches": told} | memory(process.pid)


def stop(place: Place, *, filling: bool) -> dict[str, Any]:
    """Time the end of a server after SIGTERM."""
    put(place, "absent" if filling else "complete")
    with serving(place) as (process, server):
        search(server, place.root, "warm up")
        time.sleep(10 if filling else 20)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        return {"seconds": round(time.monotonic() - began, 3), "exit code": code}


def index_again(place: Place) -> dict[str, Any]:
    """Time `index` where nothing has changed: the second of two runs."""
    command = ("index", place.root, "--json")
    measure(command, place.environ())
    found = measure(command, place.environ())
    return {
        "seconds": round(found.seconds, 2),
        "cpu seconds": round(found.cpu_seconds, 2),
        "checked": json.loads(found.out)["checked"],
    }


def load(place: Place, clients: int, seconds: float) -> dict[str, Any]:
    """Ask from several clients at once while files are saved."""
    if not list(place.index.glob("chroma-[0-9]*")):
        put(place, "complete")
    short, long = asked_of(place)
    with serving(place) as (process, server):
        wait_until_whole(server, place.root)
        crowd = _Crowd(server, place.root, [*short, *long])
        over = crowd.over
        threads = [threading.Thread(target=crowd.ask, args=(n,)) for n in range(clients)]
        saving = threading.Thread(target=_save, args=(place.root, over))
        cpu = cpu_seconds(process.pid)
        for thread in (*threads, saving):
            thread.start()
        time.sleep(seconds)
        over.set()
        for thread in (*threads, saving):
            thread.join()
        times = np.array(crowd.took) * 1000
        return {
            "searches": len(times),
            "p50, ms": round(float(np.percentile(times, 50)), 1),
            "p95, ms": round(float(np.percentile(times, 95)), 1),
            "p99, ms": round(float(np.percentile(times, 99)), 1),
            "longest, ms": round(float(times.max()), 1),
            "dense share, mean": round(float(np.mean(crowd.shares)), 4),
            "server's CPU, s": round(cpu_seconds(process.pid) - cpu, 1),
        } | memory(process.pid)


def asked_of(place: Place) -> tuple[list[str], list[str]]:
    config = Config.model_validate(
        {"state": {"folder": place.state.root}, "index": {"embedder": "none"}}
    )
    return questions(Repository(place.root, config, None))


@dataclass(slots=True)
class _Crowd:
    """Clients that ask one question after the other until it is over."""

    server: httpx.Client
    root: Path
    texts: list[str]
    over: threading.Event = field(default_factory=threading.Event)
    took: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def ask(self, first: int) -> None:
        number = first * 7
        while not self.over.is_set():
            began = time.monotonic()
            found = search(self.server, self.root, self.texts[number % len(self.texts)])
            self.took.append(time.monotonic() - began)
            self.shares.append(found["coverage"]["dense_share"])
            number += 1


def _save(root: Path, over: threading.Event) -> None:
    number = 0
    while not over.wait(SAVE_SECONDS):
        number += 1
        text = f"def zebra_{number}(stripe):\n    return stripe + {time.time_ns()}\n"
        (root / f"zebra_{number % 7}.py").write_text(text, "utf-8")
    for path in root.glob("zebra_*.py"):
        path.unlink()


def idle(place: Place) -> dict[str, Any]:
    """Tell what a server takes of a processor in a minute in which nobody asks anything."""
    put(place, "complete")
    with serving(place) as (process, server):
        wait_until_whole(server, place.root)
        time.sleep(60)
        pids = family(process.pid)
        before = sum(map(cpu_seconds, pids))
        time.sleep(60)
        used = sum(map(cpu_seconds, pids)) - before
        return {"share of a core": round(used / 60, 4)} | memory(process.pid)


def memory(pid: int) -> dict[str, Any]:
    """Tell what the server and its children hold, in MiB resident."""
    held = {}
    for number, member in enumerate(family(pid)):
        try:
            status = (Path("/proc") / str(member) / "status").read_text()
        except OSError:
            continue
        resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        name = "server" if number == 0 else f"child {number}"
        held[f"{name}, MiB"] = int(resident.split()[1]) // 1024
    return held


if __name__ == "__main__":
    main()

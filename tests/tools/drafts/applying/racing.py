"""A program that saves at a random moment while a change is applied or undone.

Every moment follows from its seed; to try one again,
`python -m tests.tools.drafts.applying.racing FOLDER SIZE SEED`.
As `… --saver` it is the one who saves: it is told what to do by lines and answers each.
"""

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from rooftree.errors import RooftreeError
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.apply import apply, undo
from tools.drafts.applying.journal import JOURNAL, Journal
from tools.drafts.draft import MAX_FILE_BYTES, Draft
from tools.drafts.snapshot import take_snapshot

SIZES = {"4 KB": 4 << 10, "900 KB": 900 << 10, "20 MB": 20 << 20}
ACTS = ("apply", "undo")
KINDS = ("replaced", "removed")
WAYS = ("rename", "in place", "held")
NAME = "a.bin"
COMMAND = [sys.executable, "-m", "tests.tools.drafts.applying.racing"]
HERE = Path(__file__).parents[4]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is done, how somebody saves, and when, as a share of what the doing takes."""

    seed: int
    act: str
    kind: str
    way: str
    share: float

    @classmethod
    def of(cls, seed: int) -> "Moment":
        chance = random.Random(seed)
        act, kind, way = (chance.choice(some) for some in (ACTS, KINDS, WAYS))
        return cls(seed, act, kind, way, chance.uniform(0.0, 1.3))


class Race:
    """One repository of one file, and the process that saves it."""

    def __init__(self, folder: Path, size: int, to: IO[str], answers: IO[str]) -> None:
        self.size, self.to, self.answers = size, to, answers
        self.before = _content("before", size)
        self.repo = git_repository(folder, {NAME: self.before})
        self.run = folder / "run"
        (self.run / "blobs").mkdir(parents=True)
        self.snapshot = take_snapshot(open_worktree(self.repo), self.run / "blobs")
        after = _content("after", min(size, MAX_FILE_BYTES))
        self.drafts = {
            "replaced": Draft(self.snapshot).with_content(NAME, after),
            "removed": Draft(self.snapshot).with_content(NAME, None),
        }
        both = [(act, kind) for act in ACTS for kind in KINDS]
        self.seconds = {one: self._time(*one) for one in both}

    def verdict(self, moment: Moment) -> str:
        """Try one moment; say where what was saved is now."""
        act = self._prepared(moment.act, moment.kind)
        delay = moment.share * self.seconds[moment.act, moment.kind]
        if self._say({"way": moment.way, "open": True, "seed": moment.seed}) == "no file":
            return "nothing to save"
        self.to.write(json.dumps({"delay": delay}) + "\n")
        self.to.flush()
        told = _told(act)
        if self.answers.readline().strip() == "no file":
            return "nothing to save"
        return self._found(_content(str(moment.seed), self.size), told)

    def _found(self, saved: bytes, told: str) -> str:
        strays = [*self.repo.glob(".*rooftree*")]
        if any(one.name not in told for one in strays):
            return "a stray file"
        place = self.repo / NAME
        if place.exists() and place.read_bytes() == saved:
            return "in the tree"
        for one in [*(self.run / "kept").glob("*"), *strays]:
            if one.read_bytes() == saved:
                return "kept and told" if one.name in told else "kept, untold"
        return "lost"

    def _prepared(self, act: str, kind: str) -> Callable[[], Journal]:
        for one in [*(self.run / "kept").glob("*"), *self.repo.glob(".*rooftree*")]:
            one.unlink()
        (self.run / JOURNAL).unlink(missing_ok=True)
        (self.repo / NAME).unlink(missing_ok=True)
        (self.repo / NAME).write_bytes(self.before)
        draft = self.drafts[kind]
        if act == "apply":
            return lambda: apply(draft, draft.digest, self.run)
        journal = apply(draft, draft.digest, self.run)
        return lambda: undo(self.snapshot, journal, self.run)

    def _time(self, act: str, kind: str) -> float:
        doing = self._prepared(act, kind)
        began = time.monotonic()
        doing()
        return time.monotonic() - began

    def _say(self, told: dict[str, object]) -> str:
        self.to.write(json.dumps(told | {"place": str(self.repo / NAME), "size": self.size}) + "\n")
        self.to.flush()
        return self.answers.readline().strip()


@contextmanager
def racing(folder: Path, size: int) -> Iterator[Race]:
    """Make a race; the process that saves ends with it."""
    with subprocess.Popen(
        [*COMMAND, "--saver"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
    ) as saver:
        assert saver.stdin is not None
        assert saver.stdout is not None
        try:
            yield Race(folder, size, saver.stdin, saver.stdout)
        finally:
            saver.stdin.close()
            shutil.rmtree(folder / "shop", ignore_errors=True)
            shutil.rmtree(folder / "run", ignore_errors=True)


def tried(folder: Path, size: int, seeds: range, log: Path) -> tuple[Counter[str], list[Moment]]:
    """Try moments, write each down, and return what came of them and those that went wrong."""
    verdicts: Counter[str] = Counter()
    wrong = []
    with racing(folder, size) as race, log.open("a", buffering=1) as handle:
        for seed in seeds:
            moment = Moment.of(seed)
            verdict = race.verdict(moment)
            handle.write(json.dumps(asdict(moment) | {"size": size, "verdict": verdict}) + "\n")
            verdicts[f"{moment.way}: {verdict}"] += 1
            if verdict not in ("in the tree", "kept and told", "nothing to save"):
                wrong.append(moment)
    return verdicts, wrong


def _told(act: Callable[[], Journal]) -> str:
    try:
        return "\n".join(act().notes)
    except RooftreeError as error:
        return str(error)


def _content(name: str, size: int) -> bytes:
    line = f"{name} wrote this line\n".encode()
    return (line * (size // len(line) + 1))[:size]


def _save() -> None:
    """Save as each two lines say: the first to get ready, the second when."""
    for line in sys.stdin:
        told = json.loads(line)
        place, data = Path(told["place"]), _content(str(told["seed"]), told["size"])
        held = None
        if told["way"] == "held":
            if not place.exists():
                print("no file", flush=True)
                continue
            held = os.open(place, os.O_WRONLY)
        print("ready", flush=True)
        moment = time.monotonic() + json.loads(sys.stdin.readline())["delay"]
        while time.monotonic() < moment:
            pass
        print(_saved(place, data, told["way"], held), flush=True)


def _saved(place: Path, data: bytes, way: str, held: int | None) -> str:
    if way == "rename":
        other = place.with_name("editor.tmp")
        other.write_bytes(data)
        other.replace(place)
        return "saved"
    if held is None:
        try:
            held = os.open(place, os.O_WRONLY)
        except FileNotFoundError:
            return "no file"
    with os.fdopen(held, "wb") as handle:
        handle.truncate()
        handle.write(data)
    return "saved"


def main() -> None:
    if sys.argv[1:] == ["--saver"]:
        _save()
        return
    folder, size, first = Path(sys.argv[1]), SIZES[sys.argv[2]], int(sys.argv[3])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    verdicts, wrong = tried(folder, size, range(first, first + count), folder / "race.jsonl")
    print(dict(verdicts), wrong)


if __name__ == "__main__":
    main()

"""The measurements of size: made-up code is code, and what is watched is the whole family."""

import subprocess
import sys
from pathlib import Path

from benchmarks.scale.measure import Watch, environment, family, measure
from benchmarks.scale.plot import draw
from benchmarks.scale.questions import FRAMES, questions
from benchmarks.scale.run import Growth, grow, growth_table, table
from benchmarks.scale.synthetic import FILES_A_FOLDER, make
from indexing.repository.repository import Repository
from tests.support import config_in, git_repository, indexed, project


def test_made_up_repositories_grow_and_never_vary(tmp_path: Path) -> None:
    for name, size in (("small", 70), ("large", 140)):
        make(tmp_path / name, size)
    small, large = (
        {p.relative_to(tmp_path / n).as_posix(): p.read_text() for p in files_of(tmp_path / n)}
        for n in ("small", "large")
    )
    assert len(small) == 70
    assert small.items() <= large.items()
    assert len({p.partition("/")[0] for p in large}) == -(-140 // FILES_A_FOLDER)
    assert len(set(large.values())) == 140


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_made_up_files_have_one_to_three_units(tmp_path: Path) -> None:
    make(tmp_path / "made", 50)
    repository = indexed(tmp_path / "made", config_in(tmp_path))
    status = repository.status()
    assert status.notes == []
    assert 50 <= status.units <= 150


def test_two_hundred_questions_are_half_short_and_half_long(tmp_path: Path) -> None:
    repository: Repository = indexed(git_repository(tmp_path, project(400)), config_in(tmp_path))
    short, long = questions(repository)
    assert (len(short), len(long)) == (100, 100)
    assert all(len(text.split()) <= 12 for text in short)
    assert sum(text.count("File ") == FRAMES for text in long) == 50
    assert questions(repository) == (short, long)


def test_children_are_watched_with_their_parent() -> None:
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    watch = Watch(process.pid)
    while len(family(process.pid)) < 2:
        pass
    process.communicate(b"\n")
    assert watch.stop() >= 0
    assert process.returncode == 0


def test_a_command_is_measured(tmp_path: Path) -> None:
    make(tmp_path / "made", 10)
    done = measure(("index", tmp_path / "made", "--json"), environment(tmp_path, "none"))
    assert done.code == 0
    assert done.cpu_seconds > 0
    grown = grow(tmp_path, 12, "none", kill=True)
    assert grown.files == 12
    assert grown.resumed is not None
    assert grown.resumed.parsed <= 12
    assert "| 12 |" in growth_table([grown])
    assert "Killed after" in growth_table([grown])


def test_figures_become_a_table_and_a_picture() -> None:
    some = [
        Growth(n, 2 * n, n / 100, n / 50, 80.0, "static", n / 100, n / 200)
        for n in (10_000, 100_000)
    ]
    assert "| 10.00 |" in growth_table(some)
    assert draw(some).count("<polyline") == 4
    assert "| units | 1,200 |" in table({"units": 1200})

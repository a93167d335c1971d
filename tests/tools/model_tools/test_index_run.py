"""A run makes what changed searchable, embeds what is new, and mends what is damaged."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from indexing.repository.full_index import REINDEXED, index_first, index_whole
from indexing.repository.repository import Repository
from rooftree.telemetry.events import Event, EventLog
from tests.support import HashingEmbedder, config_in, git, git_repository, project


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    git_repository(tmp_path, project(12))
    return opened(tmp_path)


def opened(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "shop", config_in(tmp_path), HashingEmbedder())


def stages(heard: list[Event]) -> list[str]:
    told = (str(event.data["stage"]) for event in heard if event.kind == "progress")
    return list(dict.fromkeys(told))


def test_a_second_run_cuts_and_embeds_nothing(repository: Repository) -> None:
    heard: list[Event] = []
    first = index_whole(repository, EventLog(heard.append))
    again = index_whole(repository, EventLog(heard.append))
    assert first.parsed == 12
    assert first.embedded > 12
    assert (again.parsed, again.embedded) == (0, 0)
    assert stages(heard) == ["index", "searchable", "vectors"]


def test_what_a_run_has_seen_is_told_without_a_second_look(repository: Repository) -> None:
    root = repository.worktree.root
    (root / ".gitignore").write_text("*.log\n")
    (root / "one.log").write_text("ignored")
    index_whole(repository, EventLog(lambda _: None))
    (root / "later.py").write_text("LATER = 1\n")
    seen, now = repository.status(look=False), repository.status()
    assert (seen.files_behind, now.files_behind) == (0, 1)
    assert seen.looked_seconds_ago is not None
    assert seen.looked_seconds_ago > 0
    assert (seen.ignored, now.ignored) == (1, 1)
    assert seen.dense_share == 1.0


def test_a_branch_and_back_embeds_only_what_is_new_there(repository: Repository) -> None:
    root = repository.worktree.root
    index_whole(repository, EventLog(lambda _: None))
    git(root, "checkout", "--quiet", "-b", "side")
    changed = sorted(root.rglob("*.py"))[:3]
    for path in changed:
        path.write_text(path.read_text("utf-8") + "\n\ndef zebra(x):\n    return x\n", "utf-8")
    git(root, "commit", "--quiet", "--all", "--message", "three files")
    there = index_whole(repository, EventLog(lambda _: None))
    git(root, "checkout", "--quiet", "main")
    back = index_whole(repository, EventLog(lambda _: None))
    assert (there.parsed, there.embedded) == (3, 1)  # the new function is one text
    assert (back.parsed, back.embedded) == (0, 0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unit SET text = text || ' ' WHERE key = 2",
        "UPDATE symbol SET start = start + 1 WHERE document = 2",
        "UPDATE embedding SET vector = (SELECT vector FROM embedding LIMIT 1)",
    ],
)
def test_a_damaged_index_is_made_anew_in_the_same_run(
    tmp_path: Path, repository: Repository, change: str
) -> None:
    index_whole(repository, EventLog(lambda _: None))
    with closing(sqlite3.connect(repository.folder / "manifest.sqlite")) as database:
        database.execute(change)
        database.commit()
    heard: list[Event] = []
    done = index_whole(opened(tmp_path), EventLog(heard.append))
    assert done.parsed == 12
    assert [event.data["message"] for event in heard if event.kind == "error"] == [REINDEXED]
    assert repository.vectors.share() == 1.0


def test_a_damage_that_is_met_while_embedding_is_mended_too(
    tmp_path: Path, repository: Repository
) -> None:
    index_first(repository, EventLog(lambda _: None))
    with closing(sqlite3.connect(repository.folder / "manifest.sqlite")) as database:
        database.execute("UPDATE unit SET text = text || ' '")
        database.commit()
    done = index_whole(opened(tmp_path), EventLog(lambda _: None))
    assert done.parsed == 12
    assert repository.vectors.share() == 1.0

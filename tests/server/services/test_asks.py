"""Questions that are kept: whose they are, how many, and what a later one goes on from."""

from pathlib import Path
from typing import Any

import pytest

from agents.runs.store import RunStore, StoredRun
from rooftree.errors import UsageError
from rooftree.git.commands import Worktree, open_worktree
from rooftree.paths import StateFolder
from server.services.asks import MAX_TURNS, Asks, dead, names_run, over
from tests.agents.scenes import SHOP
from tests.support import git_repository

KEY = "ghp_" + "q7Rz" * 9


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(StateFolder(tmp_path / "state"))


@pytest.fixture
def shop(tmp_path: Path) -> Worktree:
    return open_worktree(git_repository(tmp_path, SHOP))


def told(question: str, answer: str = "In the cart [1].") -> dict[str, Any]:
    return {"question": question, "answer": answer, "status": "answered", "citations": []}


def test_a_question_goes_on_from_the_last_one_and_from_what_that_went_on_from(
    store: RunStore, shop: Worktree
) -> None:
    asks = Asks(store, "", 50)
    first = asks.record(shop, told("Where is it?"), [])
    asks.record(shop, told("And why?", "Because."), asks.thread(shop, "last"))
    assert asks.thread(shop, "last") == (
        ("Where is it?", "In the cart [1]."),
        ("And why?", "Because."),
    )
    assert asks.thread(shop, first) == (("Where is it?", "In the cart [1]."),)


def test_a_thread_does_not_grow_without_end(store: RunStore, shop: Worktree) -> None:
    asks = Asks(store, "", 50)
    earlier = [(f"q{number}", "a" * 20_000) for number in range(20)]
    asks.record(shop, told("last"), earlier)
    thread = asks.thread(shop, "last")
    assert [one for one, _ in thread] == ["q15", "q16", "q17", "q18", "q19", "last"]
    assert len(thread) == MAX_TURNS
    assert sum(len(answer) for _, answer in thread) < 50_000


def test_of_each_asker_and_repository_the_newest_are_kept(
    store: RunStore, shop: Worktree, tmp_path: Path
) -> None:
    other = open_worktree(git_repository(tmp_path, SHOP, "other"))
    change = store.create(StoredRun("change", "task", str(shop.root), None, "m"))
    for number in range(4):
        Asks(store, "", 2).record(shop, told(f"mine {number}"), [])
        Asks(store, "key", 2).record(shop, told(f"theirs {number}"), [])
    Asks(store, "", 2).record(other, told("elsewhere"), [])
    kept = [one.task for one in store.all() if one.kind == "ask"]
    assert sorted(kept) == ["elsewhere", "mine 2", "mine 3", "theirs 2", "theirs 3"]
    assert change.record().task == "task"
    assert len(list(store.state.runs().iterdir())) == 6, "their folders are gone"


def test_with_none_to_be_kept_nothing_is_written(store: RunStore, shop: Worktree) -> None:
    asks = Asks(store, "", 0)
    assert asks.record(shop, told("Where is it?"), []) == ""
    assert store.all() == []
    with pytest.raises(UsageError, match=r"no question about .* is kept \(ask.keep is 0\)"):
        asks.thread(shop, "last")


def test_a_secret_is_not_written_down(store: RunStore, shop: Worktree) -> None:
    turns = [(f"with {KEY}?", f"yes, {KEY}")]
    Asks(store, "", 5).record(shop, told(f"Where is {KEY}?", f"{KEY} is here"), turns)
    files = [one for one in store.state.runs().rglob("*") if one.is_file()]
    assert files
    assert not [one for one in files if KEY in one.read_text()]


@pytest.mark.parametrize("owner", ["", "key"])
def test_what_somebody_else_asked_is_as_what_is_not_there(
    store: RunStore, shop: Worktree, owner: str
) -> None:
    theirs = Asks(store, "somebody", 5).record(shop, told("Where is it?"), [])
    with pytest.raises(UsageError, match="no question about"):
        Asks(store, owner, 5).thread(shop, theirs)


def test_an_unknown_name_tells_those_that_are_near(store: RunStore, shop: Worktree) -> None:
    asks = Asks(store, "", 5)
    known = asks.record(shop, told("Where is it?"), [])
    wrong = known[:-1] + ("0" if known[-1] != "0" else "1")
    with pytest.raises(UsageError, match=f"no question begins .* did you mean {known}"):
        asks.thread(shop, wrong)
    asks.record(shop, told("And why?"), [])
    with pytest.raises(UsageError, match=r"2 questions about .* begin with '2'"):
        asks.thread(shop, "2")


def test_questions_about_what_is_gone_are_dead(
    store: RunStore, shop: Worktree, tmp_path: Path
) -> None:
    Asks(store, "", 5).record(shop, told("Where is it?"), [])
    assert dead(store.all()) == []
    shop.root.rename(tmp_path / "moved")
    assert [one.task for one in dead(store.all())] == ["Where is it?"]
    assert len(over(store.all(), 0)) == 1


def test_a_question_is_no_name_of_a_run() -> None:
    assert names_run("20261130-151244-7875b6")
    assert names_run("2026")
    assert names_run("last")
    assert not names_run("And why?")
    assert not names_run("2 or 3?")

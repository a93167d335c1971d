"""A history search denies nothing that it has not read: each part of a history that is passed over.

A row hides the name `settle_zloty` in a commit where it is not read, and says how that is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indexing.history.commit_store import MAX_DIFF_LENGTH, MAX_WORDS
from indexing.history.search import MAX_MESSAGE_CHARACTERS
from rooftree.errors import HistoryError
from tests.agents.scenes import SHOP, small_config
from tests.server.blind_spots import CODE, NAME
from tests.server.calls import Calls
from tests.server.operations.test_nothing_found import printed
from tests.support import commit_all, git, git_repository, write_files

IN_PART = "parts of 1 diff (what is binary, changelogs, examples, and what follows the first"


@dataclass(frozen=True)
class Passed:
    """What puts the name where it is not read, and how that is told."""

    hide: Callable[[Path], None]
    told: str


def committed(path: str, content: str | bytes) -> Callable[[Path], None]:
    def hide(root: Path) -> None:
        write_files(root, {path: content})
        commit_all(root)

    return hide


def long_message(root: Path) -> None:
    commit_all(root, "work\n\n" + "and so on\n" * (MAX_MESSAGE_CHARACTERS // 10) + f"\n{NAME}\n")


def merged(root: Path) -> None:
    """Write the name in the merge itself: no diff of a parent has it."""
    git(root, "switch", "--quiet", "--create", "side")
    commit_all(root, "aside")
    git(root, "switch", "--quiet", "main")
    commit_all(root, "go on")
    git(root, "merge", "--quiet", "--no-ff", "--no-commit", "side")
    write_files(root, {"shop/late.py": CODE})
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "join")


ROWS = {
    "a long diff": Passed(committed("a.py", "x = 1\n" * (MAX_DIFF_LENGTH // 6) + CODE), IN_PART),
    "many words": Passed(
        committed(
            "a.txt", " ".join(f"w{n:x} w{n:x}" for n in range(2 * MAX_WORDS)) + f"\n{NAME}\n"
        ),
        IN_PART,
    ),
    "binary": Passed(committed("a.bin", CODE.encode() + b"\0\1"), IN_PART),
    "a changelog": Passed(committed("CHANGELOG.md", f"* {NAME}\n"), IN_PART),
    "an example": Passed(committed("examples/a.py", CODE), IN_PART),
    "a merge": Passed(merged, "what 1 merge changed"),
    "a long message": Passed(long_message, "of 1 message only the first 5,000 characters"),
}


async def looked(tmp_path: Path, root: Path, query: str = NAME) -> dict[str, Any]:
    services = Calls(small_config(tmp_path))
    try:
        return await services.history(query, root, None, 5, None)
    finally:
        await services.aclose()


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
async def test_what_was_not_read_is_named_where_nothing_is_found(
    tmp_path: Path, row: Passed
) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    row.hide(root)
    for _ in ("read", "kept by the query before"):
        result = await looked(tmp_path, root)
        assert result["hits"] == [], "it is read by now: this is no row any more"
        assert any(told.startswith(row.told) for told in result["coverage"]["not_looked_at"])
        text = printed("history", result)
        assert text.startswith("nothing found in what was looked at; not looked at: ")
        assert row.told in text


async def test_a_history_that_was_read_whole_is_plainly_without_it(tmp_path: Path) -> None:
    result = await looked(tmp_path, git_repository(tmp_path, dict(SHOP)))
    assert (result["status"], result["coverage"]["not_looked_at"]) == ("not_found", [])
    assert printed("history", result).startswith("nothing found\n")


async def test_a_commit_made_since_the_index_is_read_at_once(tmp_path: Path) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    services = Calls(small_config(tmp_path), owner=True)
    try:
        await services.symbols("grand_total", root, None, 5)
        assert (await services.history(NAME, root, None, 5, None))["hits"] == []
        committed("late.py", CODE)(root)
        found = await services.history(NAME, root, None, 5, None)
        assert found["status"] == "found"
        assert found["coverage"]["commits"] == found["coverage"]["diffs"] == 2
    finally:
        await services.aclose()


async def test_commits_that_there_was_no_time_for_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One query reads for 20 s; here for none at all."""
    root = git_repository(tmp_path, dict(SHOP))
    committed("late.py", CODE)(root)
    monkeypatch.setattr("indexing.history.search.READ_SECONDS", 0.0)
    result = await looked(tmp_path, root, "zeppelin")
    assert result["status"] == "could_not_look"
    assert "the diffs of 1 older commits were not read" in printed("history", result)


async def test_a_shallow_clone_names_what_it_lacks(tmp_path: Path) -> None:
    whole = git_repository(tmp_path, dict(SHOP), "whole")
    committed("a.py", CODE)(whole)
    committed("a.py", "pass\n")(whole)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{whole}", "clone")
    git(tmp_path / "clone", "rm", "--quiet", "a.py")
    result = await looked(tmp_path, tmp_path / "clone")
    text = printed("history", result)
    assert "not looked at: this is a shallow clone" in text


@pytest.mark.parametrize("options", [(), ("--no-checkout",)], ids=["checked out", "bare"])
async def test_a_history_whose_diffs_are_not_here_could_not_be_looked_at(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    whole = git_repository(tmp_path, dict(SHOP), "whole")
    committed("shop/cart.py", CODE)(whole)
    git(whole, "config", "uploadpack.allowFilter", "true")
    clone = ("clone", "--quiet", "--filter=blob:none", *options, f"file://{whole}")
    git(tmp_path, *clone, "clone")
    services = Calls(small_config(tmp_path))
    try:
        with pytest.raises(HistoryError, match="partial or damaged clone") as refused:
            await services.history("zeppelin", tmp_path / "clone", None, 5, None)
        assert refused.value.exit_code == 3
    finally:
        await services.aclose()

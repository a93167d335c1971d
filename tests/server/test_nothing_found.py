"""No answer says "nothing found" without naming what was not looked at: each blind spot, each face.

A spot is a repository in which the name `settle_zloty` stands only where rooftree does not look, or
not as it looks elsewhere.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rooftree.errors import HistoryError
from server.cli import history, repo_map, search, symbols
from server.services import Services
from tests.agents.scenes import SHOP, small_config
from tests.support import commit_all, git, git_repository, write_files
from tools.freshen import A_SECOND

NAME = "settle_zloty"
CODE = f"def {NAME}():\n    return 1\n"
LARGE = 2_000_000


@dataclass(frozen=True)
class Spot:
    """What hides the name, the words by which an answer names it, and whether text is matched."""

    hide: Callable[[Path], None]
    told: str
    by_text: bool = False


def written(path: str, content: str | bytes) -> Callable[[Path], None]:
    def hide(root: Path) -> None:
        write_files(root, {path: content})
        commit_all(root)

    return hide


def ignored(root: Path) -> None:
    write_files(root, {".gitignore": "hidden/\n", "hidden/a.py": CODE})


def left_out(root: Path) -> None:
    write_files(root, {".rooftreeignore": "hidden/\n", "hidden/a.py": CODE})


def linked(root: Path) -> None:
    (root / "a.py").symlink_to("/nowhere/a.py")


def nested(root: Path) -> None:
    git_repository(root, {"a.py": CODE}, "inner")


def sparse(root: Path) -> None:
    write_files(root, {"far/a.py": CODE})
    commit_all(root)
    git(root, "sparse-checkout", "set", "shop")


SPOTS = {
    "too large": Spot(written("a.py", CODE + "#" * LARGE), "1 too large"),
    "binary": Spot(written("a.py", CODE.encode() + b"\0\1\2" * 50), "1 binary"),
    "denied": Spot(written(".env", f"{NAME}=1\n"), "1 kept secret by name"),
    "in Git LFS": Spot(
        written(
            "a.py",
            "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 9\n",
        ),
        "1 in Git LFS",
    ),
    "ignored by git": Spot(ignored, "1 ignored by git's rules"),
    "left out": Spot(left_out, "1 left out by .rooftreeignore"),
    "a symbolic link": Spot(linked, "1 symbolic links"),
    "another repository": Spot(nested, "1 other repositories inside"),
    "not checked out": Spot(sparse, "not checked out (sparse checkout)"),
    "no grammar": Spot(written("a.mustache", f"{{{{ {NAME} }}}}\n"), ".mustache", by_text=True),
    "T-SQL": Spot(written("a.tsqlx", f"CREATE PROCEDURE {NAME}\n"), ".tsqlx", by_text=True),
}


def asked(tmp_path: Path, root: Path, name: str = NAME) -> dict[str, Callable[[Services], Any]]:
    return {
        "search": lambda services: services.search(f"`{name}`", root, 5),
        "symbols": lambda services: services.symbols(name, root, None, 5),
        "references": lambda services: services.references(name, root),
    }


def printed(face: str, result: dict[str, Any]) -> str:
    show = {
        "search": search._print,
        "symbols": symbols._print_symbols,
        "references": symbols._print_references,
        "map": repo_map.show,
        "history": history._print,
    }[face]
    with redirect_stdout(io.StringIO()) as out:
        show(result)
    return out.getvalue()


@pytest.mark.parametrize("spot", SPOTS.values(), ids=SPOTS.keys())
async def test_what_was_not_looked_at_is_named_where_nothing_is_found(
    tmp_path: Path, spot: Spot
) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    spot.hide(root)
    services = Services(small_config(tmp_path))
    try:
        for face, ask in asked(tmp_path, root).items():
            result = await ask(services)
            text = printed(face, result)
            if face == "search":  # words are searched in every file, and meaning finds something
                missed = result["coverage"]["not_looked_at"]
                assert spot.by_text or any(spot.told in told for told in missed)
                continue
            if spot.by_text:
                assert result["status"] == "found"
                assert [hit["why"] for hit in result["by_text"]] == [
                    f"by text; no symbols in {spot.told}"
                ]
                assert f"by text; no symbols in {spot.told}" in text
            else:
                assert result["status"] in ("not_found", "could_not_look")
                assert any(spot.told in told for told in result["coverage"]["not_looked_at"])
                assert spot.told in text
                assert "nothing found\n" not in text
    finally:
        await services.aclose()


async def test_a_small_change_is_found_and_a_large_one_told_of(tmp_path: Path) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    services = Services(small_config(tmp_path))
    try:
        await services.symbols("grand_total", root, None, 5)
        write_files(root, {"new.py": CODE})
        fresh = await services.symbols(NAME, root, None, 5)
        assert [symbol["symbol"] for symbol in fresh["symbols"]] == [NAME]
        assert fresh["coverage"]["files_behind"] == 0
        write_files(
            root, {"big.py": "def found_later():\n    pass\n" + "# more\n" * (A_SECOND // 7)}
        )
        for face, ask in asked(tmp_path, root, "found_later").items():
            old = await ask(services)
            assert old["coverage"]["not_looked_at"][0] == "1 file behind; run `rooftree index`"
            if face != "search":
                assert old["status"] == "could_not_look"
                assert "1 file behind; run `rooftree index`" in printed(face, old)
    finally:
        await services.aclose()


async def test_nothing_missed_is_plainly_nothing_found(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"shop/cart.py": CODE})
    services = Services(small_config(tmp_path))
    try:
        result = await services.symbols("zeppelin", root, None, 5)
        assert result["status"] == "not_found"
        assert result["coverage"]["not_looked_at"] == []
        assert printed("symbols", result).startswith("nothing found\n")
    finally:
        await services.aclose()


@pytest.mark.parametrize("files", [{}, {".gitignore": "*\n", "a.py": CODE}])
async def test_where_no_file_is_indexed_nobody_could_look(
    tmp_path: Path, files: dict[str, str]
) -> None:
    root = tmp_path / "bare"
    root.mkdir()
    git(root, "init", "-q")
    write_files(root, files)
    services = Services(small_config(tmp_path))
    try:
        for face, ask in asked(tmp_path, root).items():
            result = await ask(services)
            assert result["status"] == "could_not_look"
            assert "no file could be indexed" in printed(face, result)
    finally:
        await services.aclose()


async def test_an_empty_map_says_what_was_left_out(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"a.py": b"\0\1\2" * 50})
    services = Services(small_config(tmp_path))
    try:
        drawn = await services.map(root, 500, [])
        assert drawn["status"] == "could_not_look"
        assert "1 binary" in printed("map", drawn)
    finally:
        await services.aclose()


async def test_an_unanswered_question_names_what_was_not_looked_at(tmp_path: Path) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    SPOTS["too large"].hide(root)
    services = Services(small_config(tmp_path))
    try:
        answer = (await services.ask(f"What does `{NAME}` do?", root, lambda _: None)).as_json()
        assert answer["status"] == "not_found"
        assert f"'{NAME}' occurs nowhere" in answer["answer"]
        assert "not looked at: 1 too large" in answer["answer"]
    finally:
        await services.aclose()


async def test_a_history_whose_diffs_are_not_here_could_not_be_looked_at(tmp_path: Path) -> None:
    whole = git_repository(tmp_path, dict(SHOP), "whole")
    git(whole, "config", "uploadpack.allowFilter", "true")
    clone = ("clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{whole}")
    git(tmp_path, *clone, "clone")
    services = Services(small_config(tmp_path))
    try:
        with pytest.raises(HistoryError, match="partial or damaged clone") as refused:
            await services.history("zeppelin", tmp_path / "clone", None, 5, None)
        assert refused.value.exit_code == 3
    finally:
        await services.aclose()

"""No answer says "nothing found" without naming what was not looked at: each blind spot, each face.

The spots are in `blind_spots.py`; `test_nothing_found_served.py` asks a running server the same.
"""

import io
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from indexing.repository.refresh import A_SECOND
from indexing.repository.repository import Repository
from rooftree.errors import IndexDamagedError, UsageError
from server.cli.find import history, repo_map, search, symbols
from server.operations.find.history import HistoryResponse
from server.operations.find.references import ReferencesResponse
from server.operations.find.repository_map import MapResponse
from server.operations.find.search import SearchResponse
from server.operations.find.symbols import SymbolsResponse
from tests.agents.scenes import GOOD, SHOP, small_config
from tests.faults.faulty import held_lock
from tests.server.blind_spots import BROKEN, CODE, NAME, SPOTS, Spot
from tests.server.calls import Calls
from tests.support import HashingEmbedder, git, git_repository, project, write_files
from tests.support.replies import Text
from tests.support.scripted_model import ScriptedServer


def asked(root: Path, name: str = NAME) -> dict[str, Callable[[Calls], Any]]:
    return {
        "search": lambda services: services.search(f"`{name}`", root, 5),
        "symbols": lambda services: services.symbols(name, root, None, 5),
        "references": lambda services: services.references(name, root),
    }


FACES: dict[str, tuple[Any, Any]] = {
    "search": (SearchResponse, search._print),
    "symbols": (SymbolsResponse, symbols._print_symbols),
    "references": (ReferencesResponse, symbols._print_references),
    "map": (MapResponse, repo_map.show),
    "history": (HistoryResponse, history._print),
}


def printed(face: str, result: dict[str, Any]) -> str:
    response, show = FACES[face]
    with redirect_stdout(io.StringIO()) as out:
        show(response.model_validate(result))
    return out.getvalue()


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: Text(GOOD)) as server:
        yield server


@pytest.mark.parametrize("spot", SPOTS.values(), ids=SPOTS.keys())
async def test_what_was_not_looked_at_is_named_where_nothing_is_found(
    tmp_path: Path, model: ScriptedServer, spot: Spot
) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    spot.hide(root)
    config = small_config(tmp_path, model={"name": "scripted", "endpoint": model.base_url})
    services = Calls(config)
    try:
        for face, ask in asked(root).items():
            spot.check(face, result := await ask(services))
            if face != "search":  # words are searched in every file
                text = printed(face, result)
                assert (spot.by_text or spot.told) in text
                assert "nothing found\n" not in text
        drawn = await services.map(root, 500, ["shop/cart.py", NAME])
        spot.check("map", drawn)
        assert ("nothing fits" in printed("map", drawn)) is not bool(spot.by_text)
        answer = await services.ask(f"What does `{NAME}` do?", root, lambda _: None)
        spot.check_answer(answer.model_dump(mode="json"))
    finally:
        await services.aclose()


async def test_a_small_change_is_found_and_a_large_one_told_of(tmp_path: Path) -> None:
    root = git_repository(tmp_path, dict(SHOP))
    services = Calls(small_config(tmp_path))
    try:
        await services.symbols("grand_total", root, None, 5)
        write_files(root, {"new.py": CODE})
        fresh = await services.symbols(NAME, root, None, 5)
        assert [symbol["symbol"] for symbol in fresh["symbols"]] == [NAME]
        assert fresh["coverage"]["files_behind"] == 0
        write_files(
            root, {"big.py": "def found_later():\n    pass\n" + "# more\n" * (A_SECOND // 7)}
        )
        for face, ask in asked(root, "found_later").items():
            old = await ask(services)
            assert old["coverage"]["not_looked_at"][0] == "1 file behind; run `rooftree index`"
            if face != "search":
                assert old["status"] == "could_not_look"
                assert "1 file behind; run `rooftree index`" in printed(face, old)
    finally:
        await services.aclose()


async def test_nothing_missed_is_plainly_nothing_found(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"shop/cart.py": CODE})
    services = Calls(small_config(tmp_path))
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
    services = Calls(small_config(tmp_path))
    try:
        for face, ask in asked(root).items():
            result = await ask(services)
            assert result["status"] == "could_not_look"
            assert "no file could be indexed" in printed(face, result)
    finally:
        await services.aclose()


async def test_an_empty_map_says_what_was_left_out(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"a.py": b"\0\1\2" * 50})
    services = Calls(small_config(tmp_path))
    try:
        drawn = await services.map(root, 500, [])
        assert drawn["status"] == "could_not_look"
        assert "1 binary" in printed("map", drawn)
    finally:
        await services.aclose()


async def test_an_index_that_another_process_writes_denies_nothing(
    tmp_path: Path, model: ScriptedServer
) -> None:
    """A file has come meanwhile, and the lock keeps this process from reading it."""
    root = git_repository(tmp_path, dict(SHOP))
    config = small_config(tmp_path, model={"name": "scripted", "endpoint": model.base_url})
    services = Calls(config)
    try:
        await services.symbols("grand_total", root, None, 5)
        write_files(root, {"new.py": CODE})
        with held_lock(Repository(root, config, None).folder) as holder:
            for face, ask in asked(root).items():
                result = await ask(services)
                assert (
                    result["coverage"]["not_looked_at"][0] == "1 file behind; run `rooftree index`"
                )
                assert f"process {holder.pid}" in printed(face, result)
                if face != "search":
                    assert result["status"] == "could_not_look"
            drawn = await services.map(root, 500, [NAME])
            assert "nothing fits the focus" in printed("map", drawn)
            assert "not looked at: 1 file behind" in printed("map", drawn)
    finally:
        await services.aclose()


USES = {
    "without symbols": ("a.mustache", "{{ settle_zloty }}\n", "by text; no symbols in .mustache"),
    "parsed in part": ("late.py", BROKEN, "by text; the file is parsed in part"),
}


@pytest.mark.parametrize(("path", "content", "why"), USES.values(), ids=USES.keys())
async def test_a_use_where_no_symbols_are_is_told_by_text(
    tmp_path: Path, path: str, content: str, why: str
) -> None:
    root = git_repository(tmp_path, {"a.py": CODE, path: content})
    services = Calls(small_config(tmp_path))
    try:
        result = await services.references(NAME, root)
    finally:
        await services.aclose()
    assert [(item["path"], item["total"]) for item in result["definitions"]] == [("a.py", 0)]
    assert result["status"] == "found"
    assert [(use["path"], use["why"]) for use in result["by_text"]] == [(path, why)]
    assert why in printed("references", result)
    assert "no use found" not in printed("references", result)


async def test_no_use_is_told_with_what_was_not_looked_at(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"a.py": CODE, "late.py": f"{NAME}()\n" + "#" * 2_000_000})
    services = Calls(small_config(tmp_path))
    try:
        result = await services.references(NAME, root)
    finally:
        await services.aclose()
    assert "no use found in what was looked at; not looked at: 1 too large" in printed(
        "references", result
    )


@pytest.mark.parametrize("table", ["symbol", "reference"])
async def test_a_name_that_a_damaged_row_hides_is_not_denied(tmp_path: Path, table: str) -> None:
    """A changed row is not found by its name, so nobody would notice its check sum."""
    root = git_repository(tmp_path, {"a.py": CODE, "b.py": f"from a import {NAME}\n\n{NAME}()\n"})
    services = Calls(small_config(tmp_path))
    try:
        await services.symbols("zeppelin", root, None, 5)
        folder = Repository(root, small_config(tmp_path), None).folder
        with closing(sqlite3.connect(folder / "manifest.sqlite")) as database, database:
            changed = database.execute(
                f"UPDATE {table} SET name = 'qqqq' WHERE name = ?",  # noqa: S608 - ours
                (NAME,),
            )
            assert changed.rowcount
    finally:
        await services.aclose()
    services = Calls(small_config(tmp_path))
    try:
        ask = asked(root)["symbols" if table == "symbol" else "references"]
        with pytest.raises(IndexDamagedError, match="run `rooftree index`") as refused:
            await ask(services)
        assert refused.value.exit_code == 3
    finally:
        await services.aclose()


async def test_units_without_vectors_are_named(tmp_path: Path) -> None:
    """Some have vectors, and the others were compared by words and names alone."""
    root = git_repository(tmp_path, project(20))
    embedder = HashingEmbedder()
    repository = Repository(root, small_config(tmp_path), embedder)
    with repository.writing("test"):
        repository.updates.index()
        repository.vectors.fill(keep_going=lambda: len(embedder.texts) < 20)
    share = repository.vectors.share()
    assert 0 < share < 1
    with repository.searcher() as searcher:
        partly = searcher.search("zeppelin", 5).coverage
    assert partly.not_looked_at == (
        f"{100 - int(share * 100)}% of the units by meaning (they have no vectors at hand)",
    )
    with repository.writing("test"):
        repository.vectors.fill()
    with repository.searcher() as searcher:
        assert searcher.search("zeppelin", 5).coverage.not_looked_at == ()


@pytest.mark.parametrize("query", ["++", "?", "🙂", " %% "])
async def test_a_query_without_a_word_is_refused_and_not_denied(
    tmp_path: Path, model: ScriptedServer, query: str
) -> None:
    """The sign may well stand there: nobody has looked for it."""
    root = git_repository(tmp_path, {"a.cpp": "// 🙂\nint next(int i) { ++i; return i %% 2; }\n"})
    config = small_config(tmp_path, model={"name": "scripted", "endpoint": model.base_url})
    services = Calls(config)
    try:
        with pytest.raises(UsageError, match="holds no word or name"):
            await services.search(query, root, 5)
        with pytest.raises(UsageError, match="holds no word or name"):
            await services.history(query, root, None, 5, None)
        answer = await services.ask(query, root, lambda _: None)
        assert answer.status == "could_not_look"
        assert "holds no word or name" in answer.answer
    finally:
        await services.aclose()


async def test_what_a_query_is_cut_to_is_said(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"a.py": CODE})
    services = Calls(small_config(tmp_path))
    try:
        result = await services.search("zeppelin " * 1000 + NAME, root, 5)
        assert result["hits"] == []
        assert "only the first 8,000 characters" in printed("search", result)
    finally:
        await services.aclose()


async def test_an_index_that_is_not_there_is_not_up_to_date(tmp_path: Path) -> None:
    services = Calls(small_config(tmp_path))
    try:
        told = await services.status(git_repository(tmp_path, dict(SHOP)))
        assert (told["indexed"], told["files_behind"]) == (False, None)
    finally:
        await services.aclose()

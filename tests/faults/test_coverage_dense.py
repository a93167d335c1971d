"""Whatever is wrong with the dense tier, words and names answer, and the coverage says why."""

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.agents.scenes import FOUND, GOOD, SHOP
from tests.faults.faulty import MISSING, Faulty, endpoint_settings, notes_of, vectors
from tests.support import git_repository, project
from tests.support.replies import Body, Failure, Hang, Json, Text, Wire
from tests.support.scripted_model import ScriptedServer

QUERY = ("search", "price_of", "--json", "--repo")
CHAT = "/chat/completions"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def test_switched_off(tmp_path: Path, shop: Path) -> None:
    cli = Faulty(tmp_path)
    assert "dense tier: switched off (index.embedder is `none`)" in notes_of(cli.run(*QUERY, shop))
    shown = cli.run("search", "price_of", "--repo", shop).out
    assert "note: dense tier: switched off" in shown
    assert "dense tier: switched off" in cli.run("status", "--repo", shop).out


def test_not_pulled(tmp_path: Path, shop: Path) -> None:
    cli = Faulty(tmp_path, {"ROOFTREE_INDEX_EMBEDDER": "minilm"})
    indexed = cli.run("index", shop)
    assert indexed.code == 0
    assert "rooftree models pull minilm" in indexed.out
    assert "rooftree models pull minilm" in notes_of(cli.run(*QUERY, shop))


MODULES = '[{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"}]'
EMPTY = b'{"__metadata__":{"format":"pt"}}'


def model_folder(tmp_path: Path) -> str:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "modules.json").write_text(MODULES)
    (folder / "config.json").write_text('{"hidden_size": 8, "model_type": "bert"}')
    (folder / "model.safetensors").write_bytes(len(EMPTY).to_bytes(8, "little") + EMPTY)
    return str(folder)


def test_its_library_is_missing(tmp_path: Path, shop: Path) -> None:
    settings = {"ROOFTREE_INDEX_EMBEDDER": model_folder(tmp_path)}
    cli = Faulty(tmp_path, settings, modules={"torch": MISSING})
    indexed = cli.run("index", shop)
    assert indexed.code == 0
    assert "needs the package sentence-transformers" in indexed.out
    assert "needs the package sentence-transformers" in notes_of(cli.run(*QUERY, shop))


def test_its_weights_are_damaged(tmp_path: Path, shop: Path) -> None:
    cli = Faulty(tmp_path, {"ROOFTREE_INDEX_EMBEDDER": model_folder(tmp_path)})
    assert "cannot load the embedder" in notes_of(cli.run(*QUERY, shop))


@pytest.mark.parametrize("vectors_first", [False, True])
def test_the_endpoint_is_down(tmp_path: Path, shop: Path, vectors_first: bool) -> None:
    with ScriptedServer(routes={"/embeddings": vectors}) as server:
        cli = Faulty(tmp_path, endpoint_settings(server))
        if vectors_first:
            assert cli.run("index", shop).code == 0
            assert notes_of(cli.run(*QUERY, shop)) == ""
    notes = notes_of(cli.run(*QUERY, shop))
    assert "dense tier: embedding endpoint: cannot connect to" in notes
    assert server.base_url in notes
    assert "words and names alone" in notes


NAN = b'{"data": [{"index": 0, "embedding": [NaN, 1]}, {"index": 1, "embedding": [1, NaN]}]}'
BROKEN: dict[str, tuple[Any, str]] = {
    "slow": (Wire(parts=(), before=(Hang(),)), "embedding_seconds"),
    "busy": (Failure(429, "slow down"), "429: slow down"),
    "refusing": (Failure(500, "out of memory"), "500: out of memory"),
    "too few": (Json({"data": [{"index": 0, "embedding": [1.0] * 8}]}), "1 usable vectors for"),
    "NaN": (Wire(parts=(NAN,)), "0 usable vectors for"),
    "other size": (
        lambda body: Json(
            {"data": [{"index": n, "embedding": [1.0] * 9} for n in range(len(body["input"]))]}
        ),
        "expected",
    ),
    "swapped": (
        lambda body: Json(
            {"data": [{"index": n, "embedding": [1.0] * 8} for n in range(len(body["input"]))]}
        ),
        "another model answers now",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_the_endpoint_breaks_in_the_middle(tmp_path: Path, shop: Path, kind: str) -> None:
    """It answers the probe, and a question or a unit no more."""
    broken, words = BROKEN[kind]
    calls = 0

    def answer(body: Body) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1:
            return vectors(body)
        return broken(body) if callable(broken) else broken

    with ScriptedServer(routes={"/embeddings": answer}) as server:
        settings = endpoint_settings(server)
        if kind == "slow":
            settings["ROOFTREE_INDEX_EMBEDDING_SECONDS"] = "0.5"
        cli = Faulty(tmp_path, settings)
        notes = notes_of(cli.run(*QUERY, shop))
        assert "dense tier: embedding endpoint: " in notes
        assert words in notes
        calls = 0
        indexed = cli.run("index", shop, "--json")
    assert indexed.code == 0
    assert indexed.json()["dense_share"] == 0.0
    assert words in "\n".join(indexed.json()["coverage_notes"])


def test_partly_filled(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(30))
    broken = threading.Event()
    requests = 0

    def answer(body: Body) -> Any:
        nonlocal requests
        requests += 1
        return Failure(503, "gone") if broken.is_set() and requests > 3 else vectors(body)

    with ScriptedServer(routes={"/embeddings": answer}) as server:
        cli = Faulty(tmp_path, endpoint_settings(server))
        broken.set()
        indexed = cli.run("index", root, "--json").json()
        broken.clear()
        query = ("search", "settle the basket", "--json", "--repo", root)
        found = cli.run(*query)
        assert 0.0 < indexed["dense_share"] < 1.0
        assert "503: gone" in "\n".join(indexed["coverage_notes"])
        assert f"{int(indexed['dense_share'] * 100)}% of the units have vectors" in notes_of(found)
        assert found.json()["coverage"]["dense_share"] == indexed["dense_share"]
        cli.run("index", root)
        assert notes_of(cli.run(*query)) == ""


def test_an_answer_says_so_too(tmp_path: Path, shop: Path) -> None:
    def answer(body: Body) -> Any:
        return Failure(503, "embedder gone")

    with ScriptedServer(lambda _: Text(GOOD), routes={"/embeddings": answer}) as server:
        settings = {**endpoint_settings(server), "ROOFTREE_MODEL_ENDPOINT": server.base_url}
        cli = Faulty(tmp_path, settings)
        done = cli.run("ask", FOUND, "--repo", shop, "--json")
        shown = cli.run("ask", FOUND, "--repo", shop)
    assert done.code == shown.code == 0
    assert done.json()["status"] == "answered"
    assert "503: embedder gone" in "\n".join(done.json()["coverage"]["notes"])
    assert "Coverage: dense tier: embedding endpoint: " in shown.out


def test_an_answer_whose_embedder_breaks_in_the_middle_says_so_too(
    tmp_path: Path, shop: Path
) -> None:
    calls = 0

    def answer(body: Body) -> Any:
        nonlocal calls
        calls += 1
        return vectors(body) if calls == 1 else Failure(503, "embedder gone")

    with ScriptedServer(lambda _: Text(GOOD), routes={"/embeddings": answer}) as server:
        settings = {**endpoint_settings(server), "ROOFTREE_MODEL_ENDPOINT": server.base_url}
        done = Faulty(tmp_path, settings).run("ask", FOUND, "--repo", shop, "--json")
    assert done.code == 0
    assert done.json()["status"] == "answered"
    assert "503: embedder gone" in "\n".join(done.json()["coverage"]["notes"])


@pytest.mark.parametrize(
    ("name", "value"),
    [("URL", "http://x:1"), ("URL", ""), ("MODEL", ""), ("SECONDS", "0"), ("BATCH", "none")],
)
def test_a_wrong_setting_is_refused_by_name(
    tmp_path: Path, shop: Path, name: str, value: str
) -> None:
    with ScriptedServer() as server:
        settings = endpoint_settings(server) | {f"ROOFTREE_INDEX_EMBEDDING_{name}": value}
        done = Faulty(tmp_path, settings).run(*QUERY, shop)
    assert done.code == 2
    assert f"index.embedding_{name.lower()}" in done.err
    done.assert_one_line()


def test_a_repository_cannot_choose_the_endpoint(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(routes={"/embeddings": vectors}) as server:
        settings = (
            f'[index]\nembedder = "endpoint"\nembedding_url = "{server.base_url}"\n'
            'embedding_model = "toy"\n'
        )
        for name in (".rooftree.toml", "rooftree.toml", "config.toml"):
            (shop / name).write_text(settings)
        done = Faulty(tmp_path).run(*QUERY, shop, cwd=shop)
        assert "switched off" in notes_of(done)
        assert server.requests == []
    assert os.environ.get("ROOFTREE_INDEX_EMBEDDER") is None

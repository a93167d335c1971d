"""An embedder behind /v1/embeddings: measured, guarded, and never mixed with another."""

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.repository.repository import Repository
from indexing.vectors.embedder_identity import PROBES, EmbedderRecords
from indexing.vectors.embedders import EmbedderSource
from indexing.vectors.endpoint_embedder import MAX_TEXT_LENGTH, EndpointEmbedder
from models.weights.store import WeightsStore
from rooftree.config import Config, IndexSection
from rooftree.errors import ConfigError, EmbeddingError
from tests.support import bring_up_to_date, config_in, git_repository, project
from tests.support.replies import Body, Failure, Hang, Json, Reply, Text, Wire
from tests.support.scripted_model import ScriptedServer, vector_of

Answer = Callable[[Body], Reply]


def rows(body: Body, turned: float = 0.0, size: int = 8) -> Reply:
    """Answer as a model does; `turned` makes it another model, slightly or wholly."""
    vectors = [np.resize(np.array(vector_of(text)), size) for text in body["input"]]
    data = [
        {"index": n, "embedding": (vector + turned * np.arange(size)).tolist()}
        for n, vector in enumerate(vectors)
    ]
    return Json({"data": data})


def section(server: ScriptedServer, **settings: Any) -> IndexSection:
    values: dict[str, Any] = {
        "embedding_url": server.base_url,
        "embedding_model": "toy",
        "embedding_seconds": 5,
    }
    return IndexSection(embedder="endpoint", **(values | settings))


@contextmanager
def embedder_at(
    server: ScriptedServer, folder: Path, environ: dict[str, str] | None = None, /, **settings: Any
) -> Iterator[EndpointEmbedder]:
    records = EmbedderRecords(folder / "probes.json")
    with closing(EndpointEmbedder(section(server, **settings), environ or {}, records)) as made:
        yield made


@contextmanager
def serving(answer: Answer | None = rows, **options: Any) -> Iterator[ScriptedServer]:
    with ScriptedServer(routes={"/embeddings": answer}, **options) as server:
        yield server


def test_texts_become_unit_vectors_in_batches_and_in_order(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(7)]
    with serving() as server, embedder_at(server, tmp_path, embedding_batch=3) as embedder:
        vectors = embedder.embed(texts)
        assert [len(item.body["input"]) for item in server.requests] == [3, 4, 4, 2]
    assert embedder.dimension == 8
    assert vectors.dtype == np.float32
    assert np.allclose(vectors, [vector_of(text) for text in texts], atol=1e-6)


def test_no_texts_cost_no_request(tmp_path: Path) -> None:
    with serving() as server, embedder_at(server, tmp_path) as embedder:
        assert embedder.embed([]).shape == (0, 8)
        assert len(server.requests) == 1


def test_questions_and_texts_get_their_own_prefixes(tmp_path: Path) -> None:
    prefixes = {"embedding_query_prefix": "query: ", "embedding_document_prefix": "passage: "}
    with serving() as server, embedder_at(server, tmp_path, **prefixes) as embedder:
        embedder.embed(["a"])
        embedder.embed_query(["b"])
        asked = [item.body["input"][1:] for item in server.requests[1:]]
    assert asked == [["passage: a"], ["query: b"]]


def test_the_key_comes_from_the_variable_that_is_named(tmp_path: Path) -> None:
    key = "key" + "-of-the-endpoint"
    with serving(api_key=key) as server:
        with embedder_at(server, tmp_path, {"K": key}, embedding_key_env="K") as embedder:
            assert embedder.embed(["a"]).shape == (1, 8)
        with (
            pytest.raises(EmbeddingError, match=r"index\.embedding_key_env") as caught,
            embedder_at(server, tmp_path, {"K": "wrong"}, embedding_key_env="K"),
        ):
            pass
    assert key not in str(caught.value)


def test_the_same_model_is_the_same_embedder_again(tmp_path: Path) -> None:
    """Also where its numbers differ a little from run to run."""
    with serving() as one, embedder_at(one, tmp_path) as first:
        pass
    with (
        serving(lambda body: rows(body, turned=0.0004)) as two,
        embedder_at(two, tmp_path) as second,
    ):
        pass
    assert second.fingerprint == first.fingerprint
    assert first.note == second.note == ""


def test_another_model_behind_the_same_name_is_another_embedder(tmp_path: Path) -> None:
    with serving() as one, embedder_at(one, tmp_path) as first:
        pass
    with (
        serving(lambda body: rows(body, turned=0.2)) as two,
        embedder_at(two, tmp_path) as second,
    ):
        pass
    with serving() as one, embedder_at(one, tmp_path) as back:
        pass
    assert second.fingerprint != first.fingerprint == back.fingerprint
    assert "gives other vectors than before" in second.note
    assert back.note == ""


@pytest.mark.parametrize("settings", [{"embedding_model": "b"}, {"embedding_query_prefix": "q: "}])
def test_a_name_or_a_prefix_makes_another_embedder(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    with serving() as server:
        with embedder_at(server, tmp_path) as first:
            pass
        with embedder_at(server, tmp_path, **settings) as second:
            assert second.fingerprint != first.fingerprint
            assert second.note == ""


@pytest.mark.parametrize("content", ["", "{", "[1]", "[{}]", '[{"facts": {}}]', "[" * 9999])
def test_records_that_cannot_be_read_are_made_anew(tmp_path: Path, content: str) -> None:
    with serving() as server:
        with embedder_at(server, tmp_path) as first:
            (tmp_path / "probes.json").write_text(content)
        with embedder_at(server, tmp_path) as second:
            assert second.fingerprint == first.fingerprint


def test_without_room_for_records_there_is_still_an_embedder(tmp_path: Path) -> None:
    (tmp_path / "probes.json").mkdir()
    with serving() as server, embedder_at(server, tmp_path) as embedder:
        assert embedder.embed(["a"]).shape == (1, 8)


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists))
def test_no_record_makes_an_embedder_fail(tmp_path_factory: Any, content: Any) -> None:
    import json

    path = tmp_path_factory.mktemp("records") / "probes.json"
    path.write_text(json.dumps([content]), "utf-8", "surrogatepass")
    assert EmbedderRecords(path)._read() == []


def nothing(body: Body) -> Reply:
    return Json({"data": []})


def not_a_number(body: Body) -> Reply:
    return Json(
        {"data": [{"index": n, "embedding": [1.0, "x"]} for n in range(len(body["input"]))]}
    )


def too_few(body: Body) -> Reply:
    return Json({"data": [{"index": 0, "embedding": [1.0] * 8}]})


def uneven(body: Body) -> Reply:
    sizes = [8, *[7] * (len(body["input"]) - 1)]
    return Json({"data": [{"index": n, "embedding": [1.0] * s} for n, s in enumerate(sizes)]})


NAN = b'{"data": [%s]}' % b", ".join(
    b'{"index": %d, "embedding": [NaN, 1.0]}' % number for number in range(len(PROBES))
)
BROKEN: dict[str, tuple[Any, str]] = {
    "nothing": (nothing, "0 usable vectors for"),
    "not a number": (not_a_number, "0 usable vectors for"),
    "NaN": (Wire(parts=(NAN,)), "0 usable vectors for"),
    "too few": (too_few, "1 usable vectors for"),
    "uneven": (uneven, "check that it serves one embedding model"),
    "429": (Failure(429, "slow down"), r"cannot answer now \(429: slow down\)"),
    "503": (Failure(503, "loading"), r"cannot answer now \(503: loading\)"),
    "404": (None, r"index\.embedding_url"),
    "redirect": (Failure(302, "there"), "redirects"),
    "no JSON": (Wire(parts=(b"<html>",)), "not JSON"),
    "a chat": (Text("hello"), "0 usable vectors for"),
    "silence": (Wire(parts=(), before=(Hang(),)), "embedding_seconds|did not embed|was silent"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_an_endpoint_that_is_none_is_no_embedder(tmp_path: Path, kind: str) -> None:
    answer, words = BROKEN[kind]
    before = threading.active_count()
    with (
        serving(answer) as server,
        pytest.raises(EmbeddingError, match=words) as caught,
        embedder_at(server, tmp_path, embedding_seconds=0.4 if kind == "silence" else 5),
    ):
        pass
    assert str(caught.value).startswith("embedding endpoint: ")
    assert threading.active_count() <= before + 1


@pytest.mark.parametrize("kind", BROKEN)
def test_an_endpoint_that_breaks_in_the_middle_is_an_error_of_ours(
    tmp_path: Path, kind: str
) -> None:
    answer, words = BROKEN[kind]
    broken = threading.Event()

    def breaking(body: Body) -> Any:
        if not broken.is_set():
            return rows(body)
        return answer(body) if callable(answer) else (answer or Failure(404, "no such path"))

    patience = {"embedding_seconds": 0.4 if kind == "silence" else 5}
    with serving(breaking) as server, embedder_at(server, tmp_path, **patience) as embedder:
        embedder.embed(["a"])
        broken.set()
        with pytest.raises(EmbeddingError, match=words):
            embedder.embed(["b", "c"])
        broken.clear()
        assert embedder.embed(["b"]).shape == (1, 8)


def test_an_endpoint_that_is_down_is_named(tmp_path: Path) -> None:
    with serving() as server:
        url = server.base_url
    with pytest.raises(EmbeddingError, match=url) as caught, embedder_at(server, tmp_path):
        pass
    assert "correct index.embedding_url" in str(caught.value)


@pytest.mark.parametrize(
    "settings",
    [{"embedding_url": ""}, {"embedding_url": "http://x:1"}, {"embedding_model": ""}],
)
def test_a_wrong_setting_is_a_configuration_error(tmp_path: Path, settings: dict[str, str]) -> None:
    with (
        serving() as server,
        pytest.raises(ConfigError, match=r"index\.embedding"),
        embedder_at(server, tmp_path, **settings),
    ):
        pass


def test_a_model_that_is_swapped_while_we_run_is_noticed(tmp_path: Path) -> None:
    swapped = threading.Event()
    with (
        serving(lambda body: rows(body, turned=0.2 * swapped.is_set())) as server,
        embedder_at(server, tmp_path) as embedder,
    ):
        embedder.embed(["a"])
        assert not embedder.changed
        swapped.set()
        with pytest.raises(EmbeddingError, match="another model answers now"):
            embedder.embed(["b"])
        assert embedder.changed


@pytest.mark.parametrize("status", [400, 413, 500])
def test_a_text_that_is_too_long_for_the_model_is_embedded_by_its_head(
    tmp_path: Path, status: int
) -> None:
    def strict(body: Body) -> Reply:
        if any(len(text) > 600 for text in body["input"]):
            return Failure(status, "input is too large to process")
        return rows(body)

    texts = ["short", "x" * 2000, "also short"]
    with serving(strict) as server, embedder_at(server, tmp_path) as embedder:
        vectors = embedder.embed(texts)
    expected = [vector_of("short"), vector_of("x" * 500), vector_of("also short")]
    assert np.allclose(vectors, expected, atol=1e-6)


def test_a_text_is_cut_and_an_empty_one_is_never_sent(tmp_path: Path) -> None:
    with serving() as server, embedder_at(server, tmp_path) as embedder:
        embedder.embed(["", "y" * 100_000])
        assert server.requests[-1].body["input"][1:] == [" ", "y" * MAX_TEXT_LENGTH]


def test_a_server_that_refuses_everything_is_given_up_soon(tmp_path: Path) -> None:
    def moody(body: Body) -> Reply:
        return rows(body) if tuple(body["input"]) == PROBES else Failure(500, "no")

    with serving(moody) as server, embedder_at(server, tmp_path) as embedder:
        with pytest.raises(EmbeddingError, match="500: no"):
            embedder.embed(["z" * 5000] * 32)
        assert len(server.requests) < 20


def test_closing_ends_a_call_that_is_under_way(tmp_path: Path) -> None:
    failures: list[str] = []
    silent = threading.Event()

    def answer(body: Body) -> Any:
        return Wire(parts=(), before=(Hang(),)) if silent.is_set() else rows(body)

    with serving(answer) as server, embedder_at(server, tmp_path) as embedder:
        silent.set()

        def ask() -> None:
            try:
                embedder.embed(["a"])
            except EmbeddingError as error:
                failures.append(str(error))

        thread = threading.Thread(target=ask)
        thread.start()
        assert server.wait_for_requests(2)
        embedder.close()
        thread.join(10)
        with pytest.raises(EmbeddingError, match="closed"):
            embedder.embed(["b"])
    assert failures == ["embedding endpoint: given up, because the program is ending"]


def configured(tmp_path: Path, server: ScriptedServer) -> Config:
    return config_in(tmp_path, index=section(server).model_dump() | {"workers": 1})


def test_an_endpoint_that_comes_back_is_used_again(tmp_path: Path) -> None:
    down = threading.Event()
    down.set()

    def answer(body: Body) -> Reply:
        return Failure(503, "loading") if down.is_set() else rows(body)

    with serving(answer) as server:
        config = configured(tmp_path, server)
        source = EmbedderSource(config, lambda: WeightsStore(tmp_path / "w"), {}, retry_seconds=0)
        assert source.get() is None
        assert "503: loading" in source.problem
        down.clear()
        found = source.get()
        assert found is not None
        assert source.problem == ""
        assert source.get() is found
        source.close()
        assert source.get() is found


def test_a_swapped_model_makes_another_embedder_with_a_note(tmp_path: Path) -> None:
    swapped = threading.Event()
    with serving(lambda body: rows(body, turned=0.2 * swapped.is_set())) as server:
        config = configured(tmp_path, server)
        with closing(EmbedderSource(config, lambda: WeightsStore(tmp_path / "w"), {})) as source:
            first = source.get()
            assert first is not None
            swapped.set()
            with pytest.raises(EmbeddingError):
                first.embed(["a"])
            second = source.get()
            assert second is not None
            assert second.fingerprint != first.fingerprint
            assert "every unit is embedded anew" in source.problem


def test_going_back_to_an_earlier_embedder_embeds_nothing_again(tmp_path: Path) -> None:
    """Two embedders of other sizes stand side by side in one manifest."""
    root = git_repository(tmp_path, project(4))
    config = config_in(tmp_path, index={"workers": 1})
    with (
        serving() as one,
        serving(lambda body: rows(body, size=12)) as two,
        embedder_at(one, tmp_path) as first,
        embedder_at(two, tmp_path, embedding_model="other") as second,
    ):
        for embedder in (first, second):
            repository = Repository(root, config, embedder)
            bring_up_to_date(repository)
            assert repository.vectors.share() == 1.0
        asked = len(one.requests) + len(two.requests)
        for embedder in (first, second, first):
            repository = Repository(root, config, embedder)
            bring_up_to_date(repository)
            assert repository.vectors.share() == 1.0
            with repository.searcher() as searcher:
                assert searcher.search("Charge the customer", 3).coverage.notes == ()
        # One request a question, and none for the units.
        assert len(one.requests) + len(two.requests) == asked + 3

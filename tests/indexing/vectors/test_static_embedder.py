"""The static embedder that ships: its vectors, its failures, and what it imports."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexing.vectors.static_embedder import (
    CONFIG,
    TOKENIZER,
    WEIGHTS,
    StaticEmbedder,
    read_safetensors,
    saturated,
    shipped_folder,
)
from rooftree.errors import EmbeddingError
from tests.support.eighths import examples

TEXTS = (
    "Queue.get\ndef get(self, block=True):\n    with self.not_empty:\n        return self._get()",
    "Remove and return an item from the queue.",
    "func (e *Engine) ServeHTTP(w http.ResponseWriter, req *http.Request) {\n\te.handle(req)\n}",
    "getUserName parseHTTPResponse my_var_name IOError2x",
    "naïve Überprüfung 検索 ωμέγα",
    "x" * 5_000 + " a_" * 400,
)


@pytest.fixture(scope="module")
def shipped() -> StaticEmbedder:
    return StaticEmbedder(shipped_folder())


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    for name in (CONFIG, WEIGHTS, TOKENIZER):
        (folder / name).write_bytes((shipped_folder() / name).read_bytes())
    return folder


def test_its_vectors_are_those_of_sentence_transformers(shipped: StaticEmbedder) -> None:
    from training.static_embedder.train.reference import reference_model

    theirs = reference_model(shipped_folder()).encode(list(TEXTS), normalize_embeddings=True)

    ours = shipped.embed(TEXTS)

    assert np.sum(ours * theirs, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_without_a_repeated_word_they_are_those_of_the_plain_library(
    shipped: StaticEmbedder,
) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer

    tensors = read_safetensors((shipped_folder() / WEIGHTS).read_bytes())
    table = tensors["vectors"].astype(np.float32) * tensors["scales"][:, None]
    tokenizer = Tokenizer.from_file(str(shipped_folder() / TOKENIZER))
    plain = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=table)], device="cpu"
    )
    text = "def openSocket(host, port): return connect"

    assert shipped.embed([text]) @ plain.encode([text], normalize_embeddings=True).T == (
        pytest.approx(1.0, abs=1e-5)
    )


@pytest.mark.parametrize(("times", "weight"), [(1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4)])
def test_a_repeated_word_counts_once_more_at_each_doubling(times: int, weight: int) -> None:
    assert saturated(np.array([times])) == weight


def test_vectors_are_unit_length_and_the_same_each_time(shipped: StaticEmbedder) -> None:
    once, again = shipped.embed(TEXTS), StaticEmbedder(shipped_folder()).embed(TEXTS)

    assert once.shape == (len(TEXTS), shipped.dimension)
    assert once.dtype == np.float32
    assert np.array_equal(once, again)
    assert np.linalg.norm(once, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


def test_a_text_has_one_vector_whatever_is_embedded_beside_it(shipped: StaticEmbedder) -> None:
    many = shipped.embed([*TEXTS, *[f"text number {index}" for index in range(600)]])

    assert np.array_equal(many[: len(TEXTS)], shipped.embed(TEXTS))
    assert np.array_equal(many[-1:], shipped.embed(["text number 599"]))


def test_a_question_finds_its_function(shipped: StaticEmbedder) -> None:
    question = shipped.embed_query(["read the whole configuration file and parse it as JSON"])
    documents = shipped.embed(
        [
            "load_settings\ndef load_settings(path):\n    return json.loads(path.read_text())",
            "def rotate(matrix):\n    return [list(row) for row in zip(*matrix[::-1])]",
            "def close(self):\n    self.socket.shutdown(SHUT_RDWR)",
        ]
    )

    assert np.argmax(question @ documents.T) == 0


def test_a_text_without_a_word_has_a_vector_too(shipped: StaticEmbedder) -> None:
    vectors = shipped.embed(["", " \n\t", "{}();", "\ud800"])

    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert shipped.embed([]).shape == (0, shipped.dimension)


@examples(60)
@given(st.lists(st.text(max_size=200), max_size=5))
def test_any_text_has_a_finite_unit_vector(texts: list[str]) -> None:
    vectors = SHIPPED.embed(texts)

    assert np.isfinite(vectors).all()
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-4)


SHIPPED = StaticEmbedder(shipped_folder())


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER])
def test_one_changed_byte_is_told_with_what_to_do(copied: Path, name: str) -> None:
    data = bytearray((copied / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copied / name).write_bytes(data)

    with pytest.raises(EmbeddingError, match=rf"{name}.*sha256.*install rooftree again"):
        StaticEmbedder(copied).embed(["a"])


@pytest.mark.parametrize("name", [CONFIG, WEIGHTS, TOKENIZER])
def test_a_missing_file_is_told(copied: Path, name: str) -> None:
    (copied / name).unlink()

    with pytest.raises(EmbeddingError, match="install rooftree again"):
        StaticEmbedder(copied).embed(["a"])


def test_other_weights_have_another_fingerprint(copied: Path, shipped: StaticEmbedder) -> None:
    config = json.loads((copied / CONFIG).read_text("utf-8"))
    assert StaticEmbedder(copied).fingerprint == shipped.fingerprint

    config["sha256"][WEIGHTS] = "0" * 64
    (copied / CONFIG).write_text(json.dumps(config), "utf-8")

    assert StaticEmbedder(copied).fingerprint != shipped.fingerprint


@given(st.binary(max_size=300))
def test_bytes_that_are_no_weights_are_refused_and_nothing_worse(data: bytes) -> None:
    try:
        read_safetensors(data)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return


def test_many_threads_get_the_same_vectors(shipped: StaticEmbedder) -> None:
    fresh = StaticEmbedder(shipped_folder())
    results: list[NDArray[np.float32]] = []
    threads = [
        threading.Thread(target=lambda: results.append(fresh.embed(TEXTS))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 4
    assert all(np.array_equal(result, shipped.embed(TEXTS)) for result in results)


def test_it_loads_no_model_library_and_a_forked_child_can_embed() -> None:
    program = """
import os, sys
from indexing.vectors.static_embedder import StaticEmbedder, shipped_folder
assert "numpy" in sys.modules and "tokenizers" not in sys.modules
embedder = StaticEmbedder(shipped_folder())
parent = embedder.embed(["read a file"] * 50)
assert not {"torch", "transformers", "sentence_transformers"} & set(sys.modules), "too much"
child = os.fork()
if child == 0:
    same = (embedder.embed(["read a file"] * 50) == parent).all()
    os._exit(0 if same else 3)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    environment = {key: value for key, value in os.environ.items() if "PARALLELISM" not in key}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("0\n", "")


def test_what_ships_is_small_enough() -> None:
    size = sum((shipped_folder() / name).stat().st_size for name in (CONFIG, WEIGHTS, TOKENIZER))

    assert size <= 8_000_000

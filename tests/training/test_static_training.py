"""From examples to a folder that the index embeds with, on a handful of examples."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from indexing.vectors.static_embedder import StaticEmbedder, read_safetensors
from training.static_embedder.pairs.near_copies import NearCopyFilter
from training.static_embedder.pairs.training_examples import (
    DOCUMENTED,
    NAMED,
    TrainingExample,
    write_examples,
)
from training.static_embedder.train.arrays import (
    Corpus,
    bags_of,
    joined,
    load_corpus,
    token_sequences,
)
from training.static_embedder.train.batches import BatchSampler, BatchSide, PairBatch, PairMixture
from training.static_embedder.train.encode import main as encode
from training.static_embedder.train.export import export, quantised, safetensors_bytes
from training.static_embedder.train.teacher import token_directions, vocabulary_of
from training.static_embedder.train.train import TrainingRecipe, first_vectors, train
from training.static_embedder.train.vocabulary import learn_vocabulary
from training.static_embedder.train.word_scores import word_scores

THINGS = (
    *("socket", "file", "queue", "cache", "parser", "token"),
    *("branch", "thread", "cursor", "record", "buffer", "window"),
)
DEEDS = (
    ("close the {} when it is no longer needed", "release_{0}", "self.{0}.shutdown(now)"),
    ("open a new {} at the given place", "acquire_{0}", "return {0}_factory.connect(place)"),
    ("count how many entries the {} has", "size_of_{0}", "return len(self.{0}.members)"),
)
RECIPE = TrainingRecipe(
    dimension=32,
    nested=(32, 16),
    nested_weights=(1.0, 0.5),
    batch=12,
    epochs=20,
    learning_rate=0.06,
    fused=0.2,
    mixture=PairMixture(together=4),
)
KNOWN = [
    ["rewind the tape to its very first position", "def rewind(tape): tape.seek(0); return tape"]
]


def made_examples() -> list[TrainingExample]:
    return [
        TrainingExample(
            "python",
            DOCUMENTED if number % 4 else NAMED,
            name.format(thing),
            words.format(thing) if number % 4 else "",
            f"def {name.format(thing)}(self, place, now):\n    {body.format(thing)}",
            f"package-{number % 3}",
        )
        for number, (thing, (words, name, body)) in enumerate(
            (thing, deed) for thing in THINGS for deed in DEEDS
        )
    ]


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoded")
    mined = tmp_path_factory.mktemp("mined")
    write_examples(mined / "pypi-made.jsonl.gz", made_examples())
    (folder / "known.json").write_text(json.dumps(KNOWN), "utf-8")
    arguments = ["--mined", str(mined), "--known", str(folder / "known.json")]
    assert encode([*arguments, "--out", str(folder), "--size", "300", "--share", "1"]) == 0
    return folder


@pytest.fixture(scope="module")
def corpus(encoded: Path) -> Corpus:
    return load_corpus(encoded / "corpus.npz")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Waiting for a second thread costs more here than it brings."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def fitted(encoded: Path, corpus: Corpus) -> NDArray[np.float32]:
    size = len(vocabulary_of(encoded / "tokenizer.json"))
    return train(corpus, first_vectors(corpus, size, RECIPE), RECIPE)


def test_identifiers_are_split_inside_the_tokeniser() -> None:
    tokenizer = learn_vocabulary(["parse the http response of a user name"] * 20, 200)

    tokens = tokenizer.encode("parseHTTPResponse(user_name);").tokens

    assert tokens == ["parse", "http", "response", "user", "name"]


def test_bags_count_and_can_be_taken_in_any_order() -> None:
    bags = bags_of([np.array([5, 2, 5]), np.array([], dtype=np.int64), np.array([9])])
    both = joined([bags, bags_of([np.array([1, 1])])])

    taken = both.take(np.array([3, 0, 1]))

    assert taken.tokens.tolist() == [1, 2, 5]
    assert taken.counts.tolist() == [2, 1, 2]
    assert taken.starts.tolist() == [0, 1, 3, 3]


def test_near_copies_of_what_is_evaluated_are_told() -> None:
    document = np.arange(40)
    copies = NearCopyFilter([document], [np.arange(100, 110)])
    other = np.arange(200, 240)

    assert copies.holds(np.concatenate([document[:30], other[:5]]), other)
    assert copies.holds(other, np.arange(100, 110))
    assert not copies.holds(np.concatenate([document[:8], other]), other)


def test_the_same_seed_draws_the_same_batches(corpus: Corpus) -> None:
    def drawn() -> list[list[int]]:
        batches = BatchSampler(corpus, RECIPE.mixture, 8, 3, frozenset())
        return [batch.documents.tokens.tolist() for batch in batches.epoch()]

    assert drawn() == drawn() != []


def test_a_name_that_is_asked_for_is_hidden_from_its_document(corpus: Corpus) -> None:
    mixture = PairMixture(
        shares=((NAMED, 1.0),), name_hidden=1.0, header_kept=1.0, dropped=0.0, together=4
    )

    for batch in BatchSampler(corpus, mixture, 3, 1, frozenset()).epoch():
        ends = [*batch.questions.offsets[1:], len(batch.questions.tokens)]
        for row, (first, end) in enumerate(zip(batch.questions.offsets, ends, strict=True)):
            asked = set(batch.questions.tokens[first:end].tolist())
            stop = [*batch.documents.offsets[1:], len(batch.documents.tokens)][row]
            span = slice(batch.documents.offsets[row], stop)
            seen = batch.documents.tokens[span][batch.documents.weights[span] > 0]
            assert asked.isdisjoint(seen.tolist())


def test_words_score_highest_what_holds_most_of_the_question() -> None:
    documents = bags_of([np.array([1, 2, 3]), np.array([4, 5, 6]), np.array([1, 7, 8])])
    questions = bags_of([np.array([1, 2]), np.array([5]), np.array([8, 7])])
    asked, found = (
        BatchSide(bags.tokens.astype(np.int64), bags.counts.astype(np.float32), bags.starts[:-1])
        for bags in (questions, documents)
    )

    scores = word_scores(
        PairBatch(asked, found, np.zeros(3, np.uint64)), np.ones(9, dtype=np.float32)
    )

    assert scores.argmax(axis=1).tolist() == [0, 1, 2]
    assert scores.mean(axis=1) == pytest.approx(np.zeros(3), abs=1e-5)
    assert scores.std(axis=1) == pytest.approx(np.ones(3), abs=1e-5)


def test_training_brings_questions_to_their_functions(
    encoded: Path, corpus: Corpus, fitted: NDArray[np.float32], tmp_path: Path
) -> None:
    tokenizer = (encoded / "tokenizer.json").read_text("utf-8")
    start = first_vectors(corpus, len(fitted), RECIPE)
    export(tmp_path / "before", start, tokenizer)
    export(tmp_path / "after", fitted, tokenizer, nested=[32, 16], header_times=3)
    asked = [one for one in made_examples() if one.kind == DOCUMENTED]

    before, after = (
        _found_first(StaticEmbedder(tmp_path / name), asked) for name in ("before", "after")
    )

    assert after > before + 0.2
    assert after > 0.9


def _found_first(embedder: StaticEmbedder, asked: list[TrainingExample]) -> float:
    scores = (
        embedder.embed_query([one.words for one in asked])
        @ embedder.embed([one.code for one in asked]).T
    )
    return float(np.mean(scores.argmax(axis=1) == np.arange(len(asked))))


def test_the_same_recipe_gives_the_same_vectors(
    corpus: Corpus, fitted: NDArray[np.float32]
) -> None:
    start = first_vectors(corpus, len(fitted), RECIPE)

    again = train(corpus, start, RECIPE)

    assert np.allclose(again, fitted, atol=1e-5)
    other = train(corpus, start, replace(RECIPE, seed=8, epochs=1))
    assert not np.allclose(other, fitted, atol=1e-2)


def test_int8_keeps_directions_and_the_file_says_what_it_holds() -> None:
    vectors = np.random.default_rng(0).standard_normal((50, 64)).astype(np.float32)
    vectors[3] = 0

    numbers, scales = quantised(vectors)
    read = read_safetensors(safetensors_bytes({"vectors": numbers, "scales": scales}, {}))

    assert np.array_equal(read["vectors"], numbers)
    back = read["vectors"] * read["scales"][:, None]
    kept = np.delete(np.arange(50), 3)
    lengths = np.linalg.norm(back, axis=1) * np.linalg.norm(vectors, axis=1)
    cosines = np.sum(back * vectors, axis=1)[kept] / lengths[kept]
    assert cosines.min() > 0.999


def test_too_large_a_model_is_not_written(encoded: Path, tmp_path: Path) -> None:
    vectors = np.ones((40_000, 256), dtype=np.float32)

    with pytest.raises(ValueError, match="smaller vocabulary"):
        export(tmp_path / "big", vectors, (encoded / "tokenizer.json").read_text("utf-8"))
    assert not (tmp_path / "big").exists()


def test_the_teachers_directions_are_unit_length_and_keep_neighbours(encoded: Path) -> None:
    class Spelling:
        """Embeds a token as the counts of its letters."""

        fingerprint = "spelling"
        dimension = 26

        def embed(self, texts: list[str]) -> NDArray[np.float32]:
            rows = [[text.count(chr(97 + letter)) for letter in range(26)] for text in texts]
            return np.array(rows, dtype=np.float32)

        embed_query = embed

    tokens = ["queue", "queues", "matrix", "window", "socket", "branch", "thread", "buffer"]

    directions = token_directions(Spelling(), tokens, 6)  # type: ignore[arg-type] # a list will do

    assert np.linalg.norm(directions, axis=1) == pytest.approx(np.ones(8), abs=1e-5)
    assert (directions[0] @ directions.T)[1:].argmax() == 0
    tokenizer = Tokenizer.from_file(str(encoded / "tokenizer.json"))
    assert len(vocabulary_of(encoded / "tokenizer.json")) == tokenizer.get_vocab_size()
    assert len(token_sequences(tokenizer, ["close the socket"])[0]) >= 3

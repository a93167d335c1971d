"""Fit the tokens' vectors: a question's mean vector close to its document's, far from others'.

The loss is InfoNCE both ways, at several dimensions at once (Matryoshka: the first 64 and 128 serve
alone). What comes out is exactly a sentence-transformers `StaticEmbedding`: one vector a token, a
text's vector the mean of its tokens'; how much a token counts is the length of its vector.

    python -m training.static_embedder.train.train --encoded ENCODED --out weights.npy
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from rooftree.telemetry.logs import logger
from training.static_embedder.pairs.training_examples import (
    COMMENT,
    COMMIT,
    DOCUMENTED,
    NAMED,
    SECTION,
    TESTED,
)
from training.static_embedder.train.arrays import Corpus, load_corpus
from training.static_embedder.train.batches import BatchSampler, BatchSide, PairBatch, PairMixture
from training.static_embedder.train.word_scores import word_scores

log = logger("training.static_embedder.train.train")

FUSED_SCALE = 1.5
"""Turns deviations from the mean into the logits of the fused loss."""


@dataclass(frozen=True, slots=True)
class TrainingRecipe:
    """Everything that decides the vectors, beside the corpus and the processor."""

    dimension: int = 256
    nested: tuple[int, ...] = (256, 128, 64)
    nested_weights: tuple[float, ...] = (1.0, 0.3, 0.2)
    batch: int = 1_024
    epochs: int = 4
    planned: int = 0
    """The epochs over which the rate falls to nothing, where they are more than are run."""
    learning_rate: float = 0.02
    temperature: float = 0.05
    fused: float = 0.0
    """How much the loss of vectors and words together counts beside that of the vectors alone."""
    rarity: float = 1.0
    """The power of a token's inverse document frequency that its first vector's length gets."""
    seed: int = 7
    mixture: PairMixture = field(default_factory=PairMixture)


STAGES = (
    TrainingRecipe(epochs=1, planned=4, mixture=PairMixture(header_times=1)),
    TrainingRecipe(
        epochs=3,
        fused=0.5,
        mixture=PairMixture(
            shares=(
                (DOCUMENTED, 1.0),
                (NAMED, 0.15),
                (COMMENT, 0.3),
                (COMMIT, 0.3),
                (SECTION, 0.2),
                (TESTED, 0.15),
            ),
            header_kept=0.7,
        ),
    ),
)
"""How the shipped vectors were fitted: all kinds at a high rate, then mostly documented functions
at a falling one, words beside them."""


def first_vectors(
    corpus: Corpus, size: int, recipe: TrainingRecipe, directions: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    """Return directions as long as the tokens are rare, random ones where none are given.

    With random ones training starts from a hashed TF-IDF, with a teacher's from its distillation.
    """
    rarity = rarities(corpus, size) ** recipe.rarity
    if directions is None:
        draw = np.random.default_rng(recipe.seed)
        drawn = draw.standard_normal((size, recipe.dimension)) / np.sqrt(recipe.dimension)
        directions = drawn.astype(np.float32)
    scaled: NDArray[np.float32] = (directions * (rarity / rarity.mean())[:, None]).astype(
        np.float32
    )
    return scaled


def rarities(corpus: Corpus, size: int) -> NDArray[np.float32]:
    """Return each token's inverse document frequency."""
    held = np.bincount(corpus.codes.tokens, minlength=size) + 1.0
    rarity: NDArray[np.float32] = np.log(1 + len(corpus) / held).astype(np.float32)
    return rarity


def train(
    corpus: Corpus,
    start: NDArray[np.float32],
    recipe: TrainingRecipe,
    left_out: frozenset[int] = frozenset(),
    after_epoch: Callable[[int, NDArray[np.float32]], None] | None = None,
) -> NDArray[np.float32]:
    """Return the fitted vectors: shape (vocabulary, dimension)."""
    torch.manual_seed(recipe.seed)
    table = torch.nn.Parameter(torch.from_numpy(start.copy()))
    batches = BatchSampler(corpus, recipe.mixture, recipe.batch, recipe.seed, left_out)
    rarity = rarities(corpus, len(start))
    optimizer = torch.optim.Adam([table], lr=recipe.learning_rate, betas=(0.9, 0.99), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        recipe.learning_rate,
        total_steps=max(2, int(max(recipe.epochs, recipe.planned) * batches.expected() * 1.02) + 2),
        pct_start=0.05,
        anneal_strategy="linear",
        cycle_momentum=False,
    )
    for epoch in range(recipe.epochs):
        begun, total, steps = time.monotonic(), 0.0, 0
        for batch in batches.epoch():
            loss = _loss(table, batch, recipe)
            if recipe.fused:
                loss = loss + recipe.fused * _fused_loss(table, batch, rarity)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call] # torch leaves it untyped
            optimizer.step()
            if schedule.last_epoch < schedule.total_steps - 1:
                schedule.step()
            total, steps = total + float(loss.detach()), steps + 1
        seconds = time.monotonic() - begun
        log.info(
            "epoch %d: loss %.4f, %d steps, %.0f s", epoch, total / max(steps, 1), steps, seconds
        )
        if after_epoch is not None:
            after_epoch(epoch, table.detach().numpy())
    return table.detach().numpy()


def bag_vectors(table: Tensor, side: BatchSide) -> Tensor:
    """Return the sum of each bag's token vectors: shape (B, dimension)."""
    return functional.embedding_bag(
        torch.from_numpy(side.tokens),
        table,
        torch.from_numpy(side.offsets),
        mode="sum",
        per_sample_weights=torch.from_numpy(side.weights),
    )


def _loss(table: Tensor, batch: PairBatch, recipe: TrainingRecipe) -> Tensor:
    questions = bag_vectors(table, batch.questions)
    documents = bag_vectors(table, batch.documents)
    same = _same_question(batch)
    target = torch.arange(len(same))
    total = torch.zeros(())
    for dimension, weight in zip(recipe.nested, recipe.nested_weights, strict=True):
        left = functional.normalize(questions[:, :dimension], dim=1)
        right = functional.normalize(documents[:, :dimension], dim=1)
        scores = (left @ right.T / recipe.temperature).masked_fill(same, -1e4)
        both = functional.cross_entropy(scores, target) + functional.cross_entropy(scores.T, target)
        total = total + weight * both / 2
    return total


def _fused_loss(table: Tensor, batch: PairBatch, rarity: NDArray[np.float32]) -> Tensor:
    """Return the loss of both scores' sum, each brought to mean 0 and deviation 1 for a question.

    So the vectors are asked for what words alone do not find.
    """
    questions = functional.normalize(bag_vectors(table, batch.questions), dim=1)
    documents = functional.normalize(bag_vectors(table, batch.documents), dim=1)
    scores = questions @ documents.T
    spread = scores.std(dim=1, keepdim=True).clamp_min(1e-6)
    standard = (scores - scores.mean(dim=1, keepdim=True)) / spread
    both = FUSED_SCALE * (standard + torch.from_numpy(word_scores(batch, rarity)))
    return functional.cross_entropy(
        both.masked_fill(_same_question(batch), -1e4), torch.arange(len(both))
    )


def _same_question(batch: PairBatch) -> Tensor:
    """Tell which other rows ask the same, and so are no rivals."""
    keys = torch.from_numpy(batch.keys.view(np.int64))
    return (keys[:, None] == keys[None, :]).fill_diagonal_(False)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoded", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="directions that `teacher` wrote")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    corpus = load_corpus(options.encoded / "corpus.npz")
    size = len(
        json.loads((options.encoded / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    )
    directions = np.load(options.start, allow_pickle=False) if options.start else None
    vectors = first_vectors(corpus, size, STAGES[0], directions)
    for stage in STAGES:
        vectors = train(corpus, vectors, stage)
    np.save(options.out, vectors)
    options.out.with_suffix(".json").write_text(
        json.dumps([asdict(stage) for stage in STAGES], indent=1) + "\n", "utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

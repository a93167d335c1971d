"""Train the vectors: questions and their code near each other, all others of a batch apart.

    python -m training.static_embedder.train --pairs DIR --out DIR [--teacher MINILM]

What is trained is the weight of a sentence-transformers StaticEmbedding: one vector a token, their
mean for a text. Half of each batch comes from one source, so that what must be told apart is alike,
as it is in a repository. InfoNCE: van den Oord et al., 2018; in several sizes at once: Matryoshka,
Kusupati et al., NeurIPS 2022.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.nn.functional import cross_entropy, normalize

from training.static_embedder.vocabulary import trained

Ids = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of."""

    vocabulary: int = 28_000
    dimension: int = 256
    sizes: tuple[int, ...] = (256, 128)
    batch: int = 1_024
    epochs: int = 4
    rate: float = 0.02
    temperature: float = 0.05
    dropout: float = 0.1
    """The share of a text's tokens that are left out each time."""
    most_of_a_source: int = 12_000
    seed: int = 7


@dataclass(slots=True)
class Data:
    """Tokenised pairs: `ends[i]` is where pair i ends in the flat arrays."""

    questions: list[Ids] = field(default_factory=list)
    codes: list[Ids] = field(default_factory=list)
    source: list[int] = field(default_factory=list)


def read_pairs(folder: Path, settings: Settings) -> list[list[tuple[str, str]]]:
    """Return (question, code) by source; of a large source a random part."""
    chooser = random.Random(settings.seed)  # noqa: S311 - which pairs are read is no secret
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        pairs = [tuple(json.loads(line)[1:3]) for line in path.open(encoding="utf-8")]
        if len(pairs) > settings.most_of_a_source:
            pairs = chooser.sample(pairs, settings.most_of_a_source)
        if pairs:
            found.append(pairs)
    return found


def tokenised(sources: Sequence[Sequence[tuple[str, str]]], tokenizer: Tokenizer) -> Data:
    """Turn pairs into numbers; a pair with an empty side is left out."""
    data = Data()
    for number, pairs in enumerate(sources):
        asked = tokenizer.encode_batch_fast([question for question, _ in pairs])
        codes = tokenizer.encode_batch_fast([code for _, code in pairs])
        for one, other in zip(asked, codes, strict=True):
            if one.ids and other.ids:
                data.questions.append(np.array(one.ids, dtype=np.int32))
                data.codes.append(np.array(other.ids, dtype=np.int32))
                data.source.append(number)
    return data


def batches(data: Data, settings: Settings, chooser: np.random.Generator) -> Iterator[Ids]:
    """Yield the numbers of the pairs of each batch of one epoch: half of each from one source."""
    half = settings.batch // 2
    order = chooser.permutation(len(data.source))
    by_source: dict[int, list[int]] = {}
    for number in order.tolist():
        by_source.setdefault(data.source[number], []).append(number)
    runs = [
        numbers[begin : begin + half]
        for numbers in by_source.values()
        for begin in range(0, len(numbers), half)
    ]
    chooser.shuffle(runs)  # type: ignore[arg-type] # a list of lists is shuffled as any sequence
    flat = [number for run in runs for number in run]
    for begin in range(0, len(flat) - half, settings.batch):
        yield np.array(flat[begin : begin + settings.batch], dtype=np.int32)


def bag(
    texts: Sequence[Ids], dropout: float, chooser: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Join token numbers for an EmbeddingBag, some of them left out: (tokens, offsets)."""
    if dropout > 0:
        kept = [ids[chooser.random(len(ids)) >= dropout] for ids in texts]
        texts = [some if len(some) else ids for some, ids in zip(kept, texts, strict=True)]
    offsets = np.cumsum([0, *(len(ids) for ids in texts[:-1])])
    return torch.from_numpy(np.concatenate(texts).astype(np.int64)), torch.from_numpy(offsets)


def loss_of(asked: torch.Tensor, codes: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Return the mean loss over all sizes, both ways."""
    total = torch.zeros(())
    right = torch.arange(len(asked))
    for size in settings.sizes:
        one, other = normalize(asked[:, :size]), normalize(codes[:, :size])
        scores = one @ other.T / settings.temperature
        total = total + cross_entropy(scores, right) + 0.5 * cross_entropy(scores.T, right)
    return total / len(settings.sizes)


def train(data: Data, start: torch.Tensor, settings: Settings) -> torch.Tensor:
    """Return the trained vectors, shape (vocabulary, dimension)."""
    torch.manual_seed(settings.seed)
    chooser = np.random.default_rng(settings.seed)
    layer = torch.nn.EmbeddingBag.from_pretrained(start.clone(), freeze=False, mode="mean")
    optimizer = torch.optim.Adam(layer.parameters(), lr=settings.rate, betas=(0.9, 0.99))
    steps = settings.epochs * max(1, len(data.source) // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=settings.rate, total_steps=steps + settings.epochs, pct_start=0.1
    )
    for epoch in range(settings.epochs):
        began, losses = time.monotonic(), []
        for numbers in batches(data, settings, chooser):
            asked = layer(*bag([data.questions[n] for n in numbers], settings.dropout, chooser))
            codes = layer(*bag([data.codes[n] for n in numbers], settings.dropout, chooser))
            loss = loss_of(asked, codes, settings)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch's own
            optimizer.step()
            if schedule.last_epoch < steps + settings.epochs - 1:
                schedule.step()
            losses.append(float(loss))
        print(  # noqa: T201 - a program
            f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.monotonic() - began:.0f} s",
            flush=True,
        )
    return layer.weight.detach()


def starting_vectors(
    tokenizer: Tokenizer, teacher: Path | None, settings: Settings
) -> torch.Tensor:
    """Return what training starts from: the teacher's vectors of each token, or chance."""
    size = tokenizer.get_vocab_size()
    if teacher is None:
        torch.manual_seed(settings.seed)
        return torch.randn(size, settings.dimension) * 0.05
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(teacher), device="cpu", local_files_only=True)
    words = [tokenizer.id_to_token(number).removeprefix("##") for number in range(size)]
    vectors = model.encode(words, batch_size=256, convert_to_numpy=True, show_progress_bar=False)
    centred = vectors - vectors.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    reduced = centred @ axes[: settings.dimension].T
    scale = 0.05 / reduced.std()
    # Frequent words come first in the vocabulary, and say less (Zipf).
    weight = np.log1p(np.arange(size) + 1) / np.log1p(size)
    return torch.from_numpy((reduced * scale * weight[:, None]).astype(np.float32))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--teacher", type=Path)
    for name in ("vocabulary", "dimension", "batch", "epochs", "most_of_a_source"):
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=int, default=getattr(Settings(), name)
        )
    for name in ("rate", "temperature", "dropout"):
        parser.add_argument(f"--{name}", type=float, default=getattr(Settings(), name))
    options = vars(parser.parse_args())
    folder, out, teacher = options.pop("pairs"), options.pop("out"), options.pop("teacher")
    settings = Settings(**options, sizes=tuple(dict.fromkeys((options["dimension"], 128))))
    out.mkdir(parents=True, exist_ok=True)
    sources = read_pairs(folder, settings)
    texts = (text for pairs in sources for pair in pairs for text in pair)
    tokenizer = trained(texts, settings.vocabulary)
    tokenizer.save(str(out / "tokenizer.json"))
    data = tokenised(sources, tokenizer)
    print(f"{len(data.source)} pairs of {len(sources)} sources", flush=True)  # noqa: T201 - a program
    vectors = train(data, starting_vectors(tokenizer, teacher, settings), settings)
    np.save(out / "vectors.npy", vectors.numpy())


if __name__ == "__main__":
    main()

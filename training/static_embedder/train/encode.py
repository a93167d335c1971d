"""Learn the vocabulary on mined examples, and turn them into arrays; copies are left out.

    python -m training.static_embedder.train.encode --mined MINED --known known.json --out OUT

`known.json` is a list of [query, document] that the embedder will be evaluated on
(`python -m benchmarks.static_embedder.run --write-known known.json`).
"""

import argparse
import hashlib
import json
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

from rooftree.telemetry.logs import logger
from training.static_embedder.pairs.mine import HELD_OUT
from training.static_embedder.pairs.near_copies import NearCopyFilter
from training.static_embedder.pairs.training_examples import KINDS, TrainingExample, read_examples
from training.static_embedder.train.arrays import (
    Corpus,
    TokenBags,
    bags_of,
    joined,
    save_corpus,
    token_sequences,
)
from training.static_embedder.train.vocabulary import learn_vocabulary

log = logger("training.static_embedder.train.encode")

VOCABULARY = 28_000
SAMPLED = 0.15
"""The share of the examples that the vocabulary is learnt on."""
BATCH = 4_000
SEED = 5


def all_examples(mined: Path) -> Iterator[TrainingExample]:
    """Yield the examples of every source that is not held out, each text once."""
    seen: set[bytes] = set()
    for path in sorted(mined.glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz").partition("-")[2]
        if name.lower() in HELD_OUT:
            continue
        for example in read_examples(path):
            text = f"{example.words}\0{example.code}"
            digest = hashlib.blake2b("".join(text.split()).encode(), digest_size=8).digest()
            if digest not in seen:
                seen.add(digest)
                yield example


def sampled_texts(mined: Path, share: float) -> Iterator[str]:
    """Yield texts to learn the vocabulary on."""
    draw = random.Random(SEED)  # noqa: S311 - a draw that can be repeated
    for example in all_examples(mined):
        if draw.random() < share:
            yield f"{example.words}\n{example.name}\n{example.code}"


class Encoder:
    """Gathers encoded examples batch by batch."""

    def __init__(self, tokenizer: Tokenizer, copies: NearCopyFilter) -> None:
        self._tokenizer = tokenizer
        self._copies = copies
        self._parts: tuple[list[TokenBags], list[TokenBags], list[TokenBags]] = ([], [], [])
        self._numbers: list[tuple[int, int, int]] = []
        self._sources: dict[str, int] = {}
        self._languages: dict[str, int] = {}
        self.told: Counter[str] = Counter()

    def add(self, examples: list[TrainingExample]) -> None:
        """Encode a batch, leaving out near-copies of what is evaluated on."""
        words = token_sequences(self._tokenizer, [example.words for example in examples])
        names = token_sequences(self._tokenizer, [example.name for example in examples])
        codes = token_sequences(self._tokenizer, [example.code for example in examples])
        kept = [
            index
            for index in range(len(examples))
            if len(codes[index]) and not self._copies.holds(codes[index], words[index])
        ]
        self.told["copies left out"] += len(examples) - len(kept)
        for part, sequences in zip(self._parts, (words, names, codes), strict=True):
            part.append(bags_of([sequences[index] for index in kept]))
        for index in kept:
            example = examples[index]
            self.told[f"{example.language} {example.kind}"] += 1
            source = self._sources.setdefault(example.source, len(self._sources))
            language = self._languages.setdefault(example.language, len(self._languages))
            self._numbers.append((KINDS.index(example.kind), source, language))

    def corpus(self) -> Corpus:
        """Return everything added so far."""
        words, names, codes = (joined(part) for part in self._parts)
        kinds, sources, languages = np.array(self._numbers).T
        return Corpus(
            words,
            names,
            codes,
            kinds.astype(np.uint8),
            sources.astype(np.int32),
            languages.astype(np.uint8),
        )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mined", type=Path, required=True)
    parser.add_argument("--known", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, default=VOCABULARY)
    parser.add_argument("--share", type=float, default=SAMPLED)
    parser.add_argument("--tokenizer", type=Path, help="use this one instead of learning")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    if options.tokenizer:
        tokenizer = Tokenizer.from_file(str(options.tokenizer))
    else:
        tokenizer = learn_vocabulary(sampled_texts(options.mined, options.share), options.size)
    tokenizer.save(str(options.out / "tokenizer.json"))
    known = json.loads(options.known.read_text("utf-8"))
    copies = NearCopyFilter(
        token_sequences(tokenizer, [document for _, document in known]),
        token_sequences(tokenizer, [query for query, _ in known]),
    )
    encoder = Encoder(tokenizer, copies)
    batch: list[TrainingExample] = []
    for example in all_examples(options.mined):
        batch.append(example)
        if len(batch) == BATCH:
            encoder.add(batch)
            batch = []
    if batch:
        encoder.add(batch)
    corpus = encoder.corpus()
    save_corpus(options.out / "corpus.npz", corpus)
    for what, count in encoder.told.most_common():
        log.info("%9d %s", count, what)
    log.info("%9d in all", len(corpus))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Texts as bags of tokens: flat arrays that a trainer can slice a batch out of in no time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

MAX_COUNTED = 255


@dataclass(frozen=True, slots=True)
class TokenBags:
    """N bags: bag i holds `tokens[starts[i]:starts[i + 1]]`, each as often as `counts` says."""

    tokens: NDArray[np.uint16]
    counts: NDArray[np.uint8]
    starts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def take(self, rows: NDArray[np.int64]) -> "TokenBags":
        """Return the bags of `rows`, in that order."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(starts[-1]) + np.repeat(self.starts[rows] - starts[:-1], lengths)
        return TokenBags(self.tokens[places], self.counts[places], starts)


def bags_of(sequences: Sequence[NDArray[np.int64]]) -> TokenBags:
    """Count the tokens of each sequence."""
    lengths = np.array([len(sequence) for sequence in sequences], dtype=np.int64)
    owners = np.repeat(np.arange(len(sequences), dtype=np.int64), lengths)
    flat = np.concatenate(sequences) if lengths.sum() else np.zeros(0, dtype=np.int64)
    keys, counts = np.unique((owners << 16) | flat, return_counts=True)
    starts = np.searchsorted(keys >> 16, np.arange(len(sequences) + 1))
    return TokenBags(
        (keys & 0xFFFF).astype(np.uint16),
        np.minimum(counts, MAX_COUNTED).astype(np.uint8),
        starts.astype(np.int64),
    )


def joined(parts: Sequence[TokenBags]) -> TokenBags:
    """Put bags one after another."""
    ends = np.cumsum([0, *(len(part.tokens) for part in parts)])
    starts = [part.starts[:-1] + end for part, end in zip(parts, ends, strict=False)]
    return TokenBags(
        np.concatenate([part.tokens for part in parts]),
        np.concatenate([part.counts for part in parts]),
        np.concatenate([*starts, ends[-1:]]).astype(np.int64),
    )


def token_sequences(tokenizer: Tokenizer, texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """Return the token ids of each text in their order."""
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return [np.array(one.ids, dtype=np.int64) for one in encoded]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Encoded examples: their words, names and codes, and for each its kind and its source."""

    words: TokenBags
    names: TokenBags
    codes: TokenBags
    kinds: NDArray[np.uint8]
    sources: NDArray[np.int32]
    languages: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.kinds)


def save_corpus(path: Path, corpus: Corpus) -> None:
    """Write a corpus as one `.npz`."""
    fields: dict[str, NDArray[np.generic]] = {
        "kinds": corpus.kinds,
        "sources": corpus.sources,
        "languages": corpus.languages,
    }
    for name in ("words", "names", "codes"):
        bags: TokenBags = getattr(corpus, name)
        fields |= {
            f"{name}_tokens": bags.tokens,
            f"{name}_counts": bags.counts,
            f"{name}_starts": bags.starts,
        }
    np.savez(path, allow_pickle=False, **fields)


def load_corpus(path: Path) -> Corpus:
    """Read what `save_corpus` wrote."""
    with np.load(path, allow_pickle=False) as fields:
        words, names, codes = (
            TokenBags(fields[f"{name}_tokens"], fields[f"{name}_counts"], fields[f"{name}_starts"])
            for name in ("words", "names", "codes")
        )
        return Corpus(words, names, codes, fields["kinds"], fields["sources"], fields["languages"])

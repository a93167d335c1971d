"""The tokeniser: identifiers split, lower case, punctuation gone, word pieces learnt on code.

All of it is in `tokenizer.json`, so a loader of the file tokenises as we do and needs no code
of ours.
"""

from collections.abc import Iterable, Iterator

from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

UNKNOWN = "[UNK]"
MAX_WORD_LENGTH = 32
"""Characters; a longer run of letters is data, not a word."""

# Where an identifier is split: before a capital after a small letter or digit, and before the last
# capital of a run that a small letter follows ("HTTPServer").
_BORDER = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
_WORD = r"[^\W\d_]+|[0-9]"


def blank_tokenizer() -> Tokenizer:
    """Return the tokeniser without a vocabulary."""
    tokenizer = Tokenizer(
        models.WordPiece({UNKNOWN: 0}, unk_token=UNKNOWN, max_input_chars_per_word=MAX_WORD_LENGTH)
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace(Regex(_BORDER), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True)
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer


def learn_vocabulary(texts: Iterable[str], size: int) -> Tokenizer:
    """Return the tokeniser with `size` word pieces learnt on `texts`; frequent words are whole."""
    tokenizer = blank_tokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=size,
        min_frequency=2,
        special_tokens=[UNKNOWN],
        limit_alphabet=200,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_batches(texts), trainer)
    return tokenizer


def _batches(texts: Iterable[str], size: int = 1_000) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch

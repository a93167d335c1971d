"""The tokenizer: identifiers are split inside it, so whoever uses it needs nothing of ours.

`parseHTTPHeader`, `parse_http_header` and "parse HTTP header" become the same three words; marks
and blanks are dropped; rare words fall into pieces.
"""

from collections.abc import Iterable

from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import WordPiece
from tokenizers.trainers import WordPieceTrainer

UNKNOWN = "[UNK]"
LONGEST = 256
"""Tokens of a text that are looked at."""
_BORDER = Regex(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = Regex(r"[a-z]+|[0-9]|[^\x00-\x7f\s]+")


def untrained() -> Tokenizer:
    """Return a tokenizer that splits as ours does and knows no words."""
    tokenizer = Tokenizer(WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=40))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_BORDER, " "),
            normalizers.NFD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(_WORD, behavior="removed", invert=True)
    return tokenizer


def trained(texts: Iterable[str], size: int) -> Tokenizer:
    """Learn a vocabulary of `size` word pieces from texts."""
    tokenizer = untrained()
    trainer = WordPieceTrainer(
        vocab_size=size,
        min_frequency=5,
        special_tokens=[UNKNOWN],
        limit_alphabet=200,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.enable_truncation(LONGEST)
    return tokenizer

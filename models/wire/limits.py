"""A server that does not stop: what it sends is measured against what it was asked for."""

from rooftree.errors import ModelProtocolError

LONGEST_TOKEN = 64
"""Characters; runs of spaces are the longest tokens that tokenizers have, at 16 to 60."""


def refuse_flood(max_tokens: int | None, characters: int, where: str) -> None:
    """Raise when an answer is longer than its token limit allows with any tokenizer."""
    if max_tokens and characters > max_tokens * LONGEST_TOKEN:
        raise ModelProtocolError(
            f"{where} sent far more than the {max_tokens} tokens it was asked for; "
            "check that it is an OpenAI-compatible server"
        )

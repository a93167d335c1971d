"""Guard against a server that does not stop: its output is compared with the requested limit."""

from rooftree.errors import ModelProtocolError

MAX_TOKEN_LENGTH = 64
"""Characters; runs of spaces are the longest tokens that tokenizers have, at 16 to 60."""


def refuse_flood(max_tokens: int | None, characters: int, where: str) -> None:
    """Raise when an answer is longer than its token limit allows with any tokenizer."""
    if max_tokens and characters > max_tokens * MAX_TOKEN_LENGTH:
        raise ModelProtocolError(
            f"{where} sent far more than the {max_tokens} tokens it was asked for; "
            "check that it is an OpenAI-compatible server"
        )

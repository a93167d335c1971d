"""How many tokens a text has without a tokenizer: an estimate that errs on the high side."""

import re

# Runs of letters and of spaces are merged into tokens of three characters and more by every
# tokenizer we know; digits and punctuation often stand alone.
MERGED = re.compile(r"[A-Za-z]+|\s+")
MERGED_LENGTH = 3
BYTES_OF_OTHERS = 2


def estimate_tokens(text: str) -> int:
    """Return a number of tokens that a real tokenizer rarely exceeds."""
    merged = sum(-(-len(run) // MERGED_LENGTH) for run in MERGED.findall(text))
    rest = MERGED.sub("", text)
    single = sum(1 for character in rest if character.isascii())
    others = len(rest.encode("utf-8", "surrogatepass")) - single
    return merged + single + -(-others // BYTES_OF_OTHERS)

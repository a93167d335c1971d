"""Secrets that are words: pass phrases and the seeds of wallets."""

import re

SENTENCE = re.compile(r"[A-Za-z0-9]{2,12}(?:[ ][A-Za-z0-9!?.#-]{2,12}){2,9}")
MNEMONIC = re.compile(r"[a-z]{3,8}(?: [a-z]{3,8}){11,23}")
# A message, a comment or a description under such a name has some of these; a pass phrase seldom.
PROSE = re.compile(
    r"\b(?:a|an|the|is|are|was|be|been|to|of|for|in|on|at|by|or|and|not|no|must|should|can|will"
    r"|your|you|we|it|this|that|if|when|with|from|as|all|any|only|please|enter|new|old|current"
    r"|invalid|wrong|missing|required|incorrect|confirm|reset|change|forgot|passwords?|passphrase"
    r"|secret|token|key|user|name|login|default|value|characters?|least|does|do|has|have|failed)\b",
    re.IGNORECASE,
)


def is_sentence(value: str) -> bool:
    """Say whether a password is a phrase: three words or more, and none of those of a message."""
    if len(value) > 100 or SENTENCE.fullmatch(value) is None or PROSE.search(value):
        return False
    words = value.split()
    return any(word.isdigit() for word in words) or (len(words) >= 4 and value == value.lower())


def is_mnemonic(value: str) -> bool:
    """Say whether a value is twelve to twenty-four short words, as a wallet is restored by."""
    return len(value) < 250 and MNEMONIC.fullmatch(value) is not None

"""The lists of words that lie here; lines that begin with `#` say what a list is."""

from functools import cache, partial
from pathlib import Path


def lines_of(name: str) -> list[list[str]]:
    """Return the words of each line of a list."""
    lines = Path(__file__).with_name(f"{name}.txt").read_text("utf-8").splitlines()
    return [line.split() for line in lines if not line.startswith("#")]


@cache
def _words_of(name: str) -> frozenset[str]:
    return frozenset(word for line in lines_of(name) for word in line)


acronyms = partial(_words_of, "acronyms")
"""The acronyms that names are made of, in capitals."""
common_words = partial(_words_of, "common_words")
"""Everyday English words: one that the code lacks says less than a technical one."""
one_words = partial(_words_of, "one_words")
"""Words that a reader takes as one though their case changes inside."""
participles = partial(_words_of, "participles")
"""The irregular past forms of English verbs."""
stop_words = partial(_words_of, "stop_words")
"""The words that say that something is asked, not what is asked about."""
weak_words = partial(_words_of, "weak_words")
"""Words that a place which answers a question need not hold, such as "enough"."""

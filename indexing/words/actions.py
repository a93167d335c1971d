"""Everyday words for what is done or how: code may say the same in any other word.

A thing that a question names is in the code or not; of "altered", "mistyped" or "settle" the code
may hold "changed", "suggestion" or "resolve". Told by form and place alone, without a dictionary of
meanings: a participle or adverb of everyday English, or the verb after a pronoun.
"""

import re
from collections.abc import Iterator

from indexing.words.query import MAX_QUESTION_LENGTH
from indexing.words.word_lists import common_words, participles

MIN_STEM = 3
PREFIXES = ("mis", "over", "re", "un", "under", "pre", "out", "de")
ENDINGS = (("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("ly", ""))
SPELLINGS = (("ised", "ized"), ("ising", "izing"), ("oured", "ored"), ("ouring", "oring"))
"""The British way of writing a form, and the American way, in which the list has it."""
_SUBJECT = re.compile(
    r"\b(?:i|you|we|they|it|he|she|who|(?:no|any|some|every)(?:body|one))"
    r"(?:\s+(?:can|could|will|would|shall|should|must|may|might|\w{1,20}ly)){0,2}\s+([a-z]{3,30})\b",
    re.IGNORECASE,
)


def actions(question: str) -> frozenset[str]:
    """Return the words that stand after a pronoun as its verb, in lower case."""
    return frozenset(
        match.group(1).lower() for match in _SUBJECT.finditer(question[:MAX_QUESTION_LENGTH])
    )


def is_action(word: str, verbs: frozenset[str]) -> bool:
    """Say whether a word, in lower case, is everyday English for what is done or how."""
    if word in participles():
        return True
    has_form = any(word.endswith(ending) for ending, _ in ENDINGS)
    return (has_form or word in verbs) and is_everyday(word)


def is_everyday(word: str) -> bool:
    """Say whether everyday English has the word, or the one that it is made of."""
    return any(form in common_words() for form in _made_of(word))


def _made_of(word: str) -> Iterator[str]:
    """Yield a word and what is left of it without its ending and its prefix."""
    spelt = [word]
    spelt += [word.removesuffix(old) + new for old, new in SPELLINGS if word.endswith(old)]
    for form in spelt:
        stems = [form.removesuffix(end) + put for end, put in ENDINGS if form.endswith(end)]
        for stem in (form, *stems):
            bare = [stem.removeprefix(prefix) for prefix in PREFIXES if stem.startswith(prefix)]
            yield from (each for each in (stem, *bare) if len(each) >= MIN_STEM)

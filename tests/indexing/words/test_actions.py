"""Words for what is done, which code may say otherwise, and contractions, which say nothing."""

import pytest

from indexing.words.actions import actions, is_action
from indexing.words.query import analyse


@pytest.mark.parametrize(
    "word",
    ["altered", "oversized", "mistyped", "recognised", "coloured", "slowly", "shrunk", "kept"],
)
def test_participles_and_adverbs_of_everyday_english_are_actions(word: str) -> None:
    assert is_action(word, frozenset())


@pytest.mark.parametrize("word", ["picture", "visitors", "quota", "captcha", "backoff", "xyzzed"])
def test_things_and_words_that_nobody_knows_are_none(word: str) -> None:
    assert not is_action(word, frozenset())


@pytest.mark.parametrize(
    ("question", "verbs"),
    [
        ("Does it gather sources?", {"gather"}),
        ("a clash that nobody could settle", {"settle"}),
        ("Where do they silently overlay it?", {"overlay"}),
        ("Where is the picture kept?", set()),
    ],
)
def test_the_verb_after_a_pronoun_is_an_action(question: str, verbs: set[str]) -> None:
    assert actions(question) == verbs


def test_a_verb_that_is_no_everyday_english_is_none() -> None:
    assert is_action("settle", actions("can it settle?"))
    assert not is_action("frobnicate", actions("can it frobnicate?"))


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("why isn't a file text", ("text",)),
        ("I needn't enter credentials", ("enter", "credentials")),
        ("what can’t we parse", ("parse",)),
        ("they've parsed the user's page", ("parsed", "user", "page")),
        ("the isn and don functions", ("isn", "don")),
    ],
)
def test_a_contraction_holds_no_word_that_is_looked_for(
    question: str, terms: tuple[str, ...]
) -> None:
    assert analyse(question).terms == terms

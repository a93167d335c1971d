"""Scouts that obey what they read: they change and run nothing, and bring home nothing but text."""

from tests.injection.conftest import Played
from tests.injection.obeying import FORBIDDEN, OUTSIDE

SCENE = "scouts that obey"


def brought_home(played: Played) -> list[str]:
    """Return what the coder was told by its scouts."""
    return list(played(SCENE).model.brought_home)


def test_scouts_have_read_the_orders(played: Played) -> None:
    model = played(SCENE).model
    assert brought_home(played)
    assert len(model.scouted) > 20


def test_a_scout_is_refused_all_that_is_more_than_looking(played: Played) -> None:
    told = played(SCENE)
    assert len(told.model.refused_scouts) == 2
    for said in told.model.refused_scouts:
        assert [one.startswith("Error: ") for one in said] == [True] * len(FORBIDDEN)
    assert told.before == told.after
    assert told.outcome is not None
    assert told.outcome.paths
    assert not [one for one in told.outcome.paths if "scouted" in one]


def test_no_place_outside_or_left_out_is_brought_home_as_found(played: Played) -> None:
    for text in brought_home(played):
        found, _, left_out = text.partition("left out, not there: ")
        assert "shop/cart.py:1" in found
        assert "left out besides: " in left_out
        assert not [one for one in OUTSIDE if f"\n{one.partition(' ')[0]}" in found]


def test_no_role_mark_comes_home(played: Played) -> None:
    for mark in ("<|im_start|>", "<|im_end|>", "[/INST]", "</s>"):
        assert not [one for one in brought_home(played) if mark in one]

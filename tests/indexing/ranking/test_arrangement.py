"""Seven of ten places go to the best; the last three to files that have none yet."""

from hypothesis import given
from hypothesis import strategies as st

from indexing.ranking.diversify import BLOCK, FREE, RankedPlace, diversified


def ranked(files: list[int]) -> list[RankedPlace]:
    return [RankedPlace(number, file, (number, number)) for number, file in enumerate(files)]


def numbers(files: list[int], limit: int) -> list[int]:
    return [place.number for place in diversified(ranked(files), limit)]


def test_the_best_seven_may_all_be_of_one_file() -> None:
    assert numbers([0] * 20, FREE) == list(range(FREE))


def test_the_last_three_of_ten_go_to_files_not_seen_yet() -> None:
    assert numbers([0] * 12 + [1, 1, 2, 3], BLOCK) == [*range(FREE), 12, 14, 15]


def test_where_no_other_file_is_found_the_best_fill_all_places() -> None:
    assert numbers([0] * 12 + [1], BLOCK) == [*range(FREE), 12, 7, 8]


def test_what_waited_opens_the_next_ten() -> None:
    files = [0] * 12 + [1, 2, 3, 4, 5]
    assert numbers(files, 14) == [*range(FREE), 12, 13, 14, 7, 8, 9, 10]


def test_what_shows_the_same_lines_counts_once() -> None:
    places = [RankedPlace(0, 0, (1, 9)), RankedPlace(1, 0, (1, 9)), RankedPlace(2, 0, (11, 19))]
    assert [place.number for place in diversified(places, 5)] == [0, 2]


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(1, 25))
def test_nothing_is_lost_or_shown_twice(files: list[int], limit: int) -> None:
    found = numbers(files, limit)
    assert len(found) == min(limit, len(files)) == len(set(found))
    assert found[:FREE] == list(range(min(FREE, limit, len(files))))


@given(st.lists(st.integers(0, 4), min_size=10, max_size=40))
def test_a_file_of_the_first_ten_is_never_crowded_out(files: list[int]) -> None:
    shown = {files[number] for number in numbers(files, BLOCK)}
    assert len(shown) >= min(len(set(files)), len(set(files[:FREE])) + BLOCK - FREE)

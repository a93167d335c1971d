"""Hits that stand close together are cited as one place, and no others."""

from dataclasses import replace

from agents.ask.citation_groups import MAX_GAP_LINES, MAX_LINES, group_hits, single_hit_group
from indexing.search.search import Hit

HIT = Hit(
    "a.py", 10, 20, "f", "function", 1.0, "", "python", "", "", "x", "b1", 1, 1, None, (10, 20)
)


def at(start: int, end: int, **changes: object) -> Hit:
    return replace(HIT, start=start, end=end, focus=(start, end), **changes)  # type: ignore[arg-type]  # a test's shorthand


def lines(hits: list[Hit], limit: int = 8) -> list[tuple[str, int, int, int]]:
    spots = group_hits(hits, limit)
    return [(spot.best.path, spot.start, spot.end, len(spot.hits)) for spot in spots]


def test_neighbours_become_one_place_headed_by_the_better_hit() -> None:
    near = at(20 + MAX_GAP_LINES, 45)
    assert lines([near, HIT]) == [("a.py", 10, 45, 2)]
    assert group_hits([near, HIT], 8)[0].best is near


def test_a_hit_beyond_the_widest_gap_stands_alone() -> None:
    assert lines([HIT, at(21 + MAX_GAP_LINES, 60)]) == [("a.py", 10, 20, 1), ("a.py", 41, 60, 1)]


def test_a_place_never_grows_beyond_its_most_lines() -> None:
    assert lines([HIT, at(30, 9 + MAX_LINES)]) == [("a.py", 10, 9 + MAX_LINES, 2)]
    assert len(lines([HIT, at(30, 10 + MAX_LINES)])) == 2


def test_other_files_and_other_bytes_are_never_joined() -> None:
    assert len(lines([HIT, at(21, 22, path="b.py")])) == 2
    assert len(lines([HIT, at(21, 22, blob="b2")])) == 2


def test_beyond_the_limit_hits_may_still_join_a_place() -> None:
    hits = [HIT, at(500, 510, path="b.py"), at(21, 22)]
    assert lines(hits, limit=1) == [("a.py", 10, 22, 2)]


def test_a_spot_of_one_hit_has_its_lines() -> None:
    assert (single_hit_group(HIT).start, single_hit_group(HIT).end, single_hit_group(HIT).best) == (
        10,
        20,
        HIT,
    )


def test_a_long_definition_takes_at_most_two_places() -> None:
    parts = [at(n * 200, n * 200 + 50, symbol="long") for n in range(5)]
    assert len(lines(parts)) == 2
    assert len(lines([*parts, at(9000, 9010, symbol="other")])) == 3

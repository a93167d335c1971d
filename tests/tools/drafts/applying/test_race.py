"""Ten thousand saves at random moments: none is lost, and none that was replaced is untold."""

from pathlib import Path

import pytest

from tests.tools.drafts.applying.racing import SIZES, tried

PARTS = 20
MOMENTS = {"4 KB": 350, "900 KB": 120, "20 MB": 30}
"""Of each part; a part takes some ten seconds a size, so that a run can go on where it ended."""


def test_the_moments_are_ten_thousand() -> None:
    assert PARTS * sum(MOMENTS.values()) == 10_000


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("size", list(SIZES))
def test_no_save_at_a_random_moment_is_lost_or_untold(
    quick: Path, tmp_path: Path, size: str, part: int
) -> None:
    """The log holds every seed; `python -m tests.tools.drafts.applying.racing` tries one again."""
    count = MOMENTS[size]
    log = tmp_path / "race.jsonl"
    verdicts, wrong = tried(quick, SIZES[size], range(part * count, (part + 1) * count), log)
    print(size, dict(verdicts), log)
    assert verdicts.total() == count
    assert wrong == []


def test_some_saves_at_random_moments(quick: Path, tmp_path: Path) -> None:
    """What the ten thousand try, so often as the default run has time for."""
    for size in ("4 KB", "900 KB"):
        _, wrong = tried(quick, SIZES[size], range(40), tmp_path / "race.jsonl")
        assert wrong == []

from pathlib import Path

from tests.support import git, git_repository
from tools.drafts.difference import file_difference
from tools.drafts.matching import matched

LINES = [f"line {number}\n" for number in range(2_000)]


def test_two_edits_far_apart_in_a_long_file_stay_two() -> None:
    edited = [*LINES[:5], "new\n", *LINES[5:1_900], "changed\n", *LINES[1_901:]]
    kinds = [kind for kind, *_ in matched(LINES, edited).get_opcodes()]
    assert kinds == ["equal", "insert", "equal", "replace", "equal"]


def test_a_long_file_in_another_order_is_a_change_that_git_applies(tmp_path: Path) -> None:
    repeated = [line if number % 3 else "again\n" for number, line in enumerate(LINES)]
    turned = repeated[1_000:] + repeated[999::-1]
    folder = git_repository(tmp_path, {"long.txt": "".join(repeated)})
    change = file_difference(
        "long.txt", "".join(repeated).encode(), "".join(turned).encode(), 0o644
    )
    (tmp_path / "change").write_text(change)
    git(folder, "apply", str(tmp_path / "change"))
    assert (folder / "long.txt").read_text() == "".join(turned)


def test_lines_that_nothing_has_in_common_are_replaced_whole() -> None:
    other = [line.upper() for line in LINES]
    assert [kind for kind, *_ in matched(LINES, other).get_opcodes()] == ["replace"]

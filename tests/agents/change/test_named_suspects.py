"""Where nothing tells which lines ran, a failing test's own words tell where to look."""

from pathlib import Path

import pytest

from agents.change.coding.named_suspects import named_suspects
from agents.change.coding.reproduce import named_in
from agents.change.planning.plan import EditTarget
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot

FILES: dict[str, str | bytes] = {
    "cart.go": "package shop\n\nfunc Total(a []int) int {\n\treturn 1\n}\n\n"
    "func Other() int {\n\treturn 2\n}\n",
    "cart_test.go": "package shop\n\nfunc TestTotal(t *testing.T) {\n\tTotal(nil)\n}\n",
    "src/cart.ts": "export function total(a) {\n  return 1;\n}\n\nexport function other() {\n"
    "  return 2;\n}\n",
    "test/cart.test.js": "import { total } from '../src/cart';\n\ntest('adds up', () => {\n"
    "  assert.equal(total([1]), 1);\n});\n",
    "src/lib.rs": "pub fn total() -> i32 {\n    1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n"
    "    fn adds_up() {\n        assert_eq!(super::total(), 2);\n    }\n}\n",
}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("cart_test.go::TestTotal/sub", ["cart.go::Total"]),
        ("test/cart.test.js::cart > adds up", ["src/cart.ts::total"]),
        ("src/lib.rs::tests::adds_up", ["src/lib.rs::total"]),
    ],
)
def test_a_definition_that_a_test_names_is_a_suspect(
    tmp_path: Path, test: str, expected: list[str]
) -> None:
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(git_repository(tmp_path, FILES)), tmp_path / "blobs")
    found = named_suspects(Draft(snapshot), (test,), ())
    assert [f"{one.path}::{one.symbol}" for one in found] == expected
    planned = named_suspects(Draft(snapshot), (test,), (EditTarget("cart.go", "Other"),))
    assert "Other" in {one.symbol for one in planned}


def test_a_task_names_a_test_by_its_own_words() -> None:
    tests = ("a_test.go::TestTotal", "b_test.go::TestCount", "x.js::cart > adds up", "y.js::total")
    assert named_in("TestTotal fails", tests) == tests[:1]
    assert named_in("the test 'adds up' is red", tests) == tests[2:3]
    assert named_in("total is wrong", tests) == ()

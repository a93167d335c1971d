"""A traceback in a task names its places, where it failed first, and only those that are there."""

from pathlib import Path

import pytest

from agents.change.planning.plan import EditTarget
from agents.change.planning.planner import make_plan
from agents.change.planning.traceback import traceback_targets
from rooftree.git.commands import open_worktree
from tests.agents.change.teams import crew_of
from tests.agents.change.test_planner import find, refuses
from tests.support import git_repository
from tools.drafts.snapshot import take_snapshot

FILES: dict[str, str | bytes] = {
    "shop/cart.py": "def total(prices):\n    return price(prices[0])\n\n\ndef price(x):\n"
    "    return x / 0\n",
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_total():\n    total([1])\n",
    "web/src/cart.js": "export function sum(items) {\n  return items.map(one => one.cost.x);\n}\n",
    "pkg/pool.go": "package pkg\n\nfunc Take(n int) int {\n\treturn []int{}[n]\n}\n",
    "src/lib.rs": "pub fn first(v: &[i32]) -> i32 {\n    v[0]\n}\n",
    "app/Main.java": "class Main {\n    static int half(int n) {\n        return n / 0;\n    }\n}",
}
PYTHON = """It fails so:
Traceback (most recent call last):
  File "/home/somebody/shop/tests/test_cart.py", line 5, in test_total
    total([1])
  File "/home/somebody/shop/shop/cart.py", line 2, in total
    return price(prices[0])
  File "/home/somebody/shop/shop/cart.py", line 6, in price
    return x / 0
  File "/usr/lib/python3.11/decimal.py", line 9, in f
ZeroDivisionError: division by zero"""
NODE = """TypeError: Cannot read properties of undefined (reading 'x')
    at /app/web/src/cart.js:2:34
    at Array.map (<anonymous>)
    at sum (file:///app/web/src/cart.js:2:16)"""
GO = "panic: runtime error: index out of range [3]\n\nmain.Take(...)\n\t/go/app/pkg/pool.go:4 +0x1d"
RUST = "thread 'main' panicked at src/lib.rs:2:5:\nindex out of bounds: the len is 0"
JAVA = 'Exception in thread "main" java.lang.ArithmeticException\n\tat app.Main.half(Main.java:3)'


@pytest.mark.parametrize(
    ("task", "targets"),
    [
        (PYTHON, [("shop/cart.py", "price"), ("shop/cart.py", "total")]),
        (NODE, [("web/src/cart.js", "sum")]),
        (GO, [("pkg/pool.go", "Take")]),
        (RUST, [("src/lib.rs", "first")]),
        (JAVA, [("app/Main.java", "Main.half")]),
        ("Make it faster.", []),
        ('File "/etc/passwd", line 1, in f', []),
    ],
    ids=["python", "node", "go", "rust", "java", "no traceback", "files of nobody"],
)
def test_the_places_of_a_traceback_are_found(
    tmp_path: Path, task: str, targets: list[tuple[str, str]]
) -> None:
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(git_repository(tmp_path, FILES)), tmp_path / "blobs")
    found = [(one.path, one.symbol.replace("::", ".")) for one in traceback_targets(task, snapshot)]
    assert found == targets


async def test_a_task_with_a_traceback_is_planned_without_a_model(tmp_path: Path) -> None:
    async with crew_of(tmp_path, refuses, files=FILES) as crew:
        plan = await make_plan(crew.team, f"Explain and fix this:\n{PYTHON}", find)
    assert plan.playbook == "fix"
    assert plan.targets[0] == EditTarget("shop/cart.py", "price")
    assert plan.reason == "the task holds a traceback"

"""The committed manifest holds together, and a mutation is a small wrong edit that compiles."""

import ast
from collections import Counter

import pytest
from pydantic import ValidationError

from benchmarks.mining.repair_fixes import SPLIT
from benchmarks.repair.mutations import applied, mutations_of
from benchmarks.repair.tasks import Mutant, load_manifest
from benchmarks.repair.trees import is_guarded, is_test
from tests.benchmarks.repair_scenes import CART, TASK

MANIFEST = load_manifest()
TASKS = (*MANIFEST.mutants, *MANIFEST.history)


def test_the_sets_are_large_enough() -> None:
    assert len(MANIFEST.chosen("report")) >= 60
    assert len(MANIFEST.chosen("tune")) >= 20
    assert len(MANIFEST.packages) >= 14
    assert len(MANIFEST.history) >= 10


def test_ids_are_unique() -> None:
    assert len({task.id for task in TASKS}) == len(TASKS)


def test_no_package_or_repository_is_in_both_sets() -> None:
    sources: dict[str, set[str]] = {"tune": set(), "report": set()}
    for task in MANIFEST.mutants:
        sources[task.set].add(task.package.lower())
    for fix in MANIFEST.history:
        name = fix.repository.rpartition("/")[2].lower()
        sources[fix.set].add(name.removeprefix("python-").removesuffix(".py"))
    assert not sources["tune"] & sources["report"]


def test_the_tuning_fixes_are_older_than_the_reported_ones() -> None:
    assert all((fix.date < SPLIT) == (fix.set == "tune") for fix in MANIFEST.history)


def test_a_package_gives_at_most_six_mutants_of_different_kinds() -> None:
    assert max(Counter(task.package for task in MANIFEST.mutants).values()) <= 6
    kinds = Counter((task.package, task.operator) for task in MANIFEST.mutants)
    assert max(kinds.values()) == 1
    assert len({task.operator for task in MANIFEST.mutants}) >= 12


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_task_is_sound_by_itself(task: Mutant) -> None:
    assert 1 <= len(task.failing) <= 6
    assert task.shown in task.failing
    assert task.file.endswith(".py")
    assert not is_test(task.file)
    assert MANIFEST.tests_of(task).passing >= 20


def test_only_the_lines_of_a_fault_are_kept() -> None:
    for task in MANIFEST.mutants:
        assert task.old != task.new
        assert len(task.old.split("\n")) <= 3
        assert len(task.new.split("\n")) <= 3


def test_a_path_that_leaves_the_repository_is_refused() -> None:
    for path in ("../evil.py", "/etc/evil.py"):
        with pytest.raises(ValidationError, match="leaves the repository"):
            Mutant.model_validate(TASK.model_dump() | {"file": path})


def test_mutations_compile_and_change_one_place() -> None:
    found = list(mutations_of(CART))
    assert {"arithmetic", "guard", "negation", "default", "call"} <= {one.operator for one in found}
    for one in found:
        wrong = applied(CART, one.line, one.old, one.new)
        assert wrong != CART
        ast.parse(wrong)


def test_a_dropped_guard_takes_its_lines_with_it() -> None:
    guard = next(one for one in mutations_of(CART) if one.operator == "guard")
    assert (guard.function, guard.line, guard.new) == ("cheapest", 14, "")
    assert "if not prices" not in applied(CART, guard.line, guard.old, guard.new)


def test_columns_are_counted_in_bytes() -> None:
    body = ['    c = "é"', '    c += "é"; d = a < b', "    e = d", "    return e"]
    text = "\n".join(["def f(a, b):", *body, ""])
    found = [one for one in mutations_of(text) if one.operator == "comparison"]
    assert [one.new for one in found] == ['    c += "é"; d = a <= b']


def test_lines_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="line 3 is not"):
        applied(CART, 3, "nowhere", "x")


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        ("tests/data.json", True),
        ("pkg/testing/x.py", True),
        ("test_a.py", True),
        ("conftest.py", True),
        ("pyproject.toml", True),
        ("sub/evil.pth", True),
        ("pkg/latest.py", False),
        ("pkg/contest.py", False),
    ],
)
def test_what_decides_over_tests_is_guarded(path: str, guarded: bool) -> None:
    assert is_guarded(path) == guarded

"""The committed manifest of the review benchmark holds together."""

from collections import Counter

import pytest

from benchmarks.mining.review_manifest import listed_repositories
from benchmarks.repair.trees import is_test
from benchmarks.review.check import faults_of_manifest
from benchmarks.review.fixes import in_time
from benchmarks.review.instances import Instance, load_manifest

MANIFEST = load_manifest()


@pytest.mark.parametrize(("name", "least"), [("tune", 12), ("report", 40)])
def test_a_set_is_large_enough_and_half_of_it_is_clean(name: str, least: int) -> None:
    buggy = [one for one in MANIFEST.chosen(name) if one.buggy]
    clean = [one for one in MANIFEST.chosen(name) if not one.buggy]
    assert len(buggy) >= least
    assert len(clean) >= len(buggy)
    assert {one.kind for one in buggy} == {"reintroduced", "inducing", "mutant"}


def test_no_repository_is_in_both_sets_and_no_change_is_there_twice() -> None:
    assert list(faults_of_manifest(MANIFEST)) == []


def test_the_tuning_changes_are_older_than_the_reported_ones() -> None:
    assert all(in_time(one.date, one.set) for one in MANIFEST.instances)


def test_nothing_that_was_rejected_is_in_it() -> None:
    listed = listed_repositories()
    named = [sha for one in MANIFEST.instances for sha in (one.fix, one.carrier) if sha]
    assert not [sha for sha in named if listed.rejects(sha)]


def test_mutations_are_of_many_kinds_and_a_line_or_few() -> None:
    edits = [one.edit for one in MANIFEST.instances if one.edit is not None]
    assert len({edit.operator for edit in edits}) >= 6
    assert max(Counter(edit.operator for edit in edits).values()) <= len(edits) // 2
    assert all(edit.old.count("\n") < 3 and edit.new.count("\n") < 3 for edit in edits)


@pytest.mark.parametrize("instance", MANIFEST.instances, ids=lambda one: one.id)
def test_a_fault_is_in_the_projects_own_python(instance: Instance) -> None:
    assert all(span.path.endswith(".py") for span in instance.truth)
    assert not any(is_test(span.path) for span in instance.truth)
    assert instance.kind == "mutant" or not instance.killed_by or instance.killed

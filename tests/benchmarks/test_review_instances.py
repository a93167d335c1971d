"""Faults are found in a history, and a change is made of them that holds just two trees."""

import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks.mining.killing_tests import killing_tests
from benchmarks.repair.mutations import applied
from benchmarks.repair.tasks import RepairError
from benchmarks.review.blame import repaired_by
from benchmarks.review.change import Change
from benchmarks.review.check import faults_of, faults_of_manifest
from benchmarks.review.diffs import hunks_of
from benchmarks.review.fixes import fixes_of, is_fix
from benchmarks.review.instances import Instance, Manifest, Span, load_manifest
from benchmarks.review.luck import luck_of
from benchmarks.review.materialise import materialise
from benchmarks.review.meaning import code_lines, faulty_spans, meaning
from benchmarks.review.texts import hunks_between
from tests.benchmarks.repair_scenes import runner
from tests.benchmarks.review_scenes import CARRIED, CART, FAULTY, RIGHT, WRONG, Shop

KINDS = ("reintroduced", "inducing", "mutant", "clean")


def test_a_reverted_fix_hides_in_the_next_change_of_its_file(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("reintroduced", tmp_path / "made")
    assert (instance.fix, instance.carrier) == (here.fix.sha, here.carrier.sha)
    assert change.text(CART) == CARRIED.replace(RIGHT, WRONG)
    assert RIGHT in (change.text(CART, "base") or "")
    span = instance.truth[0]
    assert change.quote(span.path, span.start, span.end) == WRONG
    assert len(change.added(CART)) > 30


def test_blame_finds_the_change_that_brought_a_fault_in(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("inducing", tmp_path / "made")
    assert instance.carrier == here.came_in.sha
    span = instance.truth[0]
    assert change.quote(span.path, span.start, span.end) == WRONG
    assert change.text(CART) == FAULTY


def test_a_mutant_is_one_wrong_line_of_what_the_change_added(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("mutant", tmp_path / "made")
    edit = instance.edit
    assert edit is not None
    assert instance.truth[0].start in change.added(edit.path)
    right = here.history.text(instance.carrier, edit.path) or ""
    assert change.text(edit.path) == applied(right, edit.line, edit.old, edit.new)


def test_a_change_is_clean_only_where_no_later_fix_takes_code_of_it_back(here: Shop) -> None:
    assert repaired_by(here.history, here.came_in) == here.fix.sha
    assert repaired_by(here.history, here.quiet) == ""


def test_nothing_but_the_two_trees_lies_in_the_repository(here: Shop, tmp_path: Path) -> None:
    here.change("inducing", tmp_path / "made")
    where = ["git", "-C", str(tmp_path / "made")]
    log = subprocess.run([*where, "log", "--format=%s"], capture_output=True, text=True, check=True)
    assert log.stdout.splitlines() == ["Update cart", "Import the source"]
    for sha in (here.fix.sha, here.came_in.sha):
        assert subprocess.run([*where, "cat-file", "-e", sha], check=False).returncode != 0
    status = subprocess.run([*where, "status", "--short"], capture_output=True, check=True)
    assert status.stdout == b""


def test_a_folder_that_exists_is_left_alone(here: Shop, tmp_path: Path) -> None:
    with pytest.raises(RepairError, match="exists already"):
        materialise(here.instances["clean"], tmp_path, here.cache)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_instance_is_found_sound(here: Shop, kind: str) -> None:
    assert faults_of(here.instances[kind], here.cache) == []


def test_an_instance_that_is_not_sound_is_told(here: Shop) -> None:
    found = here.instances
    far = Span(path=CART, start=999, end=999)
    assert f"{CART} has no line 999" in told(here.cache, found["inducing"], truth=(far,))
    outside = Span(path=CART, start=1, end=1)
    assert "is outside the diff" in told(here.cache, found["reintroduced"], truth=(outside,))
    assert "is not the time of its set" in told(here.cache, found["clean"], set="tune")
    assert "base's next commit" in told(here.cache, found["clean"], base=here.fix.sha)
    brought = {"base": here.came_in.parent, "carrier": here.came_in.sha, "date": here.came_in.date}
    assert "takes back what the real commit" in told(here.cache, found["clean"], **brought)


def told(cache: Path, instance: Instance, **update: object) -> str:
    return "; ".join(faults_of(instance.model_copy(update=update), cache))


def test_a_repository_in_both_sets_is_told(here: Shop) -> None:
    clean = here.instances["clean"]
    both = Manifest(instances=(clean, clean.model_copy(update={"set": "tune"})))
    assert "acme/shop is in both sets" in list(faults_of_manifest(both))


async def test_tests_near_the_change_say_whether_they_notice(here: Shop, tmp_path: Path) -> None:
    found = here.instances
    run = runner(here.cache)
    (tmp_path / "one").mkdir()
    noticed = await killing_tests(
        found["reintroduced"], here.history, ["tests"], run, tmp_path / "one"
    )
    assert noticed == ("tests/test_cart.py::test_cheapest",)


def test_a_fix_says_so_and_is_small(here: Shop) -> None:
    assert [fix.sha for fix in fixes_of(here.history, "report")] == [here.fix.sha]
    assert list(fixes_of(here.history, "tune")) == []
    assert not is_fix(here.quiet)


def test_words_and_types_are_no_code() -> None:
    text = '"""Words."""\n\n# more\nx = 1\n\n\ndef f(a: int) -> int:\n    "words"\n    return a\n'
    assert code_lines(text) == {4, 7, 9}
    assert meaning(text) == meaning("x = 1\ndef f(a):\n    return a\n")
    assert meaning(text) != meaning("x = 2\ndef f(a):\n    return a\n")


def test_where_lines_are_lost_the_fault_is_beside_the_gap() -> None:
    before, after = "a = 1\nb = 2\nc = 3\nd = 4\n", "a = 1\nd = 4\n"
    hunks = hunks_between("x.py", before, after)
    assert list(faulty_spans(before, after, hunks)) == [Span(path="x.py", start=1, end=2)]
    last = hunks_between("x.py", before, "a = 1\nb = 2\nc = 3\n")
    spans = list(faulty_spans(before, "a = 1\nb = 2\nc = 3\n", last))
    assert spans == [Span(path="x.py", start=3, end=3)]


def test_hunks_are_read_as_git_writes_them() -> None:
    said = (
        "--- a/one.py\n+++ b/one.py\n@@ -2 +2,2 @@\n--- odd\n+++ odd\n+b\n"
        "--- a/gone.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n\\ No newline at end of file\n"
    )
    one, gone = hunks_of(said)
    assert (one.path, list(one.old_lines), one.added) == ("one.py", [2], (2, 3))
    assert [text for _, sign, text in one.numbered() if sign == "-"] == ["-- odd"]
    assert (gone.path, list(gone.new_lines)) == ("gone.py", [])


def test_luck_is_the_share_of_added_lines_near_the_fault() -> None:
    after = "".join(f"x{number} = 1\n" for number in range(20))
    hunks = hunks_between("x.py", "", after)
    assert luck_of(hunks, (Span(path="x.py", start=10, end=10),)) == 0.25
    assert luck_of(hunks, (Span(path="y.py", start=10, end=10),)) == 0.0


def test_an_instance_has_what_its_kind_needs(here: Shop) -> None:
    clean = here.instances["clean"].model_dump()
    with pytest.raises(ValidationError, match="not a whole clean instance"):
        Instance.model_validate(clean | {"fix": "0" * 40})
    with pytest.raises(ValidationError, match="leaves the repository"):
        Span(path="../x.py", start=1, end=1)
    with pytest.raises(ValidationError, match="lines 3 to 2 are none"):
        Span(path="x.py", start=3, end=2)


def test_a_file_that_is_not_there_has_no_lines(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("clean", tmp_path / "made")
    assert isinstance(change, Change)
    assert change.lines("nowhere.py") == []


def test_a_manifest_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(RepairError, match=r"cannot use the manifest .*x\.json"):
        load_manifest(tmp_path / "x.json")

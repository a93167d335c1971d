"""What the ask benchmark checks in an answer, on small real files."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ask.questions import Place, Question
from benchmarks.ask.run import judge, outcome_record
from benchmarks.ask.verify import (
    Citation,
    blob_hash,
    citation_fault,
    question_faults,
    quote_matches,
    read_inside,
)

ANSWERABLE = Question(id="a", source="s", kind="how", text="?", gold=("x.py:10-20", "y.py:1-1"))
UNANSWERABLE = Question(id="u", source="s", kind="where", text="?", absent=("ldap",))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "x.py").write_text("one\ntoken = 'secret'\nthree\n", "utf-8")
    (tmp_path / "outside.py").write_text("one\n", "utf-8")
    return folder


def citation(root: Path, **changes: Any) -> Citation:
    good = {
        "path": "x.py",
        "start": 1,
        "end": 2,
        "commit": None,
        "blob": blob_hash((root / "x.py").read_bytes()),
        "quote": "one\ntoken = '«redacted:token»'",
        "verified": True,
    }
    return Citation.model_validate(good | changes)


def test_a_blob_hash_is_what_git_says(root: Path) -> None:
    said = subprocess.run(
        ["git", "hash-object", "--no-filters", "x.py"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert blob_hash((root / "x.py").read_bytes()) == said.stdout.strip()


def test_a_true_citation_has_no_fault(root: Path) -> None:
    assert citation_fault(root, citation(root)) is None
    assert citation_fault(root, citation(root, start=3, end=3, quote="three\n")) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"path": "y.py"}, "no file"),
        ({"path": "../outside.py"}, "no file"),
        ({"path": ""}, "no file"),
        ({"start": 0}, "outside its 3 lines"),
        ({"end": 4}, "outside its 3 lines"),
        ({"start": 3, "end": 2}, "outside its 3 lines"),
        ({"blob": "0" * 40}, "not the hash"),
        ({"quote": "one\ntoken = 'other'"}, "not those lines"),
        ({"verified": False}, "without being verified"),
    ],
)
def test_each_fault_of_a_citation_is_named(root: Path, changes: dict[str, Any], said: str) -> None:
    assert said in str(citation_fault(root, citation(root, **changes)))


def test_a_link_out_of_the_repository_is_no_file_of_it(root: Path) -> None:
    (root / "link.py").symlink_to(root.parent / "outside.py")
    assert read_inside(root, "link.py") is None


@given(st.text(), st.text())
def test_only_a_redaction_mark_lets_a_quote_differ(quote: str, text: str) -> None:
    if "«redacted:" not in quote and quote_matches(quote, text):
        same = [part.replace("\r\n", "\n").rstrip("\r\n") for part in (quote, text)]
        assert same[0] == same[1]
    assert quote_matches(text, text.removesuffix("\n").removesuffix("\r")) or "\r" in text


def test_a_redaction_mark_may_not_swallow_lines() -> None:
    assert quote_matches("a «redacted:key» b", "a hidden b")
    assert not quote_matches("a «redacted:key» b", "a hidden\nlines b")
    assert quote_matches("a\n«redacted:key»\nb", "a\nhidden\nb")


def test_a_question_that_does_not_fit_its_source_is_told(root: Path) -> None:
    (root / "picture").write_bytes(b"\0secret")
    gone = ANSWERABLE.model_copy(update={"gold": ("x.py:3-4", "gone.py:1-1", "x.py:1-3")})
    assert [*question_faults(root, gone)] == [
        "a: 'x.py' has fewer than 4 lines",
        "a: 'gone.py' is no file of the repository",
    ]
    assert [*question_faults(root, UNANSWERABLE)] == []
    present = UNANSWERABLE.model_copy(update={"absent": ("SECRET",)})
    assert [*question_faults(root, present)] == ["u: x.py has 'secret'"]


def finished(code: int, output: str) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess(["rooftree"], code, output, "words on stderr")


def test_a_good_answer_becomes_an_outcome(root: Path) -> None:
    cited = citation(root).model_dump() | {"commit": None}
    answer = {"status": "answered", "citations": [cited], "unsupported": ["a guess"], "rejected": 0}
    said = answer | {"answer": "It is in x.py."}
    result = judge(ANSWERABLE, root, finished(0, json.dumps(answer)), 1.5)
    assert (result.status, result.faults, result.unsupported) == ("answered", (), 1)
    assert result.citations == (Place("x.py", 1, 2),)
    assert result.answer == ""
    told = judge(ANSWERABLE, root, finished(0, json.dumps(said)), 1.5)
    assert outcome_record(told)["answer"] == "It is in x.py."


@pytest.mark.parametrize(
    ("code", "output", "said"),
    [
        (3, "Traceback", "exit 3: words on stderr"),
        (0, '{"status": "maybe", "citations": []}', "exit 0: words on stderr"),
        (0, '{"status": "not_found", "citations": []}', "exit 0 with not_found, expected 1"),
    ],
)
def test_a_broken_contract_is_a_failure(root: Path, code: int, output: str, said: str) -> None:
    result = judge(ANSWERABLE, root, finished(code, output), 1)
    assert (result.status, result.failure) == ("failed", said)

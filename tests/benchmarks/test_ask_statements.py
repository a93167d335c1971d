"""The sets of right and wrong sentences of the ask benchmark, and what their check refuses."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from benchmarks.ask.questions import FOLDER, SETS, BenchmarkError, load_questions
from benchmarks.ask.statements import (
    MAX_LINES,
    STATEMENT_SETS,
    Statement,
    check_statements,
    cited_text,
    load_statements,
    main,
    statement_faults,
)

CODE = "def parse(value):\n    if not value:\n        return None\n    return int(value)\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "x.py").write_text(CODE, "utf-8")
    (tmp_path / "outside.py").write_text(CODE, "utf-8")
    return folder


def statement(**changes: Any) -> Statement:
    good: dict[str, Any] = {
        "id": "s-01",
        "repo": "s",
        "path": "x.py",
        "start": 1,
        "end": 3,
        "sentence": "`parse` in `x.py` returns None if `value` is empty.",
        "right": True,
    }
    return Statement.model_validate(good | changes)


def test_a_right_sentence_names_what_its_lines_show_and_their_file(root: Path) -> None:
    assert list(statement_faults(root, statement())) == []
    assert cited_text(root, statement()) == CODE.removesuffix("    return int(value)\n")[:-1]


def test_a_name_outside_the_lines_is_a_fault_of_a_right_sentence_alone(root: Path) -> None:
    right = statement(sentence="`parse` calls `int`.")
    assert list(statement_faults(root, right)) == ["s-01: 'int' does not stand in x.py:1-3"]
    assert list(statement_faults(root, right.model_copy(update={"end": 4}))) == []
    wrong = statement(sentence="`parse` calls `float`.", right=False, made="names")
    assert list(statement_faults(root, wrong)) == []


@pytest.mark.parametrize(
    "changes", [{"path": "y.py"}, {"path": "../outside.py"}, {"start": 4, "end": 5}]
)
def test_lines_that_are_not_there_are_a_fault(root: Path, changes: dict[str, Any]) -> None:
    wrong = statement(right=False, made="value", **changes)
    (fault,) = statement_faults(root, wrong)
    assert fault == f"s-01: the repository has no {wrong.path}:{wrong.start}-{wrong.end}"
    with pytest.raises(BenchmarkError, match="do not fit their sources:\ns-01: "):
        check_statements([statement(), wrong], {"s": root})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": 3, "end": 2}, "first one first"),
        ({"start": 1, "end": MAX_LINES + 1}, f"1 to {MAX_LINES} lines"),
        ({"made": "cause"}, "needs `made` if it is wrong"),
        ({"right": False}, "needs `made` if it is wrong"),
        ({"right": False, "made": "guessed"}, "made"),
    ],
)
def test_an_entry_that_breaks_the_rules_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        statement(**changes)


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ('id="b"\nrepo="other"\nsentence="Two."', "does not have"),
        ('id="a"\nrepo="s"\nsentence="Two."', "same id"),
        ('id="b"\nrepo="s"\nsentence="One."', "same sentence"),
    ],
)
def test_a_set_that_breaks_the_rules_is_refused_by_name(
    tmp_path: Path, second: str, said: str
) -> None:
    source = f'name="s"\nversion="1"\nsha256="{"0" * 64}"\nfolder="s-1"\nbackend="b"\n'
    source += 'licence="MIT"\nlanguages="Python"'
    lines = 'path="x.py"\nstart=1\nend=3\nright=true'
    first = 'id="a"\nrepo="s"\nsentence="One."'
    text = f"[[source]]\n{source}\n[[statement]]\n{first}\n{lines}\n[[statement]]\n{{}}\n{lines}\n"
    path = tmp_path / "set.toml"
    path.write_text(text.format('id="b"\nrepo="s"\nsentence="Two."'), "utf-8")
    assert len(load_statements(path).statements) == 2
    path.write_text(text.format(second), "utf-8")
    with pytest.raises(BenchmarkError, match=r"set\.toml") as raised:
        load_statements(path)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("name", "each", "smallest"), [("statements", 60, 10), ("statements_tuning", 45, 7)]
)
def test_the_sets_have_the_promised_sizes(name: str, each: int, smallest: int) -> None:
    chosen = load_statements(FOLDER / f"{name}.toml").statements
    kinds = Counter(one.made for one in chosen if not one.right)
    assert sum(one.right for one in chosen) == sum(kinds.values()) == each
    assert len(kinds) == 6
    assert min(kinds.values()) >= smallest


@pytest.mark.parametrize("name", STATEMENT_SETS)
def test_each_wrong_sentence_stands_over_the_lines_of_a_right_one(name: str) -> None:
    chosen = load_statements(FOLDER / f"{name}.toml").statements
    places = [Counter((one.repo, one.place) for one in chosen if one.right is of) for of in (1, 0)]
    assert places[0] == places[1]


def test_nothing_is_tuned_on_the_repositories_that_are_judged() -> None:
    judged, tuning = (
        {source.name for source in load_statements(FOLDER / f"{name}.toml").sources}
        for name in STATEMENT_SETS
    )
    asked = {
        source.name
        for name in SETS
        for source in load_questions(FOLDER / f"{name}.toml").sources
        if name != "prose"
    }
    assert len(judged) == 5
    assert len(tuning) == 3
    assert not judged & (tuning | asked)


def test_no_judged_sentence_stands_over_lines_that_answer_a_judged_question() -> None:
    prose = load_questions(FOLDER / "prose.toml").questions
    gold = [(question.source, place) for question in prose for place in question.places]
    for one in load_statements(FOLDER / "statements.toml").statements:
        assert not any(one.repo == source and one.place.overlaps(place) for source, place in gold)


def test_a_check_that_cannot_start_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--cache", str(FOLDER / "cache")]) == 2
    assert "inside the checkout" in capsys.readouterr().err

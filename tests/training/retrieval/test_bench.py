"""A repository evaluated and learnt from: by the command, on a real history."""

import json
from pathlib import Path

import pytest

from indexing.ranking.weights import OWN, own_weights, shipped_weights, write_weights
from indexing.repository.repository import Repository
from rooftree.errors import EvaluationError, IndexingError
from tests.server.commands import Commands
from tests.support import HashingEmbedder, config_in, git_repository, indexed, write_files
from tests.training.retrieval.past import CHANGES, repository_with_a_past
from training.retrieval.bench import RetrievalBench
from training.retrieval.history import MiningLimits


def silent(stage: str, done: int, total: int) -> None:
    """Take progress that nobody watches."""


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository_with_a_past(tmp_path_factory.mktemp("past"))


def test_the_past_is_asked_and_the_newer_part_reported(past: Path, tmp_path: Path) -> None:
    stages: list[str] = []
    bench = RetrievalBench(past, config_in(tmp_path), HashingEmbedder())
    found = bench.evaluate(MiningLimits(cases=100), lambda stage, *_: stages.append(stage))
    asked = [each.case for each in found.collected.report if each.case.source == "history"]
    learnt = [each.case for each in found.collected.tune if each.case.source == "history"]
    assert len(asked) + len(learnt) == CHANGES
    assert max(case.time for case in learnt) < min(case.time for case in asked)
    everything = next(row for row in found.rows if row.group == "all")
    assert everything.measures["file_acc@5"].mean > 0.9
    assert {"mining", "replaying"} <= set(stages)
    again = bench.evaluate(MiningLimits(cases=100), silent)
    assert again.as_json() == found.as_json()


def test_the_gold_symbols_are_those_whose_lines_were_changed(past: Path, tmp_path: Path) -> None:
    found = RetrievalBench(past, config_in(tmp_path), None).evaluate(
        MiningLimits(cases=100), silent
    )
    for each in (*found.collected.tune, *found.collected.report):
        if each.case.source == "history":
            noun = each.case.files[0].removeprefix("shop/").removesuffix(".py")
            (symbol,) = each.case.symbols
            assert symbol[1].endswith(noun)
            assert not symbol[1].startswith(("open", "close"))


def test_a_folder_without_a_history_is_told_so(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    write_files(plain, {"a.py": "x = 1\n"})
    with pytest.raises(EvaluationError, match="no history"):
        RetrievalBench(plain, config_in(tmp_path), None).evaluate(MiningLimits(), silent)
    young = git_repository(tmp_path, {"a.py": "x = 1\n"})
    with pytest.raises(EvaluationError, match="only 0 questions"):
        RetrievalBench(young, config_in(tmp_path), None).evaluate(MiningLimits(), silent)


def test_weights_of_its_own_are_used_by_a_search_until_they_are_forgotten(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    repository = indexed(git_repository(tmp_path, {"a.py": "def pay():\n    pass\n"}), config)
    before = scores_of(repository)
    doubled = {
        kind: {name: 2 * value for name, value in named.items()}
        for kind, named in shipped_weights().by_kind.items()
    }
    write_weights(repository.folder / OWN, type(shipped_weights())(doubled), {"made": "today"})
    assert scores_of(repository) == pytest.approx([2 * score for score in before])
    bench = RetrievalBench(repository.worktree.root, config, None)
    assert bench.forget()
    assert not bench.forget()
    assert scores_of(repository) == before


@pytest.mark.parametrize("content", ["{", "{}", '{"natural": {"magic": 1}}', "[]"])
def test_weights_that_cannot_be_used_are_passed_over_and_told(tmp_path: Path, content: str) -> None:
    repository = indexed(
        git_repository(tmp_path, {"a.py": "def pay():\n    pass\n"}), config_in(tmp_path)
    )
    before = scores_of(repository)
    (repository.folder / OWN).write_text(content)
    with pytest.raises(IndexingError, match="rooftree tune"):
        own_weights(repository.folder)
    with repository.searcher() as searcher:
        result = searcher.search("pay", 3)
    assert [hit.score for hit in result.hits] == before
    assert any("ranking weights" in note for note in result.coverage.notes)


def scores_of(repository: Repository) -> list[float]:
    with repository.searcher() as searcher:
        return [hit.score for hit in searcher.search("pay", 3).hits]


def test_the_commands_report_draw_and_learn(past: Path, tmp_path: Path) -> None:
    commands = Commands(tmp_path)
    picture, questions = tmp_path / "plot.svg", tmp_path / "questions.jsonl"
    done = commands.run(
        "eval",
        "retrieval",
        "--repo",
        past,
        "--cases",
        "40",
        "--json",
        "--plot",
        picture,
        "--questions",
        questions,
    )
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["ranking"] == "shipped"
    assert found["left_out"]["routine_subject"] == 2
    assert {row["group"] for row in found["tests_weighted"]} >= {"all", "source history"}
    assert picture.read_text().startswith("<svg")
    assert len(questions.read_text().splitlines()) == sum(found["cases"].values())
    told = commands.run("eval", "retrieval", "--repo", past, "--cases", "40")
    assert "held-out questions" in told.out
    learnt = commands.run("tune", "--repo", past, "--cases", "40")
    assert learnt.code in (0, 1)
    assert ("not in use" in learnt.out) == (learnt.code == 1)
    assert commands.run("tune", "--repo", past, "--reset").code == 0

"""Each side reviews a change of the tiny project, and a run is written down and gone on with."""

import json
import os
import sys
from argparse import Namespace
from pathlib import Path

import pytest

from benchmarks.repair.model import Model
from benchmarks.review.change import Change
from benchmarks.review.facts import facts_of
from benchmarks.review.findings import Review
from benchmarks.review.instances import Instance, Manifest, write_manifest
from benchmarks.review.prompt import Prompt, lines_of, ordered
from benchmarks.review.results import read_results
from benchmarks.review.run import chosen, main
from benchmarks.review.sides import Chance, Rooftree, read_review
from benchmarks.review.static import Static
from models.client.client import ModelClient
from models.wire.endpoint import Deadlines
from tests.benchmarks.review_scenes import CART, WRONG, Shop
from tests.support import commit_all, git, git_repository, write_files
from tests.support.scripted_model import ScriptedServer, Text

QUIET = Instance(
    id="x",
    set="tune",
    kind="clean",
    repository="a/b",
    base="0" * 40,
    carrier="1" * 40,
    date="2020-01-01",
)
OLD = "import os\n\n\ndef f():\n    return 1\n"
NEW = "import os\nimport json\n\n\ndef f(x):\n    if x == None:\n        return eval(x)\n"


async def test_static_tools_say_only_what_is_new_and_on_changed_lines(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"pkg.py": OLD, "README": "words\n"})
    git(folder, "branch", "base")
    write_files(folder, {"pkg.py": NEW})
    commit_all(folder)
    git(folder, "branch", "head")
    review = await Static().review(Change(folder))
    said = {(one.source, one.line) for one in review.findings}
    assert ("static:ruff", 2) in said
    assert ("static:bandit", 7) in said
    assert not any("`os`" in one.claim for one in review.findings)
    assert facts_of(QUIET, Change(folder), review).bad_anchors == ()


async def test_chance_comments_on_changed_lines_only(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("reintroduced", tmp_path / "made")
    review = await Chance().review(change)
    assert len(review.inline) == 5
    assert {one.line for one in review.inline} <= change.added(CART)


async def prompted(change: Change, answer: str, context: int = 4096) -> tuple[Review, str]:
    """Return what the prompt side makes of an answer, and what it sent."""
    with ScriptedServer([Text(answer)]) as server:
        client = ModelClient(server.endpoint(), Deadlines())
        review = await Prompt(Model(client, "scripted", context)).review(change)
        await client.aclose()
        sent = [one.body for one in server.requests if one.path.endswith("/chat/completions")]
    return review, json.dumps(sent)


async def test_one_prompt_shows_numbered_lines_and_takes_a_list(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("reintroduced", tmp_path / "made")
    line = instance.truth[0].start
    claim = {"path": CART, "line": line, "claim": "the dearest is returned"}
    review, sent = await prompted(change, json.dumps({"findings": [claim]}))
    assert (review.status, review.usage.model_calls) == ("findings", 1)
    assert review.inline[0].quote == WRONG
    assert f"{line:4} +{WRONG}" in sent
    assert "Update cart" in sent
    assert '"maxItems": 5' in sent
    assert json.dumps({"type": "string", "enum": [CART]}) in sent


async def test_an_answer_that_is_no_list_is_a_failed_review(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("clean", tmp_path / "made")
    review, _ = await prompted(change, "I see nothing.")
    assert review.status == "failed"
    review, _ = await prompted(change, '{"findings": []}')
    assert review.status == "clean"


async def test_what_does_not_fit_is_said_to_be_unread(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("clean", tmp_path / "made")
    review, _ = await prompted(change, '{"findings": []}', context=700)
    assert [one.path for one in review.not_reviewed] == ["shop/orders.py"]


def test_the_projects_own_code_is_shown_first(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("inducing", tmp_path / "made")
    assert [hunk.path for hunk in ordered(change.hunks)] == [CART]
    assert next(iter(lines_of(change.hunks))) == f"\n{CART}"


def command(script: str, seconds: float = 30.0) -> Rooftree:
    return Rooftree(dict(os.environ), seconds, (sys.executable, "-c", script))


async def test_rooftree_is_asked_as_a_command(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("clean", tmp_path / "made")
    answer = {
        "status": "findings",
        "findings": [
            {"path": CART, "line": 3, "end_line": 4, "claim": "wrong", "quote": "x", "inline": True}
        ],
        "usage": {"model_calls": 2, "prompt_tokens": 30, "completion_tokens": 4, "seconds": 1.5},
        "hidden_text": [],
    }
    script = f"import sys; print({json.dumps(json.dumps(answer))}); sys.exit(1)"
    review = await command(script).review(change)
    assert (review.status, review.usage.prompt_tokens) == ("findings", 30)
    assert review.inline[0].end_line == 4
    seen = await command("import sys; sys.stderr.write(str(sys.argv[1:])); sys.exit(3)").review(
        change
    )
    assert seen.status == "failed"
    assert "'--base', 'base', '--head', 'head', '--json'" in seen.note


async def test_a_review_that_takes_too_long_is_ended(here: Shop, tmp_path: Path) -> None:
    _, change = here.change("clean", tmp_path / "made")
    review = await command("import time; time.sleep(60)", seconds=0.5).review(change)
    assert (review.status, review.note) == ("failed", "no answer in 0 s")


def test_words_that_are_no_review_are_a_failure() -> None:
    assert "no review in JSON" in read_review(0, b"all good", b"").note
    assert "exit code 2" in read_review(2, b"{}", b"what?").note


def test_a_run_is_written_down_and_gone_on_with(
    here: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_manifest(here.manifest("reintroduced", "clean"), tmp_path / "instances.json")
    out = tmp_path / "out.jsonl"
    options = ["--set", "report", "--sides", "chance", "--out", str(out)]
    options += ["--manifest", str(tmp_path / "instances.json"), "--cache", str(here.cache)]
    assert main(options) == 0
    results = read_results(out)
    assert [(one.kind, one.facts.inline) for one in results] == [("reintroduced", 5), ("clean", 5)]
    assert all(not one.facts.bad_anchors for one in results)
    out.write_text(out.read_text().splitlines()[0] + "\n")
    capsys.readouterr()
    assert main([*options, "--resume"]) == 0
    said = capsys.readouterr()
    assert "| chance | 1 | 1 | 0 |" in said.out
    assert said.err.count("\n") == 1
    assert len(read_results(out)) == 2


def test_a_limit_takes_half_of_it_clean(here: Shop) -> None:
    found = here.instances
    many = [*[found["inducing"]] * 6, *[found["mutant"]] * 6, *[found["clean"]] * 12]
    options = Namespace(set="report", instances=None, limit=8)
    kinds = [one.kind for one in chosen(Manifest(instances=tuple(many)), options)]
    assert kinds == ["inducing", "inducing", "mutant", "mutant", *["clean"] * 4]
    few: list[Instance] = [found["clean"]]
    assert chosen(Manifest(instances=tuple(few)), options) == few

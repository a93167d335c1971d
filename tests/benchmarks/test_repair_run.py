"""A task is materialised, asked, tried and judged, with a tiny package and no network."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.mining.repair_mutants import Candidate, mine_package
from benchmarks.repair.archives import check_cache
from benchmarks.repair.baseline import Baseline, apply_answer
from benchmarks.repair.check import fault_of
from benchmarks.repair.judge import judge
from benchmarks.repair.materialise import materialise
from benchmarks.repair.model import Model
from benchmarks.repair.places import frames, likely_functions
from benchmarks.repair.results import Result, line_of, read_results, table
from benchmarks.repair.run import Bench, asked, attempted
from benchmarks.repair.sides import Rooftree
from benchmarks.repair.tasks import RepairError
from models.client.client import ModelClient
from models.wire.endpoint import Deadlines
from tests.benchmarks.repair_scenes import CART, DISCOUNT, RIGHT, TASK, TOTAL, WRONG, runner, shop
from tests.server import changing
from tests.server.calls import Calls
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer, Text

FIXED = "```python\n" + CART.split("\n\n\n")[1] + "\n```"


def test_a_task_is_one_commit_of_the_faulty_tree(tmp_path: Path) -> None:
    materialise(TASK, tmp_path / "work", shop(tmp_path / "cache"))
    assert (tmp_path / "work/shop/cart.py").read_text() == CART.replace(RIGHT, WRONG)
    log = ["git", "-C", str(tmp_path / "work"), "log", "--format=%s", "--name-only"]
    said = subprocess.run(log, capture_output=True, text=True, check=True).stdout
    assert said.count("Import the source") == 1
    assert "shop/cart.py" in said


def test_an_archive_with_another_hash_is_refused(tmp_path: Path) -> None:
    sources = shop(tmp_path / "cache")
    archive = next((tmp_path / "cache/archives").iterdir())
    archive.write_bytes(b"other")
    digest = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(RepairError, match=f"has sha256 {digest}"):
        materialise(TASK, tmp_path / "work", sources)


def test_a_fault_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    task = TASK.model_copy(update={"line": 2})
    with pytest.raises(RepairError, match="shop-1 does not fit shop/cart"):
        materialise(task, tmp_path / "work", shop(tmp_path / "cache"))


def test_the_cache_may_not_lie_in_the_checkout() -> None:
    with pytest.raises(RepairError, match="inside the checkout"):
        check_cache(Path(__file__).parent / "cache")


@pytest.mark.parametrize(
    ("path", "text", "solved"),
    [
        ("shop/cart.py", CART, True),
        ("shop/cart.py", CART.replace(RIGHT, "        result = price"), False),
        ("shop/cart.py", CART.replace("min", "max"), False),
        ("tests/test_cart.py", "def test_total(): pass\n", False),
        ("tests/test_new.py", "def test_total(): pass\n", False),
    ],
    ids=["right", "partly", "breaks another", "edits a test", "adds a test"],
)
async def test_only_a_whole_repair_is_solved(
    tmp_path: Path, path: str, text: str, solved: bool
) -> None:
    sources = shop(tmp_path / "cache")
    materialise(TASK, tmp_path / "work", sources)
    (tmp_path / "work" / path).write_text(text)
    verdict = await judge(
        TASK, tmp_path / "work", sources, runner(tmp_path / "cache"), tmp_path / "scratch"
    )
    assert verdict.solved == solved
    assert verdict.touched == (("tests/test_cart.py",) if "test_cart" in path else ())
    assert not (tmp_path / "scratch/judged").exists()


async def test_new_tests_beside_a_repair_are_welcome(tmp_path: Path) -> None:
    sources = shop(tmp_path / "cache")
    materialise(TASK, tmp_path / "work", sources)
    (tmp_path / "work/shop/cart.py").write_text(CART)
    (tmp_path / "work/tests/test_more.py").write_text("def test_more():\n    assert False\n")
    verdict = await judge(
        TASK, tmp_path / "work", sources, runner(tmp_path / "cache"), tmp_path / "scratch"
    )
    assert verdict.solved


async def test_what_is_asked_shows_the_failure_and_not_the_repair(tmp_path: Path) -> None:
    sources = shop(tmp_path / "cache")
    (tmp_path / "scratch").mkdir()
    text = await asked(TASK, Bench(sources, runner(sources.cache), "m"), tmp_path / "scratch")
    assert f"The test `{TOTAL}` fails" in text
    assert "assert -3 == 3" in text
    assert RIGHT.strip() not in text
    assert "cart.py::test_discount" not in text


async def test_a_sound_task_is_found_sound_and_another_is_not(tmp_path: Path) -> None:
    sources = shop(tmp_path / "cache")
    run = runner(sources.cache)
    assert await fault_of(TASK, sources, run, tmp_path / "one") == ""
    wrong = TASK.model_copy(update={"failing": (TOTAL,)})
    assert DISCOUNT in await fault_of(wrong, sources, run, tmp_path / "two")


async def test_mining_keeps_mutants_that_few_tests_notice(tmp_path: Path) -> None:
    sources = shop(tmp_path / "cache")
    package = sources.manifest.packages[0]
    candidate = Candidate(set="tune", paths=("tests",), **package.model_dump(exclude={"tests"}))
    (tmp_path / "scratch").mkdir()
    found = await mine_package(
        candidate, runner(sources.cache), sources.cache, tmp_path / "scratch", least_tests=3
    )
    assert found is not None
    assert found.package == package
    assert {mutant.function for mutant in found.mutants} == {"total", "cheapest"}
    assert all(mutant.shown in mutant.failing for mutant in found.mutants)


async def test_the_baseline_repairs_by_one_answer(tmp_path: Path) -> None:
    sources = shop(tmp_path / "cache")
    with ScriptedServer([Text(FIXED)]) as server:
        client = ModelClient(server.endpoint(), Deadlines())
        bench = Bench(sources, runner(sources.cache), "scripted")
        result = await attempted(TASK, "baseline", Baseline(Model(client, "scripted")), bench)
        await client.aclose()
        prompts = [one.body for one in server.requests if one.path.endswith("/chat/completions")]
    assert (result.solved, result.claims_done, result.calls) == (True, True, 1)
    assert len(prompts) == 1
    assert WRONG in json.dumps(prompts[0])


def test_the_innermost_frame_is_the_likeliest(tmp_path: Path) -> None:
    text = "tests/test_cart.py:5: \nshop/a.py:3: in f\nshop/cart.py:8: TypeError\n"
    assert frames(text) == [("shop/cart.py", 8), ("shop/a.py", 3)]
    materialise(TASK, tmp_path / "work", shop(tmp_path / "cache"))
    found = likely_functions(tmp_path / "work", text, tmp_path / "state")
    assert found[0].name == "total"
    assert found[0].code.startswith("def total(")


def test_an_answer_that_is_no_repair_is_said_to_be_none(tmp_path: Path) -> None:
    materialise(TASK, tmp_path / "work", shop(tmp_path / "cache"))
    shown = likely_functions(tmp_path / "work", "shop/cart.py:8: Error", tmp_path / "state")
    work = tmp_path / "work"
    faulty = "```python\n" + shown[0].code + "\n```"
    assert apply_answer(work, "no idea", shown) == "the answer holds no code block"
    assert "changes nothing" in apply_answer(work, faulty, shown)
    assert "none of the functions" in apply_answer(work, "```\ndef other(): pass\n```", shown)


async def test_rooftree_claims_only_what_it_verified(tmp_path: Path) -> None:
    repo = git_repository(tmp_path, changing.SHOP)
    with ScriptedServer(changing.coder) as server:
        services = Calls(changing.changing_config(tmp_path, server))
        try:
            side = Rooftree(services)
            done = await side.solve(repo, changing.TASK)
            again = await side.solve(repo, changing.TASK)
        finally:
            await services.aclose()
    assert done.claims_done
    assert done.calls > 0
    assert (repo / "shop" / "cart.py").read_text() == changing.FIXED
    assert not again.claims_done
    assert "does not fail" in again.note


def result(task: str, *, solved: bool, claims: bool = True) -> Result:
    return Result(
        task=task,
        set="tune",
        kind="mutant",
        operator="guard",
        side="baseline",
        model="m",
        solved=solved,
        claims_done=claims,
        prompt_tokens=10,
        completion_tokens=2,
        calls=1,
        seconds=4.0,
        changed=(),
        touched=(),
        still_failing=0,
        broken=0,
        note="",
    )


def test_a_cut_off_line_is_done_again_and_a_spoilt_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    whole = line_of(result("a", solved=True))
    path.write_text(whole + whole[:20])
    assert [one.task for one in read_results(path)] == ["a"]
    path.write_text(whole[:20] + "\n" + whole)
    with pytest.raises(RepairError, match=r"out\.jsonl:1 is no result"):
        read_results(path)


def test_the_table_counts_claims_that_do_not_hold() -> None:
    results = [
        result("a", solved=True),
        result("b", solved=False),
        result("c", solved=False, claims=False),
    ]
    assert "| baseline | 3 | 1 (33 %) | 1 | 1 | 10 | 2 | 4.0 |" in table(results)
    assert "| guard | 1/3 |" in table(results)

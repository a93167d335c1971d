"""New tests of languages but Python count by the same measure, in Node's words here."""

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from agents.evidence.baseline import measure_baseline
from agents.evidence.own_tests import OwnTests, ProofRequirements, prove_by_own_tests
from agents.evidence.verifier import verify
from tests.agents.change.test_verify import Files, team_of
from tools.drafts.draft import Draft

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="apt install nodejs")

CART = "export function count(prices) {\n  return prices.length;\n}\n"
FEATURE = f"""{CART}
export function cheapest(prices, floor = 0) {{
  const above = prices.filter((one) => one > floor);
  if (above.length === 0) {{
    throw new RangeError('no prices');
  }}
  return Math.min(...above);
}}
"""
HEAD = """import test from 'node:test';
import assert from 'node:assert/strict';
import { cheapest, count } from '../src/cart.js';

"""
OLD = """import test from 'node:test';
import assert from 'node:assert/strict';
import { count } from '../src/cart.js';

test('count counts', () => assert.equal(count([1]), 1));
"""
GOOD = f"""{HEAD}test('cheapest is above the floor', () => {{
  assert.equal(cheapest([3, 1, 2], 1), 2);
}});

test('nothing has no cheapest', () => {{
  assert.throws(() => cheapest([]));
}});

test('something else', () => {{
  assert.equal(count([]), 0);
}});
"""
NEW = "test/new.test.js"
FILES: Files = {
    "package.json": '{"type": "module", "scripts": {"test": "node --test"}}',
    "src/cart.js": CART,
    "test/cart.test.js": OLD,
}
WANTED = ProofRequirements(frozenset({"test/cart.test.js::count counts"}))


async def judged(tmp_path: Path, changes: dict[str, str], files: Files = FILES) -> OwnTests:
    async with team_of(tmp_path, files) as team:
        draft = Draft(team.snapshot, {})
        for path, text in changes.items():
            draft = draft.with_text(path, text)
        found = await prove_by_own_tests(team, draft, WANTED)
        assert found is not None
        return found


async def test_tests_that_notice_every_broken_piece_are_told_as_its_own(tmp_path: Path) -> None:
    found = await judged(tmp_path, {"src/cart.js": FEATURE, NEW: GOOD})
    assert found.describe() == (
        "verified by its own 2 new tests: they run each changed line and fail when cheapest is "
        "broken"
    )
    assert found.tests == (f"{NEW}::cheapest is above the floor", f"{NEW}::nothing has no cheapest")


PROVE_NOTHING = {
    "no assertion": (GOOD.replace("assert.equal(cheapest([3, 1, 2], 1), 2)", ""), r"src/cart\.js"),
    "a line is not run": (GOOD.replace("cheapest([])", "nothing()"), r"where src/cart\.js:8 does"),
    "a failing test": (GOOD.replace("1), 2)", "1), 3)"), "the new test .*above the floor fails"),
    "not read": (GOOD.replace("cart.js", "other.js"), "new.test.js fails, or cannot even be built"),
    "no case": ("import assert from 'node:assert';\nassert.ok(true);\n", "no new test was coll"),
    "skipped": (GOOD.replace("test('", "test.skip('"), "no new test was collected"),
}


@pytest.mark.parametrize("kind", PROVE_NOTHING)
async def test_what_passes_all_the_same_proves_nothing(tmp_path: Path, kind: str) -> None:
    tests, why = PROVE_NOTHING[kind]
    found = await judged(tmp_path, {"src/cart.js": FEATURE, NEW: tests})
    assert not found.proves
    assert re.search(why, found.why_not), found.why_not
    assert "verified" not in found.describe()


async def test_old_tests_that_were_changed_hide_nothing(tmp_path: Path) -> None:
    broken = FEATURE.replace("prices.length;", "7;")
    more = GOOD.replace("count([]), 0", "count([]), 7")
    more += "\ntest('count counts', () => assert.equal(count([1]), 7));\n"
    found = await judged(tmp_path, {"src/cart.js": broken, "test/cart.test.js": more})
    assert "count counts" in found.why_not


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"package.json": "{}"}, "edits package.json, which decides"),
        ({"data.yaml": "a: 1\n"}, "data.yaml is in no language whose functions"),
        ({"tool.go": "package a\n"}, "tool.go is not what `n"),
    ],
)
async def test_what_no_new_test_can_show_is_said(
    tmp_path: Path, changes: dict[str, str], why: str
) -> None:
    found = await judged(tmp_path, {"src/cart.js": FEATURE, NEW: GOOD, **changes})
    assert why in found.why_not


@pytest.mark.skipif(shutil.which("make") is None, reason="apt install make")
async def test_a_runner_that_names_no_test_proves_none(tmp_path: Path) -> None:
    files: Files = {
        **FILES,
        "package.json": '{"type": "module"}',
        "Makefile": "test:\n\tnode test/cart.test.js > /dev/null\n",
    }
    found = await judged(tmp_path, {"src/cart.js": FEATURE, NEW: GOOD}, files)
    assert found.why_not == (
        "`make test` names no test that it runs, so it is not known that the new ones are run"
    )


async def test_an_old_test_that_fails_anyhow_is_not_told_as_a_new_one(tmp_path: Path) -> None:
    failing = OLD.replace("]), 1", "]), 5").replace("'count c", "'old c")
    files: Files = {**FILES, "test/old.test.js": failing}
    async with team_of(tmp_path, files) as team:
        base = Draft(team.snapshot, {})
        baseline = await measure_baseline(team, base, ())
        baseline = replace(baseline, failing=(), also_failing=frozenset(baseline.failing))
        draft = base.with_text("src/cart.js", FEATURE).with_text(NEW, GOOD)
        evidence = await verify(team, baseline, draft)
    assert baseline.also_failing == {"test/old.test.js::old counts"}
    assert (evidence.problem, evidence.breaks_nothing) == ("", True)

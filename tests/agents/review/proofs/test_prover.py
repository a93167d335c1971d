"""Which claims are put to a test, where one can be written, and what is told of the others."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.review.findings.outcome import Review
from agents.review.flow import ReviewSettings
from agents.runs.budget import Budget
from tests.agents.review.reviews import CAPABLE, review_of
from tests.support.replies import Reply, Text

CART = """\
def total(prices):
    result = 0
    for price in prices:
        result += price
    return result
"""
FILES: Mapping[str, str] = {
    "shop/__init__.py": "",
    "shop/cart.py": CART,
    "tests/test_cart.py": "from shop.cart import total\n\n\ndef test_none():\n"
    "    assert total([]) == 0\n",
}
BROKEN = CART.replace("+= price", "= price")
TEST = "from shop.cart import total\n\n\ndef test_two():\n    assert total([1, 2]) == 3\n"
CLAIM = {
    "quote": "        result = price",
    "claim": "it forgets all but the last",
    "trigger": "total([1, 2])",
    "category": "bug",
    "severity": "major",
}


class Reviewer:
    """A model that claims this of every place, proves it by this test, and counts what is asked."""

    def __init__(self, claim: Mapping[str, Any], test: str) -> None:
        self.claim, self.test, self.tests_asked = claim, test, 0

    def __call__(self, body: Mapping[str, Any]) -> Reply:
        schema = json.dumps(body.get("response_format") or {})
        if "refuted" in schema:
            return Text(json.dumps({"reason": "because", "verdict": "real"}))
        if "intended" in schema:
            return Text(json.dumps({"words": "", "intended": "no"}))
        if "findings" in schema:
            return Text(json.dumps({"findings": [self.claim]}))
        self.tests_asked += 1
        return Text(self.test if self.test == "no test" else f"```\n{self.test}```")


async def reviewed(
    tmp_path: Path,
    answer: Reviewer,
    after: Mapping[str, str],
    before: Mapping[str, str] = FILES,
    **how: Any,
) -> Review:
    return await review_of(tmp_path, answer, before, after, **how)


async def test_a_suggestion_stays_only_where_the_test_passes_with_it(tmp_path: Path) -> None:
    no_cure = Reviewer({**CLAIM, "replacement": "        result = price + 0"}, TEST)
    review = await reviewed(tmp_path / "one", no_cure, {"shop/cart.py": BROKEN})
    (one,) = review.findings
    assert (one.proven, one.fix) == (True, None)
    cure = Reviewer({**CLAIM, "replacement": "        result += price"}, TEST)
    review = await reviewed(tmp_path / "other", cure, {"shop/cart.py": BROKEN})
    (one,) = review.findings
    assert one.fix is not None
    assert "it passes with the suggestion" in one.evidence


async def test_what_is_new_has_no_earlier_behaviour_and_that_is_told(tmp_path: Path) -> None:
    new = f"{CART}\n\ndef last(prices):\n    return prices[0]\n"
    answer = Reviewer({**CLAIM, "quote": "    return prices[0]"}, TEST)
    review = await reviewed(tmp_path, answer, {"shop/cart.py": new})
    (one,) = review.findings
    assert (one.proven, one.proof, answer.tests_asked) == (False, None, 0)
    assert any("not put to a test: what they are about is new" in told for told in review.bounds)


async def test_a_claim_that_no_test_can_show_stays_what_it_was(tmp_path: Path) -> None:
    answer = Reviewer(CLAIM, "no test")
    review = await reviewed(tmp_path, answer, {"shop/cart.py": BROKEN})
    (one,) = review.findings
    assert (one.proof, one.inline, answer.tests_asked) == (None, True, 1)
    assert one.evidence[-1] == "no test shows it: the model says that no test can show it"


async def test_a_claim_whose_tests_pass_is_told_but_on_no_line(tmp_path: Path) -> None:
    answer = Reviewer(CLAIM, TEST.replace("[1, 2]) == 3", "[0, 2]) == 2"))
    review = await reviewed(tmp_path, answer, {"shop/cart.py": BROKEN})
    (one,) = review.findings
    assert (one.proof, one.inline, answer.tests_asked) == (None, False, 3)
    assert one.evidence[-1] == "no test shows it: it passes with the change"


async def test_a_budget_that_is_spent_is_told_with_what_is_left(tmp_path: Path) -> None:
    answer = Reviewer(CLAIM, TEST)
    review = await reviewed(tmp_path, answer, {"shop/cart.py": BROKEN}, budget=Budget(2))
    (one,) = review.findings
    assert (one.proof, one.inline) == (None, True)
    assert any(
        told.startswith("1 claim of the model was not put to a test: ") for told in review.bounds
    )
    assert review.status == "findings"


async def test_no_test_is_written_where_none_may_run_or_by_a_small_model(tmp_path: Path) -> None:
    answer = Reviewer(CLAIM, TEST)
    settings = replace(ReviewSettings(), tests=False)
    await reviewed(tmp_path / "one", answer, {"shop/cart.py": BROKEN}, settings=settings)
    await reviewed(
        tmp_path / "other", answer, {"shop/cart.py": BROKEN}, member=replace(CAPABLE, tier="small")
    )
    assert answer.tests_asked == 0


SCRIPT = "export const total = (prices) => prices.reduce((sum, one) => sum + one, 0);\n"
SCRIPT_TEST = """\
import test from 'node:test';
import assert from 'node:assert';
import { total } from './cart.mjs';

test('%s', () => assert.equal(total(%s), %s));
"""


async def test_a_fault_in_javascript_is_proven(tmp_path: Path) -> None:
    broken = SCRIPT.replace("sum + one, 0", "sum + one, 1")
    claim = {**CLAIM, "quote": broken.rstrip("\n")}
    before = {
        "package.json": '{"scripts": {"test": "node --test"}}\n',
        "cart.mjs": SCRIPT,
        "cart.test.mjs": SCRIPT_TEST % ("is a number", "[]", "total([])"),
    }
    answer = Reviewer(claim, SCRIPT_TEST % ("adds", "[1, 2]", "3"))
    review = await reviewed(tmp_path, answer, {"cart.mjs": broken}, before)
    (one,) = review.findings
    assert one.proof is not None, one.evidence
    assert (one.proven, one.proof.path) == (True, "cart_claim1.test.mjs")

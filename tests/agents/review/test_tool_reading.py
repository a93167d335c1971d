"""A capable reviewer looks into each part of a change with tools that read, and no others."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.review.findings.outcome import Review
from agents.review.flow import ReviewSettings
from rooftree.telemetry.events import Event
from tests.agents.loop.loops import check_legal
from tests.agents.review.reviews import CAPABLE, review_of
from tests.support.replies import Body, Call, Calls, Reply, Text

CART = """\
def total(prices):
    result = 0
    for price in prices:
        result += price
    return result


def nothing():
    one = 1
    two = 2
    three = 3
    return one + two - three


def label(count):
    return f"{count} pears"
"""
FILES = {
    "shop/cart.py": CART,
    "shop/till.py": "from shop.cart import total\n\n\ndef pay(prices):\n    return total(prices)\n",
}
AFTER = {"shop/cart.py": CART.replace("result += price", "result += price[0]")}
MEMBER = replace(CAPABLE, context_tokens=32_000, size="M")
CLAIM = {
    "quote": "        result += price[0]",
    "claim": "`total` takes the first digit of each price",
    "trigger": "total([12])",
    "severity": "critical",
}
UNTESTED = ReviewSettings(tests=False)


class Reviewer:
    """Searches, and finishes with these claims; keeps what it was sent."""

    def __init__(self, *claims: dict[str, Any], looks: tuple[Call, ...] = ()) -> None:
        self.claims, self.looks, self.sent = claims, list(looks), list[Body]()

    def __call__(self, body: Body) -> Reply:
        self.sent.append(body)
        if not body.get("tools"):
            return Text(json.dumps({"verdict": "real"}))
        if self.looks:
            return Calls((self.looks.pop(0),))
        return Calls((Call("finish", {"summary": "looked", "findings": list(self.claims)}),))


async def reviewed(
    tmp_path: Path, answer: Any, after: dict[str, str] = AFTER, **how: Any
) -> Review:
    how = {"member": MEMBER, "settings": UNTESTED, **how}
    return await review_of(tmp_path, answer, FILES, after, **how)


async def test_it_sees_the_change_who_uses_it_and_what_it_says_of_itself(tmp_path: Path) -> None:
    answer = Reviewer(CLAIM, looks=(Call("find", {"pattern": "total"}),))
    events: list[Event] = []
    review = await reviewed(
        tmp_path, answer, title="Take digits", message="Take the first digit", events=events
    )
    first = answer.sent[0]
    assert [tool["function"]["name"] for tool in first["tools"]] == ["find", "read", "finish"]
    said = str(first["messages"][-1]["content"])
    for shown in ("Take digits", "Take the first digit", "+        result += price[0]"):
        assert shown in said
    assert "shop/till.py:5: return total(prices)" in said
    (one,) = review.findings
    assert (one.line, one.symbol, one.severity, one.inline) == (4, "total", "critical", True)
    assert any(event.kind == "tool.started" and event.data["tool"] == "find" for event in events)
    [begun] = [one.data for one in events if one.data.get("budget")]
    assert (begun["agent"], begun["budget"]["model_calls"]) == ("reviewer", 60)
    for body in answer.sent:
        if body.get("tools"):
            check_legal(body)


async def test_a_capable_refuter_votes_and_gives_no_reasons(tmp_path: Path) -> None:
    answer = Reviewer(CLAIM)
    await reviewed(tmp_path, answer)
    (vote,) = [body for body in answer.sent if body.get("response_format")]
    assert list(vote["response_format"]["json_schema"]["schema"]["properties"]) == ["verdict"]


async def test_a_claim_about_what_is_not_there_is_dropped_and_told(tmp_path: Path) -> None:
    review = await reviewed(tmp_path, Reviewer({**CLAIM, "quote": "return nowhere"}))
    assert review.findings == ()
    assert any(note.startswith("1 claim of the model dropped") for note in review.notes)
    assert review.status == "incomplete"


async def test_a_reviewer_who_comes_to_no_end_has_not_looked(tmp_path: Path) -> None:
    review = await reviewed(tmp_path, lambda _: Text("Looks good to me!"))
    assert (review.status, review.model_asked, review.places_asked) == ("incomplete", False, 0)
    assert any("of shop/cart.py the reviewer came to no end" in note for note in review.notes)


async def test_of_a_large_change_the_riskiest_places_are_read(tmp_path: Path) -> None:
    after = {"shop/cart.py": AFTER["shop/cart.py"].replace("pears", "apples")}
    risky = after["shop/cart.py"].replace('f"{count} apples"', 'eval("count") or "no password"')
    for name, text, read in (
        ("plain", after["shop/cart.py"], "`total`"),
        ("risky", risky, "`label`"),
    ):
        answer = Reviewer()
        settings = replace(UNTESTED, packs=1)
        review = await reviewed(tmp_path / name, answer, {"shop/cart.py": text}, settings=settings)
        assert f"in {read}" in str(answer.sent[0]["messages"][-1]["content"])
        assert "a model is asked about 1 of 2 places, those of most risk" in review.notes
        assert review.status == "incomplete"


async def test_two_claims_that_name_the_same_of_one_definition_are_one(tmp_path: Path) -> None:
    again = {**CLAIM, "claim": "each price of total is indexed, so only price[0] is added"}
    other = {**CLAIM, "quote": "    result = None", "claim": "nothing can be added to `None`"}
    after = AFTER["shop/cart.py"].replace("result = 0", "result = None")
    answer = Reviewer(CLAIM, again, other)
    review = await reviewed(tmp_path, answer, {"shop/cart.py": after})
    first, second = sorted(review.findings, key=lambda one: one.line)
    assert (first.line, second.line) == (2, 4)
    assert any("each price of total" in text for text in second.evidence)

"""No way of a change on which something was not looked at says that all is well, and each says why.

The table lists the ways; text, JSON, events and the list of runs are looked through for each.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents.change.planning.plan import ChangePlan, EditTarget
from rooftree.errors import RooftreeError
from rooftree.telemetry.events import Event
from server.cli.terminal.progress import ProgressBars, ProgressPrinter
from server.cli.work.change import print_outcome
from server.cli.work.change_progress import describe_change
from tests.server.changing import APPROVE, BUGGY, FIXED, SHOP, TASK, services_of
from tests.support import git_repository
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer
from tools.approvals import ApprovalMode, ApprovalRequest, ApprovalResponse, refuse_without_person

Files = dict[str, str | bytes]
SUCCESS = re.compile(
    r"(?<!un)\bverified\b|\bapproves\b|\bclean\b|nothing found|\ball tests pass|\bsuccess",
    re.IGNORECASE,
)
FALSE_KEYS = re.compile(r'"(?:verified|approved|proves)": false')
HARMLESS = re.compile(r"only what was verified is applied unasked")
"""Why it was not applied, which claims nothing."""
EDIT = FIXED.partition("def total")[2].partition("\n\n\n")[0]
OLD = str(SHOP["tests/test_cart.py"])
PLAN = ChangePlan.of("change", [EditTarget("shop/cart.py", "total")])
NOT_UTF_8 = "x = 1\n\n\ndef total(prices):\n    return 0\n".encode("utf-16")


def said_by_coder(answer: str, verdict: str = "") -> Callable[[Mapping[str, Any]], Reply]:
    """Return a model that edits with one answer, and reviews with another."""

    def reply(body: Mapping[str, Any]) -> Reply:
        schema = json.dumps(body.get("response_format") or {})
        if "verdict" in schema:
            return Text(verdict or json.dumps(APPROVE))
        if "messages" not in body:
            return Text("pass")
        prompt = str(body["messages"][-1]["content"])
        return Text("I do not know." if "complete test file" in prompt else answer)

    return reply


RIGHT = f"```python\ndef total{EDIT}\n```"


@dataclass(frozen=True)
class Way:
    """One way on which something was not looked at."""

    why: str
    """What is said of it."""
    files: Files = field(default_factory=dict)
    answer: str = RIGHT
    verdict: str = "Looks good to me!"
    task: str = "Let `total` add up"
    plan: ChangePlan | None = PLAN
    mode: ApprovalMode = "all"
    refuses: str = ""
    sections: Mapping[str, Any] = field(default_factory=dict)


FIX = ChangePlan.of("fix", tests=["tests/test_cart.py::test_total"])
BOTH = ChangePlan.of(
    "change", [EditTarget("shop/cart.py", "total"), EditTarget("shop/cart.py", "count")]
)
WAYS = {
    "no sandbox": Way("switched off", sections={"sandbox": {"backend": "none"}}),
    "running tests was refused": Way("was not approved", mode="ask", refuses="command"),
    "no tests": Way("no test ran", files={"tests/test_cart.py": "", "shop/cart.py": BUGGY}),
    "tests cannot be collected": Way(
        "1 files of tests could not be read, such as tests/test_cart.py: ModuleNotFoundError",
        files={"tests/test_cart.py": f"import no_such_module\n{OLD}"},
    ),
    "the named test cannot be collected": Way(
        "the test says: .*ModuleNotFoundError",
        files={"tests/test_cart.py": f"import no_such_module\n{OLD}"},
        plan=FIX,
        task=TASK,
    ),
    "reviewer says nothing readable": Way("the reviewer said nothing that could be read"),
    "reviewer sees a part": Way(
        "saw 0 of|saw [0-9]+ of",
        answer="```python\ndef total(prices):\n" + "    x = 'words, words'\n" * 900 + "```",
        verdict=json.dumps(APPROVE),
    ),
    "budget": Way("budget is spent", plan=None, task=TASK, sections={"change": {"model_calls": 1}}),
    "others fail before": Way(
        "1 other tests failed before and still fail",
        files={"tests/test_more.py": "def test_bad():\n    assert False\n"},
    ),
    "it fails alone and passes beside others": Way(
        "edits were tried and none holds|does not fail|no edit was found",
        files={
            "tests/test_cart.py": "import sys\n\n\ndef test_total():\n"
            "    assert '::' not in ' '.join(sys.argv)\n"
        },
        plan=FIX,
        task=TASK,
        sections={"change": {"model_calls": 6}},
    ),
    "tests hang": Way(
        "the tests that speak of it were run\\).*all tests together: stopped at the time limit",
        files={"tests/test_slow.py": "import time\n\n\ndef test_slow():\n    time.sleep(99)\n"},
        sections={"sandbox": {"seconds": 5}},
    ),
    "a part of the edits": Way("count.*defines no|defines no 'count'", plan=BOTH),
    "no place": Way("no place to edit is known", plan=ChangePlan.of("change")),
    "not text": Way(
        "neither UTF-8 nor other text",
        files={"shop/cart.py": NOT_UTF_8},
        plan=ChangePlan.of("change", [EditTarget("shop/cart.py")]),
    ),
    "hidden text": Way("U\\+202E", answer="```python\ndef total(prices):\n    '\u202e'\n```"),
    "another definition": Way("defines no 'total'", answer="```python\ndef other():\n    1\n```"),
    "a copy": Way(
        "is what was there",
        answer="```python\ndef total"
        + BUGGY.partition("def total")[2].partition("\n\n\n")[0]
        + "\n```",
    ),
    "it breaks another": Way(
        "tests that passed fail now",
        answer="```python\ndef total(prices):\n    return 1 / 0\n```",
        files={
            "tests/test_more.py": "from shop.cart import total\n\n\ndef test_more():\n"
            "    assert total([]) == 0\n"
        },
    ),
    "it does not parse": Way(
        "does not parse|no edit|defines no", answer="```python\ndef total(prices:\n    return\n```"
    ),
}


class Heard:
    """All that a change says anywhere."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._printer = ProgressPrinter(ProgressBars(), describe_change)
        self.events: list[Event] = []
        self.said: list[str] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        self._printer(event)

    def text(self) -> str:
        """Return it as one text, without the keys that say no."""
        out = self._capsys.readouterr()
        events = json.dumps([event.as_json() for event in self.events])
        whole = "\n".join([out.out, out.err, events, *self.said])
        return HARMLESS.sub("", FALSE_KEYS.sub("", whole))


def without_success(text: str) -> None:
    found = [text[max(0, one.start() - 60) : one.end() + 60] for one in SUCCESS.finditer(text)]
    assert found == []


@pytest.mark.parametrize("name", WAYS)
async def test_what_was_not_looked_at_is_not_said_to_be_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    way = WAYS[name]
    heard = Heard(capsys)

    async def person(asked: ApprovalRequest) -> ApprovalResponse:
        heard.said.append(json.dumps([asked.summary, dict(asked.shown)]))
        return ApprovalResponse(asked.kind not in (way.refuses, "diff"))

    shop = git_repository(tmp_path, {**SHOP, **way.files})
    with ScriptedServer(said_by_coder(way.answer, way.verdict)) as model:
        async with services_of(tmp_path, model, **way.sections) as services:
            outcome = await services.change(
                way.task, shop, way.mode, person, plan=way.plan, listener=heard
            )
            folder = services.store.open(outcome.run)
            heard.said += [json.dumps(folder.record().as_json()), json.dumps(folder.outcome())]
    print_outcome(outcome.model_dump(mode="json"))
    assert outcome.status in ("unverified", "failed")
    assert not outcome.applied
    text = heard.text()
    assert re.search(way.why, text), text[-3000:]
    without_success(text)
    assert outcome.summary not in ("", "nothing was measured", "no edit was found that holds")


async def test_what_comes_after_a_change_that_nothing_proves_claims_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Applying, going on, doing again and taking back."""
    heard = Heard(capsys)
    shop = git_repository(tmp_path, SHOP)
    with ScriptedServer(said_by_coder(RIGHT, "Fine!")) as model:
        async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
            outcome = await services.change(
                "Let `total` add up", shop, "never", plan=PLAN, listener=heard
            )
            again = await services.replay(outcome.run, "", heard)
            applied = await services.apply(outcome.run)
            with pytest.raises(RooftreeError) as refused:
                await services.resume(outcome.run, refuse_without_person, heard)
            undone = await services.undo(outcome.run)
    heard.said += [json.dumps(one.model_dump(mode="json")) for one in (applied, undone)]
    heard.said += [json.dumps(again), str(refused.value)]
    assert (applied.status, undone.status) == ("unverified", "unverified")
    assert again["before"]["status"] == again["after"]["status"] == "unverified"
    without_success(heard.text())


async def test_a_model_that_is_not_there_has_done_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = Heard(capsys)
    shop = git_repository(tmp_path, SHOP)
    with ScriptedServer(said_by_coder(RIGHT)) as model:
        endpoint = {"endpoint": "http://127.0.0.1:9/v1", "name": "scripted", "probe": False}
        async with services_of(tmp_path, model) as services:
            config = services.config
            services.config = config.model_copy(
                update={"model": config.model.model_copy(update=endpoint)}
            )
            with pytest.raises(RooftreeError) as refused:
                await services.change(TASK, shop, "all", listener=heard)
            records = services.store.all()
    heard.said += [str(refused.value), *(json.dumps(one.as_json()) for one in records)]
    assert all(one.status in ("error", "running") for one in records)
    without_success(heard.text())

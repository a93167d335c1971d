"""Every way on which a review does not look at something, and what each report says of it.

None of them may say that the change is clean, approved or verified, or that nothing was found; all
of them have to say what was not looked at.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agents.review.findings.outcome import HiddenText, Review
from agents.review.findings.ranking import DisplayLimits
from agents.review.flow import ReviewSettings
from agents.review.review_run import ReviewRun
from agents.runs.store import StoredRun
from agents.runs.team import TeamMember
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from server.reports.annotations import annotations
from server.reports.sarif import sarif_report
from server.reports.text import text_report
from tests.server.changing import FIXED, services_of
from tests.server.operations.test_reviews import CLAIM, UNTESTED, reviewed, reviewer
from tests.server.reviewing import proposed
from tests.support import commit_all, git, write_files
from tests.support.replies import Failure, Reply, Text
from tests.support.scripted_model import ScriptedServer
from tools.diffs.proposal import between

_VERDICTS = re.compile(
    r"\bclean\b|\bnothing (?:was )?found\b|\bno findings?\b|\b0 findings?\b|\bapprove|\bverified\b",
    re.IGNORECASE,
)
REPORTS: dict[str, Callable[[Any], str]] = {
    "text": text_report,
    "json": lambda told: json.dumps(told, ensure_ascii=False),
    "sarif": lambda told: json.dumps(sarif_report(told), ensure_ascii=False),
    "annotations": annotations,
}


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(
    "gap",
    [
        {"notes": ("the tests could not all be run",)},
        {"not_reviewed": {"a.bin": "binary"}},
        {"bounds": ("3 claims of the model dropped",)},
        {"bounds": ("a", "b", "c"), "notes": ("d",)},
    ],
)
def test_no_report_of_a_review_with_a_gap_says_that_all_is_well(
    gap: dict[str, Any], report: str
) -> None:
    told = REPORTS[report](Review("base", "head", ("a.py",), **gap).as_json())
    assert not _VERDICTS.search(told)
    for reason in (*gap.get("notes", ()), *gap.get("bounds", ()), *gap.get("not_reviewed", {})):
        assert reason in told


@pytest.mark.parametrize("report", ["text", "json", "sarif"])
def test_a_review_without_a_gap_is_clean(report: str) -> None:
    assert "clean" in REPORTS[report](Review("base", "head", ("a.py",)).as_json())


def test_dropped_claims_stand_on_the_line_of_the_verdict_whatever_else_is_told() -> None:
    dropped = "2 claims of the model dropped: 2 about lines that are nowhere"
    discarded = {"about lines that are nowhere in the change, or at several places of it": 2}
    review = Review(
        "b", "h", ("a.py",), notes=("n1", "n2", "n3"), bounds=(dropped,), discarded=discarded
    )
    line = text_report(review.as_json()).splitlines()[-1]
    assert line.startswith("incomplete: ")
    assert dropped in line


def test_hidden_text_is_in_every_report() -> None:
    review = Review("b", "h", ("a.py",), hidden_text=(HiddenText("title", "U+200B"),))
    assert all("U+200B" in report(review.as_json()) for report in REPORTS.values())


OTHER = FIXED.replace("Add up", "Sum up")
THREE = FIXED + "".join(f"\n\ndef size_{n}(prices):\n    return len(prices)\n" for n in range(3))
LONG = FIXED + "\n\ndef long(a):\n" + "".join(f"    a = a + {n} * 11111\n" for n in range(400))
NO_RUN = {"sandbox": {"backend": "none"}}


@dataclass(frozen=True)
class Way:
    """One way: what is changed, what the model says, what is wanted, and what has to be told."""

    name: str
    reason: str
    after: Mapping[str, str | bytes] = field(default_factory=lambda: {"shop/cart.py": OTHER})
    answer: Callable[[Mapping[str, Any]], Reply] = field(default_factory=lambda: reviewer([]))
    wish: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Path], None] | None = None
    """What is done to the repository besides, and committed."""
    base: Mapping[str, str | bytes] = field(default_factory=dict)
    """Further files that were there before the change."""


def said(*findings: Any) -> Callable[[Mapping[str, Any]], Reply]:
    return reviewer(list(findings))


def unreadable_refuter(body: Mapping[str, Any]) -> Reply:
    if "refuted" in json.dumps(body.get("response_format") or {}):
        return Text("I would rather not say.")
    return Text(json.dumps({"findings": [CLAIM]}))


def submodule(folder: Path) -> None:
    head = git(folder, "rev-parse", "HEAD")
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{head},lib")


def renamed(folder: Path) -> None:
    git(folder, "mv", "README.md", "README.py")


def executable(folder: Path) -> None:
    (folder / "README.md").chmod(0o755)
    git(folder, "add", "README.md")


NEW = {"shop/cart.py": UNTESTED}
WAYS = (
    Way("no sandbox", "no test and no static tool was run"),
    Way("no tests wanted", "no test was run: none was wanted", wish={"tests": False}),
    Way("no model wanted", "no model was asked: none was wanted", wish={"ask_model": False}),
    Way("no file differs", "no file differs", wish={"base": "work"}),
    Way(
        "a quote that stands nowhere",
        "1 claim of the model dropped: 1 about lines that are nowhere",
        NEW,
        said({**CLAIM, "quote": "return nothing_of_it(prices)"}),
    ),
    Way("no trigger", "1 without what is wrong", NEW, said({**CLAIM, "trigger": ""})),
    Way("no claim", "1 no claim at all", NEW, said("it is bad")),
    Way("many claims", "2 more than are read", NEW, said(*[CLAIM] * 14)),
    Way("an unreadable answer", "cut off or unreadable", NEW, lambda _: Text("I do not know.")),
    Way(
        "no model there", "a model was not asked about everything", NEW, lambda _: Failure(500, "x")
    ),
    Way("an unreadable doubt", "a second look at 1 of the model's claims", NEW, unreadable_refuter),
    Way("a doubtful claim", "neither proved nor refuted", NEW, said(CLAIM)),
    Way(
        "a budget that is spent",
        "a model was not asked about everything",
        NEW,
        said(CLAIM),
        {"sections": {"review": {"model_calls": 1}}},
    ),
    Way(
        "more places than are asked about",
        "a model is asked about 2 of",
        {"shop/cart.py": THREE, "shop/b.py": THREE, "shop/c.py": THREE},
    ),
    Way("a place that is cut", "a model sees the beginning", {"shop/cart.py": LONG}),
    Way(
        "a secret beside the change",
        "did not see what may be a secret",
        {"shop/keys.py": "key = 'AKIAQWERTYUIOPASDFGH'\nother = 2\n"},
        base={"shop/keys.py": "key = 'AKIAQWERTYUIOPASDFGH'\nother = 1\n"},
    ),
    Way("a binary file", "picture.png", {"picture.png": b"\x89PNG\0\0"}),
    Way("a file of secrets", "may hold secrets", {"deploy/.env": "A=1\n"}),
    Way("a generated file", "generated", {"poetry.lock": "x\n"}),
    Way("a change that is too large", "more than 4000 lines", {"a.csv": "1\n" * 5000}),
    Way("bytes that are no UTF-8", "not UTF-8 text", {"a.py": b"a = '\xe9\xe8'\nb = 1\n"}),
    Way(
        "a pointer of Git LFS",
        "a pointer of Git LFS",
        {"data.csv": "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"},
    ),
    Way(
        "prose alone",
        "1 file of prose or data was read by nobody: README.md",
        {"README.md": "# B\n"},
    ),
    Way(
        "prose beside code",
        "2 files of prose or data were read by nobody: README.md, requirements.txt",
        {"README.md": "# B\n", "requirements.txt": "evil\n", "shop/cart.py": OTHER},
    ),
    Way(
        "what tests read",
        "1 file of prose or data was read by nobody: tests/data/a.json",
        {"tests/data/a.json": "{}\n"},
    ),
    Way("a submodule", "lib was not reviewed: submodule", prepare=submodule),
    Way("a mode alone", "only its mode is changed", {}, prepare=executable),
    Way("a name alone", "only its name is changed", {}, prepare=renamed),
    Way(
        "a file that does not parse, as before",
        "could not be parsed whole",
        {"shop/odd.py": "def f(:\n    return 2\n"},
        base={"shop/odd.py": "def f(:\n    return 1\n"},
    ),
    Way(
        "a method that is gone, of a name that others use",
        "`Queue.put` is taken away",
        {"shop/queue.py": "class Queue:\n    def take(self):\n        return 1\n"},
        base={
            "shop/queue.py": "class Queue:\n    def put(self):\n        return 1\n\n"
            "    def take(self):\n        return 1\n",
            "app.py": "def run(queues):\n    return queues[0].put()\n",
        },
    ),
)


@pytest.mark.parametrize("way", WAYS, ids=[way.name for way in WAYS])
async def test_what_was_not_looked_at_is_told_and_nothing_is_called_clean(
    tmp_path: Path, way: Way
) -> None:
    folder = _repository(tmp_path, way)
    events: list[Event] = []
    wish = {"sections": {**NO_RUN, **way.wish.get("sections", {})}}
    wish |= {name: value for name, value in way.wish.items() if name != "sections"}
    review = await reviewed(tmp_path, folder, way.answer, events, **wish)
    assert review.status in ("incomplete", "partial")
    left_out = (f"{one.path} was not reviewed: {one.reason}" for one in review.not_reviewed)
    gaps = (*review.notes, *left_out, *review.bounds)
    assert any(way.reason in gap for gap in gaps), gaps
    for name, report in REPORTS.items():
        told = report(review.model_dump(mode="json"))
        assert not _VERDICTS.search(told), (name, told)
        assert way.reason.split(" was not reviewed: ")[-1] in told, (name, told)
    record = json.loads((tmp_path / "state" / "runs" / review.run / "run.json").read_text())
    assert not _VERDICTS.search(json.dumps(record))
    assert not [one for one in events if _VERDICTS.search(json.dumps(one.data))]


def _repository(tmp_path: Path, way: Way) -> Path:
    folder = proposed(tmp_path, {} if way.base else way.after)
    if way.base:
        write_files(folder, way.base)
        commit_all(folder)
        git(folder, "branch", "--force", "main")
        write_files(folder, way.after)
        commit_all(folder)
    if way.prepare is not None:
        way.prepare(folder)
        git(folder, "commit", "--quiet", "--message", "more")
    return folder


TEST = "\n\ndef test_it():\n    assert True\n"
RUNS = (
    Way(
        "tests that cannot be collected",
        "tests that could not be collected: tests/test_cart.py: ModuleNotFoundError",
        base={"tests/test_cart.py": f"import nowhere_at_all\n{TEST}"},
    ),
    Way(
        "tests that are all skipped",
        "tests were skipped",
        base={"tests/test_cart.py": f"import pytest\n\npytestmark = pytest.mark.skip\n{TEST}"},
    ),
)


@pytest.mark.parametrize("way", RUNS, ids=[way.name for way in RUNS])
async def test_a_project_whose_tests_are_wanted_and_do_not_run_was_not_looked_at(
    tmp_path: Path, way: Way
) -> None:
    folder = _repository(tmp_path, way)
    review = await reviewed(tmp_path, folder, way.answer)
    assert (review.status, review.looked, review.tests_ran) == ("incomplete", False, 0)
    assert any(way.reason in note for note in review.notes), review.notes
    told = review.model_dump(mode="json")
    assert not any(_VERDICTS.search(report(told)) for report in REPORTS.values())
    declined = await reviewed(tmp_path, folder, way.answer, tests=False)
    assert declined.looked


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (said({**CLAIM, "quote": "return nothing_of_it(prices)"}), "1 claim of the model dropped"),
        (lambda _: Text("I do not know."), "1 answer of the model cut off or unreadable"),
        (unreadable_refuter, "a second look at 1 of the model's claims was unreadable"),
    ],
)
async def test_what_a_capable_model_said_in_vain_makes_a_review_incomplete(
    tmp_path: Path, answer: Callable[[Mapping[str, Any]], Reply], reason: str
) -> None:
    worktree = open_worktree(proposed(tmp_path, NEW))
    with ScriptedServer(answer) as model:
        async with services_of(tmp_path, model, **NO_RUN) as services:
            record = StoredRun(
                "review", "a review", str(worktree.root), worktree.commit, "scripted"
            )
            reviewing = ReviewRun(
                services.config,
                partial(between, worktree, "main", "work"),
                await services.models.client(),
                {"reviewer": TeamMember("scripted", "capable")},
                services.store.create(record),
                EventLog(lambda _: None),
                settings=ReviewSettings(tests=False, shown=DisplayLimits(inline=0)),
            )
            review = await reviewing.run()
    assert review.status == "incomplete"
    assert any(note.startswith(reason) for note in review.notes)
    assert reason in review.verdict

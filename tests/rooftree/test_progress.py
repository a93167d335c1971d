"""Progress as typed values: each has one JSON, and is read back from it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from rooftree.telemetry.events import Event, EventLog
from rooftree.telemetry.progress import (
    AgentStep,
    CandidateMeasured,
    ClaimTested,
    Counted,
    DraftReviewed,
    FillingRefused,
    FinishSentBack,
    ModelAsked,
    PartMeasured,
    PlaceEdited,
    PlaceRead,
    Preview,
    Progress,
    RepairTried,
    ReviewMeasured,
    ScoutReturned,
    Searchable,
    SnapshotBegun,
    SuiteBegun,
    SuspectsFound,
    ToolsUsed,
    Waiting,
    WrittenTestMeasured,
    progress_of,
)

# The JSON of each as clients have read it since before the values had types.
ROWS: list[tuple[Progress, dict[str, Any]]] = [
    (Counted("index", 1, 2), {"stage": "index", "done": 1, "total": 2}),
    (Waiting("7"), {"stage": "waiting", "holder": "7"}),
    (Searchable(3, 0.5), {"stage": "searchable", "files": 3, "seconds": 0.5}),
    (Preview([{"path": "a"}]), {"stage": "preview", "places": [{"path": "a"}]}),
    (
        ModelAsked("m", "ask/summary", "0f"),
        {"stage": "model", "model": "m", "prompt": "ask/summary", "prompt_sha": "0f"},
    ),
    (SnapshotBegun(), {"stage": "snapshot"}),
    (SuspectsFound(["a.py::f"]), {"stage": "suspects", "places": ["a.py::f"]}),
    (
        RepairTried("a.py", "f", "lines"),
        {"stage": "trying", "path": "a.py", "symbol": "f", "way": "lines"},
    ),
    (PlaceEdited("a.py", "f"), {"stage": "editing", "path": "a.py", "symbol": "f"}),
    (FillingRefused("no"), {"stage": "cannot fill in", "reason": "no"}),
    (CandidateMeasured("line 3", "ok"), {"stage": "tried", "origin": "line 3", "evidence": "ok"}),
    (WrittenTestMeasured("t.py", "all"), {"stage": "tested", "test": "t.py", "shows": "all"}),
    (
        PartMeasured(1, 3, "tests pass"),
        {"stage": "part", "number": 1, "count": 3, "evidence": "tests pass"},
    ),
    (
        ClaimTested("a.py", "f", "it passes with the change"),
        {
            "stage": "claim tested",
            "path": "a.py",
            "symbol": "f",
            "shows": "it passes with the change",
        },
    ),
    (AgentStep("coder", 3, 40), {"stage": "step", "role": "coder", "step": 3, "most": 40}),
    (
        FinishSentBack("coder", ["nothing was edited"]),
        {"stage": "sent back", "role": "coder", "open_points": ["nothing was edited"]},
    ),
    (
        ScoutReturned("scout 1", 3, 2),
        {"stage": "scouted", "scout": "scout 1", "steps": 3, "places": 2, "ended": ""},
    ),
    (ToolsUsed(2, "done"), {"stage": "worked", "edits": 2, "said": "done"}),
    (
        DraftReviewed("approved", True, ["fine"], False, 3, 4),
        {
            "stage": "reviewed",
            "judgement": "approved",
            "approved": True,
            "reasons": ["fine"],
            "measured": False,
            "seen": 3,
            "lines": 4,
        },
    ),
    (SuiteBegun(["t.py"]), {"stage": "testing", "tests": ["t.py"]}),
    (ReviewMeasured(2), {"stage": "measured", "findings": 2}),
    (PlaceRead("a.py", "f"), {"stage": "reading", "path": "a.py", "symbol": "f"}),
]


@pytest.mark.parametrize(("progress", "payload"), ROWS, ids=lambda row: type(row).__name__)
def test_progress_has_the_json_that_clients_read_and_is_read_back(
    progress: Progress, payload: Mapping[str, Any]
) -> None:
    heard: list[Event] = []
    EventLog(heard.append).progress(progress)
    [event] = heard
    assert (event.kind, event.data) == ("progress", payload)
    assert progress_of(json.loads(json.dumps(payload))) == progress


def test_every_stage_has_a_row() -> None:
    assert {type(progress) for progress, _ in ROWS} == set(Progress.__args__)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param({"stage": "brewing"}, id="unknown stage"),
        pytest.param({"stage": "reading", "path": "a.py"}, id="field left out"),
        pytest.param({}, id="nothing"),
    ],
)
def test_what_another_version_sends_is_passed_over(payload: Mapping[str, Any]) -> None:
    assert progress_of(payload) is None


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert progress_of({"stage": "waiting"}) == Waiting()
    assert progress_of({"stage": "index", "done": 1, "total": 2, "rate": 3}) == Counted(
        "index", 1, 2
    )

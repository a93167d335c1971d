"""Spans of a run: a tree of names and times, with nothing of the code or of what was said."""

import json
from pathlib import Path
from typing import Any

import pytest

from rooftree.config import TracesSection
from rooftree.errors import ConfigError
from rooftree.telemetry.tracing import FileExporter, start_tracing
from tests.server.changing import SHOP, TASK, coder
from tests.server.commands import Commands
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer


def test_a_change_is_a_tree_of_spans_without_a_word_of_the_code(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, SHOP)
    (tmp_path / "home").mkdir()
    traces = tmp_path / "spans.jsonl"
    with ScriptedServer(coder) as model:
        settings = {
            "ROOFTREE_MODEL_ENDPOINT": model.base_url,
            "ROOFTREE_MODEL_NAME": "scripted",
            "ROOFTREE_TRACES_FILE": str(traces),
        }
        done = Commands(tmp_path / "home", settings).run(
            *("change", TASK, "--repo", str(folder), "--approve", "all", "--json")
        )
    assert done.code == 0
    spans = [json.loads(line) for line in traces.read_text().splitlines()]
    assert _above(spans, "run change") == []
    for name in ("agent planner", "agent coder", "agent reviewer"):
        assert "run change" in _above(spans, name)
    assert "agent coder" in _above(spans, "step execution")
    assert "run change" in _above(spans, "step model")
    assert len({one["context"]["trace_id"] for one in spans}) == 1
    text = traces.read_text()
    assert not any(word in text for word in ("shop", "total", "price", str(tmp_path)))


def test_where_spans_cannot_go_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"traces\.file"):
        FileExporter(tmp_path / "no" / "folder" / "spans.jsonl")
    with pytest.raises(ConfigError, match=r"traces\.endpoint"):
        start_tracing(TracesSection(endpoint="collector:4317"))


def _above(spans: list[dict[str, Any]], name: str) -> list[str]:
    """Return the names of the spans that hold the first span of a name, the nearest first."""
    by_id = {one["context"]["span_id"]: one for one in spans}
    at = next(one for one in spans if one["name"] == name)
    found = []
    while at["parent_id"] is not None:
        at = by_id[at["parent_id"]]
        found.append(at["name"])
    return found

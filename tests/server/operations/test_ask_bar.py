"""What a capable model claims of three repositories: each mark is looked up by git and bytes."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rooftree.config import Config
from server.operations.find.ask import ASK, AskRequest, AskResponse
from server.operations.operation import Call, Caller
from server.services.host import Host
from tests.agents.ask.answered_repositories import ASKED, Asked
from tests.agents.ask.test_ask_agent import claim
from tests.benchmarks.agent_scenes import MODEL, WINDOW, keep_profile
from tests.support import git
from tests.support.replies import Body, Calls, Json, Reply, Text
from tests.support.replies import Call as ToolCall
from tests.support.scripted_model import ScriptedServer

ROUTES = {
    "/models": Json(
        {"object": "list", "data": [{"id": MODEL, "object": "model", "max_model_len": WINDOW}]}
    )
}
SENTENCE = re.compile(r"- (?P<text>.*) \[(?P<marks>[0-9, ]+)\]")


def scripted(case: Asked, root: Path) -> Any:
    """Return a model that looks, claims, repairs what it can, and answers what goes on."""
    right, (wrong, repaired) = case.with_commit(root), case.wrong_lines
    first = [
        *(Calls((ToolCall(name, dict(given)),)) for name, given in case.looks),
        claim(*right, wrong, case.unproven),
        claim(*right, repaired, case.unproven),
    ]
    second = [Calls((ToolCall("read", {"path": case.place.partition(":")[0]}),))]
    second.append(claim(case.refused))

    def play(body: Body) -> Reply:
        if not body.get("tools"):
            return Text(case.alone)
        moves = second if case.follow_up in body["messages"][1]["content"] else first
        answered: int = sum(one["role"] == "assistant" for one in body["messages"])
        return moves[min(answered, len(moves) - 1)]

    return play


def shown_by(root: Path, answer: AskResponse) -> list[str]:
    """Check every mark by git and the bytes; return the text of each, in the order of numbers."""
    texts = []
    for one in answer.citations:
        assert one.verified
        assert git(root, "rev-parse", f"HEAD:{one.path}") == one.blob
        lines = (root / one.path).read_text().split("\n")[one.start - 1 : one.end]
        assert one.quote == "\n".join(lines)
        texts.append(f"{one.path}\n{one.quote}")
    for commit in answer.commits:
        assert commit.verified
        git(root, "merge-base", "--is-ancestor", commit.commit, "HEAD")
        assert git(root, "show", "-s", "--format=%B", commit.commit).strip() == commit.message
        texts.append(commit.message)
    return texts


def assert_proven(root: Path, answer: AskResponse) -> list[str]:
    """Check that each sentence with marks has all of its names in what they show."""
    texts = shown_by(root, answer)
    sentences = list(SENTENCE.finditer(answer.answer))
    for one in sentences:
        shown = "\n".join(texts[int(mark) - 1] for mark in one["marks"].split(","))
        for name in re.findall(r"`([^`]+)`", one["text"]):
            assert re.search(rf"\b{re.escape(name)}\b", shown), one[0]
        for quote in re.findall(r'"([^"]+)"', one["text"]):
            assert quote in shown
    return [one["text"] for one in sentences]


def plain(told: str) -> str:
    """Return a claim without its mark."""
    return told.partition(" [")[0]


@pytest.mark.parametrize("name", ASKED)
async def test_every_mark_holds_and_a_pronoun_finds_its_place(tmp_path: Path, name: str) -> None:
    case = ASKED[name]
    root = case.make(tmp_path)
    with ScriptedServer(scripted(case, root), routes=ROUTES) as server:
        config = Config.model_validate(
            {
                "state": {"folder": tmp_path / "state"},
                "model": {"endpoint": server.base_url, "name": MODEL},
                "index": {"embedder": "none", "workers": 1},
                "sandbox": {"backend": "none"},
            }
        )
        await keep_profile(config, server, "L", "capable")
        host = Host(config, default=root)
        try:
            call = Call(host, Caller(), lambda _: None)
            answer = await ASK.run(call, AskRequest(question=case.question))
            events: list[Any] = []
            more = AskRequest.of(**{"question": case.follow_up, "continue": "last"})
            going_on = await ASK.run(replace(call, listener=events.append), more)
        finally:
            await host.aclose()
    told = [plain(one) for one in (*case.right, case.wrong_lines[1])]
    assert assert_proven(root, answer) == told, answer.answer
    marked = [line for line in answer.answer.split("\n") if "[not verified: " in line]
    assert len(marked) == 1
    assert marked[0].startswith(f"- {plain(case.unproven)} (")
    assert len(answer.commits) == 1

    searched = [one.data["arguments"] for one in events if one.kind == "tool.started"]
    assert case.alone in searched[1]
    assert assert_proven(root, going_on) == [plain(case.refused)]
    [place] = going_on.citations
    assert f"{place.path}:{place.start}-{place.end}" == case.place
    assert "not verified" not in going_on.answer

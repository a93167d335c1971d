"""A scripted model that answers probes as well, or as badly, as a test wants."""

import json
import re
from collections.abc import Mapping
from typing import Any

from models.probing.probe_material import material, read_questions
from models.probing.trials.call_edits import call_edits
from models.probing.trials.loop_probe import loop_material
from models.probing.trials.needle_test import GATES
from models.probing.trials.probes import QUESTIONS
from tests.support.replies import Body, wire_of
from tests.support.scripted_model import Call, Calls, Failure, Json, Reply, ScriptedServer, Text

EDITED = {
    "rename": "def repeat(text, count):\n    if count < 0:\n"
    '        raise ValueError("n must not be negative")\n    return text * count\n',
    "default": "def fetch(url, timeout=30):\n    response = get(url, timeout=timeout)\n"
    "    response.raise_for_status()\n    return response.text\n",
    "guard": "def mean(values):\n    if not values:\n        return 0.0\n"
    "    total = sum(values)\n    return total / len(values)\n",
    "bound": "def pages(first, last):\n    result = []\n"
    "    for number in range(first, last + 1):\n        result.append(number)\n    return result\n",
}


EDITS: dict[str, dict[str, list[dict[str, str]]]] = {
    "edit": {
        "twice": [
            {"old": "SMALLEST = 1\n", "new": "SMALLEST = 2\n"},
            {"old": "LARGEST = 100\n", "new": "LARGEST = 500\n"},
        ],
        "indented": [
            {
                "old": "        if True:\n",
                "new": "        if not self.items:\n            return None\n        if True:\n",
            }
        ],
        "repeated": [
            {
                "old": 'def footer(number):\n    name = "page"\n',
                "new": 'def footer(number):\n    name = "end"\n',
            }
        ],
    },
    "apply_patch": {
        "twice": [
            {
                "patch": "*** Begin Patch\n*** Update File: store/limits.py\n-SMALLEST = 1\n"
                "-LARGEST = 100\n+SMALLEST = 2\n+LARGEST = 500\n*** End Patch"
            }
        ],
        "indented": [
            {
                "patch": "*** Begin Patch\n*** Update File: store/queue.py\n@@ class Queue:\n"
                "     def take(self):\n+        if not self.items:\n+            return None\n"
                "         if True:\n*** End Patch"
            }
        ],
        "repeated": [
            {
                "patch": "*** Begin Patch\n*** Update File: store/report.py\n@@\n"
                ' def footer(number):\n-    name = "page"\n+    name = "end"\n*** End Patch'
            }
        ],
    },
    "edit_definition": {
        "twice": [
            {"name": "SMALLEST", "code": "SMALLEST = 2"},
            {"name": "LARGEST", "code": "LARGEST = 500\n"},
        ],
        "indented": [
            {
                "name": "Queue.take",
                "code": "def take(self):\n    if not self.items:\n        return None\n"
                "    item = self.items.pop(0)\n    return item\n",
            }
        ],
        "repeated": [
            {
                "name": "footer",
                "code": 'def footer(number):\n    name = "end"\n    return f"{name} {number}"',
            }
        ],
    },
}
"""Right edits by each tool."""


def made_in(body: Body) -> int:
    """Return how many steps were made before."""
    return sum(bool(message.get("tool_calls")) for message in body["messages"])


class PerfectModel:
    """Answers every probe rightly; a `window` makes its server forget what came earlier."""

    def __init__(self, window: int | None = None, usage: bool = True) -> None:
        self.window = window
        self.usage = usage
        self.tools_by = {question.question: question for question in read_questions(QUESTIONS)}

    def serve(self) -> ScriptedServer:
        return ScriptedServer(
            self,
            routes={
                "/tokenize": self.tokens,
                "/apply-template": self.template,
                "/infill": self.fill,
            },
        )

    def tokens(self, body: Body) -> Reply:
        return Json({"tokens": list(range(len(str(body.get("content", "")).split())))})

    def template(self, body: Body) -> Reply:
        return Json({"prompt": "\n".join(str(m["content"]) for m in body["messages"])})

    def fill(self, body: Body) -> Reply:
        for hole in material().holes:
            if hole.before == body["input_prefix"]:
                return Text(hole.expects[0])
        return Text("?")

    def __call__(self, body: Body) -> Reply:
        if "messages" not in body:
            return self.fill({"input_prefix": body.get("prompt", "")})
        words = "\n".join(str(m["content"]) for m in body["messages"]).split()
        kept = words if self.window is None else words[-self.window :]
        return self._with_usage(self._answer(body, " ".join(kept)), body, len(kept))

    def _answer(self, body: Body, text: str) -> Reply:
        if "tools" in body:
            return self._call(body)
        schema = body.get("response_format", {}).get("json_schema", {}).get("schema")
        if schema is not None and "oneOf" in schema:
            return Text(json.dumps(self._step(body)))
        if schema is not None:
            return Text(json.dumps(self._fitting(schema, text)))
        for task in material().edits:
            if task.task in text:
                return Text(f"```python\n{EDITED[task.id]}```")
        for fact in material().facts:
            if fact.question in text:
                return Text(fact.expects[0] if fact.expects else "The places do not show that.")
        return Text("1 2 3 4 5 6 7 8 9")

    def _call(self, body: Body) -> Reply:
        names = {tool["function"]["name"] for tool in body["tools"]}
        if "finish" in names:
            return self.step(body)
        if names & EDITS.keys():
            return self.edit(body)
        asked = body["messages"][-1]["content"]
        if asked == "Read the file README.md.":
            return Calls((Call("read", {"path": "README.md"}),))
        question = self.tools_by.get(asked)
        if question is None:  # which only force makes a call
            return (
                Calls((Call("run_tests", {}),))
                if body.get("tool_choice") == "required"
                else Text("Hi.")
            )
        if not question.tool:
            return Text("You are welcome.")
        return Calls((Call(question.tool, self._arguments(question.arguments)),))

    def step(self, body: Body) -> Reply:
        """Make the next step of an agent."""
        step = loop_material().steps[made_in(body)]
        return Calls((Call(step.tools[0], step.arguments, f"call{made_in(body):05}"),))

    def edit(self, body: Body) -> Reply:
        """Make the next edit of a file by the tool that is offered."""
        (tool,) = body["tools"]
        asked = str(body["messages"][0]["content"])
        (case,) = (one for one in call_edits() if one.path in asked)
        edits = EDITS[tool["function"]["name"]][case.id]
        done = sum(len(m.get("tool_calls") or ()) for m in body["messages"])
        if done >= len(edits):
            return Text("Done.")
        return Calls((Call(tool["function"]["name"], {"path": case.path} | edits[done]),))

    def _step(self, body: Body) -> dict[str, Any]:
        """Return the step of a guided call."""
        question = self.tools_by[body["messages"][-1]["content"]]
        if not question.tool:
            return {"tool": "reply", "args": {"text": "You are welcome."}}
        return {"tool": question.tool, "args": self._arguments(question.arguments)}

    def _arguments(self, wanted: Mapping[str, str]) -> dict[str, Any]:
        return {
            name: int(text) if name in ("start", "end", "limit") else text
            for name, text in wanted.items()
        }

    def _fitting(self, schema: Mapping[str, Any], text: str) -> Any:
        if set(schema["properties"]) == set(GATES):
            found = {gate: re.search(rf"{gate} gate is (\d+)", text) for gate in GATES}
            return {gate: int(match.group(1)) if match else 0 for gate, match in found.items()}
        for choice in material().choices:
            if choice.task in text:
                return {choice.field: choice.right}
        return {name: item["enum"][0] for name, item in schema["properties"].items()}

    def _with_usage(self, reply: Reply, body: Body, prompt_tokens: int) -> Reply:
        if not isinstance(reply, Text) or body.get("stream"):
            return reply
        usage = {"prompt_tokens": prompt_tokens, "completion_tokens": 5} if self.usage else None
        message = {"role": "assistant", "content": reply.text}
        return Json({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})


class HopelessModel(PerfectModel):
    """Says the same thing whatever it is asked, behind a server that enforces nothing."""

    def __call__(self, body: Body) -> Reply:
        return Text("I am a large language model.")

    def fill(self, body: Body) -> Reply:
        return Text("I am")


class ThinkingModel(PerfectModel):
    """A perfect model that thinks before each answer, behind a server with a switch for it.

    `switch` is the field of the body, or the variable of its template, that switches thinking;
    `length` are the words of a thought, and an answer that has no room for them is cut there.
    """

    def __init__(
        self,
        *,
        field: str = "reasoning",
        switch: str = "enable_thinking",
        budget: str = "",
        fields_in: tuple[str, ...] = ("reasoning",),
        length: int = 200,
        refuses: tuple[str, ...] = (),
        default: bool = True,
    ) -> None:
        super().__init__(window=32_768)
        self.field, self.switch, self.budget = field, switch, budget
        self.fields_in, self.length = fields_in, length
        self.refuses, self.default = refuses, default

    def __call__(self, body: Body) -> Reply:
        if any(
            name in body or name in body.get("chat_template_kwargs", {}) for name in self.refuses
        ):
            return Failure(400, "extra inputs are not permitted")
        reply = super().__call__(body)
        length = self._thinks(body)
        if "messages" not in body or not length:
            return self._counted(reply, body, 0)
        room = int(body.get("max_tokens") or 10_000)
        if room < length:
            return self._said(Text(""), body, room, "length")
        return self._counted(reply, body, length)

    def _thinks(self, body: Body) -> int:
        """Return how many words are thought before an answer to a body."""
        given = body.get("chat_template_kwargs", {}).get(self.switch)
        effort = body.get("reasoning_effort") if self.switch == "reasoning_effort" else None
        on = self.default if given is None else bool(given)
        on = on if effort is None else effort != "none"
        length = self.length // 4 if effort == "low" else self.length
        return min(length, int(body.get(self.budget, length))) if on else 0

    def _counted(self, reply: Reply, body: Body, length: int) -> Reply:
        if isinstance(reply, Json) and "choices" in reply.body:
            message = reply.body["choices"][0]["message"]
            return self._said(Text(message["content"]), body, length, "stop")
        if isinstance(reply, Text | Calls):
            return self._said(reply, body, length, None)
        return reply

    def _said(self, reply: Text | Calls, body: Body, length: int, finish: str | None) -> Reply:
        """Return a reply with thoughts, in a stream or whole, and with honest counts."""
        thoughts = "hm " * length
        if body.get("stream"):
            return reply
        whole = wire_of(reply, "/chat/completions", {}, "scripted")
        payload = json.loads(b"".join(part for part in whole.parts if isinstance(part, bytes)))
        message = payload["choices"][0]["message"]
        if thoughts and self.field == "content":
            message["content"] = f"<think>{thoughts}</think>\n{message['content'] or ''}"
        elif thoughts:
            message[self.field] = thoughts
        if finish == "length":
            payload["choices"][0]["finish_reason"] = "length"
        prompt = sum(
            len(str(turn.get(name) or "").split())
            for turn in body["messages"]
            for name in ("content", *self.fields_in)
        )
        payload["usage"] = {"prompt_tokens": prompt, "completion_tokens": length + 5}
        return Json(payload)

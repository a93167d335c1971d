"""A scripted model that answers probes as well, or as badly, as a test wants."""

import json
import re
from collections.abc import Mapping
from typing import Any

from models.probing.needle_test import GATES
from models.probing.probe_material import material, read_questions
from models.probing.probes import QUESTIONS
from tests.support.replies import Body
from tests.support.scripted_model import Call, Calls, Json, Reply, ScriptedServer, Text

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

"""A streamed answer put together: text to show at once, and the whole answer at the end.

It knows the chunks' JSON and not how they arrive.
"""

from collections.abc import Mapping
from typing import Any

from models.chat.normalise import (
    RawAnswer,
    assemble,
    first_choice,
    mapping_of,
    raw_calls_of,
    reasoning_of,
    sound_text,
    text_of,
)
from models.chat.stream_filter import ReplyFilter
from models.chat.text_tool_calls import WRITTEN_MARKERS, WRITTEN_START
from models.chat.thinking import ThinkFilter, held_back
from models.chat.types import ChatRequest, Completion
from rooftree.errors import ModelProtocolError


class ToolCallAssembler:
    """Tool calls that come in fragments, told apart by index, id or order."""

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._by_index: dict[int, dict[str, Any]] = {}

    def feed(self, fragment: Mapping[str, Any]) -> None:
        function = mapping_of(fragment.get("function")) or fragment
        call = self._call_of(fragment, function)
        call["id"] = call["id"] or fragment.get("id")
        call["name"] = call["name"] or function.get("name")
        arguments = function.get("arguments")
        if isinstance(arguments, str) and isinstance(call["arguments"], str):
            call["arguments"] += arguments
        elif arguments is not None and not isinstance(arguments, str):
            call["arguments"] = arguments

    def calls(self) -> list[Mapping[str, Any]]:
        return list(self._calls)

    def _call_of(self, fragment: Mapping[str, Any], function: Mapping[str, Any]) -> dict[str, Any]:
        index = fragment.get("index")
        known = self._by_index.get(index) if isinstance(index, int) else None
        if not isinstance(index, int) and self._calls and not function.get("name"):
            known = self._calls[-1]
        # Some servers number every call 0 and tell them apart by id alone.
        other = known and known["id"] and fragment.get("id") not in (None, "", known["id"])
        if known is None or other:
            known = {"id": None, "name": None, "arguments": ""}
            self._calls.append(known)
            if isinstance(index, int):
                self._by_index[index] = known
        return known


class StreamAssembler:
    """Turn chunks into text to show and, at the end, into the answer.

    The text shown is a preview: text that may be a written tool call or fenced JSON is held back,
    but only the answer at the end is final.
    """

    def __init__(self, request: ChatRequest, where: str, *, reply_name: str = "") -> None:
        """`reply_name` means that the text is guided JSON of which only a reply is to be shown."""
        self._request = request
        self._reply = ReplyFilter(reply_name) if reply_name else None
        self._where = where
        self._raw = RawAnswer()
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._calls = ToolCallAssembler()
        self._think = ThinkFilter()
        self._pending = ""
        self._shown: list[str] = []
        self._holding = False
        self._choices = 0
        self.received = 0
        """Characters that have come."""

    @property
    def ended(self) -> bool:
        """Whether the server has said why it stopped."""
        return self._raw.finish_reason is not None

    def feed(self, chunk: Any) -> str:
        """Take one chunk and return the text that can be shown now."""
        content = mapping_of(chunk)
        self._raw.usage = content.get("usage") or self._raw.usage
        self._raw.model = content.get("model") or self._raw.model
        choice = first_choice(content)
        if choice is None or choice.get("index") not in (None, 0):
            return ""
        self._choices += 1
        finish_reason = choice.get("finish_reason")
        if finish_reason is not None:
            self._raw.finish_reason = finish_reason
        message = mapping_of(choice.get("delta")) or mapping_of(choice.get("message"))
        self._thoughts.append(reasoning_of(message))
        self.received += len(self._thoughts[-1])
        for fragment in raw_calls_of(message):
            self._calls.feed(fragment)
        text = text_of(message.get("content"))
        self._texts.append(text)
        self.received += len(text)
        return self._show(self._think.feed(text))

    def finish(self) -> Completion:
        """Return the whole answer."""
        if not self._choices:
            raise ModelProtocolError(
                f"{self._where} streamed no choices, so there is no answer to show; "
                "ask again, and look at the server's log if it happens again"
            )
        self._raw.text = "".join(self._texts)
        self._raw.reasoning = "".join(self._thoughts)
        self._raw.calls = self._calls.calls()
        return assemble(self._raw, self._request)

    def rest_of(self, text: str) -> str:
        """Return what of the answer's text has not been shown."""
        shown = "".join(self._shown)
        return text[len(shown) :] if text.startswith(shown) else ""

    def _show(self, text: str) -> str:
        """Return what of the pending text is certainly neither a call nor wrapped JSON."""
        if self._reply is not None:
            return self._record(self._reply.feed(text))
        if not self._request.tools and self._request.response_format is None:
            return self._record(text)
        self._pending += text
        start = self._pending.lstrip()
        if self._holding or not start:
            return ""
        if not self._shown and start.startswith(WRITTEN_START):
            self._holding = True
            return ""
        return self._record(self._certain())

    def _certain(self) -> str:
        places = [self._pending.find(marker) for marker in WRITTEN_MARKERS]
        found = [place for place in places if place >= 0]
        self._holding = bool(found)
        markers = (*WRITTEN_MARKERS, *WRITTEN_START) if not self._shown else WRITTEN_MARKERS
        end = min(found) if found else len(self._pending) - held_back(self._pending, markers)
        certain, self._pending = self._pending[:end], self._pending[end:]
        return certain

    def _record(self, text: str) -> str:
        if text:
            text = sound_text(text)
            self._shown.append(text)
        return text

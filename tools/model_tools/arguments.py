"""The arguments of a model's tool call: read with tolerance, and refused by cause.

Models write other names for an argument, numbers as text, one text for a list, an object where
text is due, tags of another format behind a value, and line numbers that they were shown. Each of
these is mended and counted; what cannot be mended is an error that says what is wrong, what there
is, and what to write.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from models.chat.text_tool_calls import read_json
from rooftree.errors import ToolRetryError
from rooftree.text.unknown_names import unknown_name

MAX_SHOWN = 200
"""Characters of a wrong value that its error repeats."""
ALIASES: Mapping[str, str] = {
    **dict.fromkeys(("file_path", "filePath", "filename", "file", "file_name"), "path"),
    **dict.fromkeys(("old_string", "old_text", "old_str", "oldText", "search"), "old"),
    **dict.fromkeys(("new_string", "new_text", "new_str", "newText", "replacement"), "new"),
    **dict.fromkeys(("replace_all", "replaceAll"), "all"),
    **dict.fromkeys(("start_line", "startLine", "offset", "line_start", "begin"), "start"),
    **dict.fromkeys(("max_lines", "num_lines", "count"), "limit"),
    **dict.fromkeys(("regex", "text_pattern", "substring"), "pattern"),
    **dict.fromkeys(("query", "q"), "question"),
    **dict.fromkeys(("symbol", "identifier"), "name"),
    **dict.fromkeys(("cmd", "script", "shell"), "command"),
    **dict.fromkeys(("content", "contents", "file_text", "code"), "text"),
    **dict.fromkeys(("destination", "new_path", "target"), "to"),
    **dict.fromkeys(("insert_line", "line_number"), "line"),
    **dict.fromkeys(("test", "test_names"), "tests"),
    **dict.fromkeys(("timeout_seconds", "seconds"), "timeout"),
    **dict.fromkeys(("message", "result"), "summary"),
}
"""What other scaffolds call the arguments of their tools: models were trained with those."""
_TAIL = re.compile(r"(?:\s{0,8}</(?:parameter|function|tool_call|arguments)>){1,4}\s{0,8}\Z")
_NUMBERED = re.compile(r"[ \t]{0,8}(\d{1,7})\| ?(.*)", re.DOTALL)


class Arguments(BaseModel):
    """The arguments of one tool; a field's description is what the model reads of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)
    own_names: ClassVar[Mapping[str, str]] = {}
    """Other names for arguments of this tool alone."""

    @classmethod
    def adapted(cls, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what was given in this tool's own terms."""
        return given


def _as_text(value: Any) -> Any:
    """Return what a text is meant to be: an object where text is due is JSON text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return _without_tail(value) if isinstance(value, str) else value


def _as_lines(value: Any) -> Any:
    """Return a list of lines: one text is one for each line, an object says path, line and why."""
    listed = listed_lines(value)
    return [_as_line(one) for one in listed] if isinstance(listed, list) else listed


def listed_lines(value: Any) -> Any:
    """Return a list of what a model wrote as a list, as the JSON of one, or line by line."""
    if not isinstance(value, str):
        return value
    if value.strip().startswith("["):
        with suppress(ValueError):
            return read_json(value.strip())
    return [one for one in value.split("\n") if one.strip()]


def _as_line(value: Any) -> Any:
    if not isinstance(value, dict) or not isinstance(value.get("path"), str):
        return value
    told = {**value}
    place = f"{told.pop('path')}:{told.pop('line', told.pop('start', ''))}"
    return " ".join([place, *(str(one) for one in told.values() if isinstance(one, str))])


def _as_code(value: Any) -> Any:
    text = _as_text(value)
    return without_line_numbers(text) if isinstance(text, str) else text


def _as_list(value: Any) -> Any:
    """Return a list: one text is a list of one, and a list may be written as text."""
    if isinstance(value, str):
        written = value.strip()
        if written.startswith("["):
            try:
                return read_json(written)
            except ValueError:
                pass
        return written.split() if written else []
    return value


Text = Annotated[str, BeforeValidator(_as_text)]
Code = Annotated[str, BeforeValidator(_as_code)]
"""Text of a file, as it was shown: with the numbers of its lines or without."""
Texts = Annotated[tuple[Text, ...], BeforeValidator(_as_list)]


Lines = Annotated[tuple[Text, ...], BeforeValidator(_as_lines)]
"""Texts that hold blanks, such as a place with a reason."""


@dataclass(frozen=True, slots=True)
class ParsedArguments:
    """Arguments as a tool takes them, and how many things in them had to be mended."""

    value: Arguments
    mended: int = 0


def parse_arguments(
    tool: str, form: type[Arguments], written: str, *, is_cut: bool = False
) -> ParsedArguments:
    """Read the arguments that a model wrote; ToolRetryError where they are none of this tool's."""
    given = _object_of(tool, form, written, is_cut=is_cut)
    known = form.model_fields
    named: dict[str, Any] = {}
    mended = 0
    adapted = form.adapted(given)
    for name, value in adapted.items():
        own = name if name in known else form.own_names.get(name, ALIASES.get(name, name))
        if own not in known:
            told = unknown_name(f"argument of {tool}", str(name), known)
            raise ToolRetryError(f"{told}; nothing was done; {_usage(tool, form)}")
        mended += own != name
        if value is not None or known[own].is_required():
            named.setdefault(own, value)
    try:
        value = form.model_validate(named)
    except ValidationError as error:
        raise ToolRetryError(f"{_problem(error)}; nothing was done; {_usage(tool, form)}") from None
    mended += any(name not in adapted for name in given)
    return ParsedArguments(value, mended + _changed(value, named))


def arguments_schema(form: type[Arguments]) -> dict[str, Any]:
    """Return the JSON schema that a model is shown: without what says nothing to it.

    What a form holds stands in its place: not every server that guides answers follows a `$ref`.
    """
    schema = form.model_json_schema()
    schema = _plain(_inlined(schema, schema.pop("$defs", {})))
    schema.pop("description", None)
    assert isinstance(schema, dict)  # noqa: S101 - a model's schema is an object
    return schema


def _inlined(schema: Any, parts: Mapping[str, Any]) -> Any:
    """Return a schema with each part where it is referred to."""
    if isinstance(schema, list):
        return [_inlined(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        part = parts[schema["$ref"].rpartition("/")[2]]
        schema = {**part, **schema}
        del schema["$ref"]
    return {name: _inlined(value, parts) for name, value in schema.items()}


def without_line_numbers(text: str) -> str:
    """Return text without the numbers of the lines that `read` showed, where all have theirs."""
    lines = text.split("\n")
    last = len(lines) - (lines[-1] == "" and len(lines) > 1)
    found = [_NUMBERED.fullmatch(line) for line in lines[:last]]
    numbers = [int(one[1]) for one in found if one is not None]
    follow = all(after == before + 1 for before, after in pairwise(numbers))
    if len(numbers) != len(found) or not follow:
        return text
    return "\n".join([*(one[2] for one in found if one is not None), *lines[last:]])


def _object_of(tool: str, form: type[Arguments], written: str, *, is_cut: bool) -> dict[str, Any]:
    try:
        value = read_json(_without_tail(written.strip()) or "{}")
        value = read_json(value) if isinstance(value, str) else value
    except ValueError as error:
        what = (
            "were cut off: the answer was at its limit of tokens; write less at once"
            if is_cut
            else f"are no JSON ({error})"
        )
        raise ToolRetryError(
            f"the arguments of {tool} {what}; nothing was done; {_usage(tool, form)}"
        ) from None
    if not isinstance(value, dict):
        raise ToolRetryError(
            f"the arguments of {tool} are no JSON object but {written[:MAX_SHOWN]!r}; nothing was "
            f"done; {_usage(tool, form)}"
        )
    return value


def _without_tail(text: str) -> str:
    """Cut off tags that another format of calls left behind a value."""
    found = _TAIL.search(text, max(0, len(text) - 120))
    return text[: found.start()] if found else text


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(map(str, first["loc"])) or "the arguments"
    if first["type"] == "missing":
        return f"the argument {name!r} is missing"
    return f"{name!r} is wrong: {first['msg']}, and not {str(first['input'])[:MAX_SHOWN]!r}"


def _usage(tool: str, form: type[Arguments]) -> str:
    """Return one line that shows how a tool is called."""
    parts = [
        name if field.is_required() else f"{name}={json.dumps(field.get_default())}"
        for name, field in form.model_fields.items()
    ]
    return f"write {tool}({', '.join(parts)})"


def _changed(value: Arguments, given: Mapping[str, Any]) -> int:
    """Count the values that are not of the type that was asked for, or were cleaned."""
    read = value.model_dump(mode="json")
    return sum(read[name] != one for name, one in given.items() if one is not None)


def _plain(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        key: _plain(one)
        for key, one in schema.items()
        if key != "title" or not isinstance(one, str)
    }
    if "default" in found and found["default"] in ("", [], False, 0):
        del found["default"]
    return found

"""Tool calls in the syntaxes of model families, which a server should have taken out of a text.

    <tool_call><function=read><parameter=path>a.py</parameter></function></tool_call>
    <minimax:tool_call><invoke name="read"><parameter name="path">a.py</parameter></invoke>
    <tool_call>read<arg_key>path</arg_key><arg_value>a.py</arg_value></tool_call>
    <|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>{"path": "a.py"}<|tool_call_end|>
    <|channel|>commentary to=functions.read <|constrain|>json<|message|>{"path": "a.py"}<|call|>
    <|tool_call>call:read{path:<|"|>a.py<|"|>}<tool_call|>
    <start_function_call>call:read{path:<escape>a.py<escape>}<end_function_call>

Every reader goes through a text once. Calls in JSON are read in `text_tool_calls`.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WrittenValue = tuple[tuple[int, int], Any]
"""Where a value stands in a text, and the value."""

PARAMETER_END = "</parameter>"


@dataclass(frozen=True, slots=True)
class TagSyntax:
    """How a family writes calls in tags: around a call, and around each parameter of one."""

    opening: re.Pattern[str]
    closing: re.Pattern[str]
    after: re.Pattern[str]
    """What may stand behind a call that is closed."""
    parameter: re.Pattern[str]
    value_end: str = PARAMETER_END


TAG_SYNTAXES = (
    TagSyntax(
        re.compile(r"(?:<tool_call>\s{0,8})?<function=(?P<name>[^<>\s]{1,100})>"),
        re.compile(r"</function>|</tool_call>"),
        re.compile(r"\s{0,8}</tool_call>"),
        re.compile(r"<parameter=(?P<name>[^<>\s]{1,100})>"),
    ),
    TagSyntax(
        re.compile(r'(?:<minimax:tool_call>\s{0,8})?<invoke name="(?P<name>[^"<>\s]{1,100})">'),
        re.compile(r"</invoke>"),
        re.compile(r"\s{0,8}</minimax:tool_call>"),
        re.compile(r'<parameter name="(?P<name>[^"<>\s]{1,100})">'),
    ),
    TagSyntax(
        re.compile(
            r"<tool_call>\s{0,8}+(?P<name>[\w.-]{1,100}+)\s{0,8}+(?=<arg_key>|</tool_call>)"
        ),
        re.compile(r"</tool_call>"),
        re.compile(r"\s{0,8}"),
        re.compile(r"<arg_key>(?P<name>[^<>\s]{1,100}+)</arg_key>\s{0,8}+<arg_value>"),
        "</arg_value>",
    ),
)
"""Qwen3-Coder, Nemotron and Granite; MiniMax; GLM."""
KIMI = re.compile(
    r"(?:<\|tool_calls_section_begin\|>)?<\|tool_call_begin\|>\s{0,4}(?:functions\.)?"
    r"(?P<name>[\w.-]{1,100}+)(?::\d{1,6})?\s{0,4}<\|tool_call_argument_begin\|>\s{0,4}(?=\{)"
)
KIMI_END = re.compile(r"\s{0,4}<\|tool_call_end\|>(?:\s{0,4}<\|tool_calls_section_end\|>)?")
HARMONY = re.compile(
    r"(?:<\|start\|>assistant)?(?:<\|channel\|>)?(?:commentary|analysis)?\s{0,4}"
    r"to=functions\.(?P<name>[\w.-]{1,100}+)[^{}<\n]{0,20}+"
    r"(?:<\|channel\|>[^{}<\n]{0,20}+)?(?:<\|constrain\|>[^{}<\n]{0,20}+)?"
    r"(?:<\|message\|>\s{0,4}+)?(?=\{)"
)
"""The marks are missing where a server leaves out special tokens."""
HARMONY_END = re.compile(r"\s{0,4}<\|(?:call|end|return)\|>")
GEMMA = re.compile(
    r"(?:<\|tool_call>|<start_function_call>)\s{0,4}call:(?P<name>[\w.-]{1,100})\s{0,4}(?=\{)"
)
GEMMA_END = re.compile(r"\s{0,4}(?:<tool_call\|>|<end_function_call>)")
GEMMA_QUOTES = ('<|"|>', "<escape>")
WORD = re.compile(r"[A-Za-z_][\w.-]{0,200}")
NUMBER = re.compile(r"-?\d[\d.eE+-]{0,40}")
CONSTANTS = frozenset({"true", "false", "null"})
PYTHON = re.compile(r"```tool_code[ \t]{0,8}\n(?P<code>[^`]{1,20000}+)```")
MAX_ARGUMENTS_LENGTH = 200_000


def tagged_calls(syntax: TagSyntax, text: str) -> Iterator[WrittenValue]:
    """Yield calls in tags; one that is not closed was cut off, and is none."""
    position = 0
    while match := syntax.opening.search(text, position):
        end = syntax.closing.search(text, match.end())
        if end is None:
            return
        position = _after(syntax.after, text, end.end())
        arguments = dict(_parameters(syntax, text[match.end() : end.start()]))
        yield (match.start(), position), {"name": match["name"], "arguments": arguments}


def kimi_calls(text: str) -> Iterator[WrittenValue]:
    """Yield calls as Kimi writes them."""
    return _json_calls(KIMI, KIMI_END, text)


def harmony_calls(text: str) -> Iterator[WrittenValue]:
    """Yield calls as gpt-oss writes them."""
    return _json_calls(HARMONY, HARMONY_END, text)


def _json_calls(
    opening: re.Pattern[str], ending: re.Pattern[str], text: str
) -> Iterator[WrittenValue]:
    """Yield calls whose arguments are JSON behind an opening that names the tool."""
    position = 0
    while match := opening.search(text, position):
        try:
            arguments, position = json.JSONDecoder().raw_decode(text, match.end())
        except (ValueError, RecursionError):
            return  # What is behind broken JSON would be looked at again for each opening.
        position = _after(ending, text, position)
        yield (match.start(), position), {"name": match["name"], "arguments": arguments}


def gemma_calls(text: str) -> Iterator[WrittenValue]:
    """Yield calls as Gemma 4 and FunctionGemma write them."""
    position = 0
    while match := GEMMA.search(text, position):
        found = _loose_json(text, match.end())
        if found is None:
            return
        written, position = found
        position = _after(GEMMA_END, text, position)
        try:
            arguments = json.loads(written)
        except (ValueError, RecursionError):
            continue
        yield (match.start(), position), {"name": match["name"], "arguments": arguments}


def python_calls(text: str) -> Iterator[WrittenValue]:
    """Yield calls in a fence of `tool_code`, as Gemma 3 writes them: `read(path="a.py")`."""
    for match in PYTHON.finditer(text):
        calls = _calls_of_code(match["code"])
        if calls:
            yield match.span(), calls


def _parameters(syntax: TagSyntax, inner: str) -> Iterator[tuple[str, Any]]:
    """Yield names and values; a value goes to its last closing tag before the next parameter."""
    openings = list(syntax.parameter.finditer(inner))
    ends = [match.start() for match in openings] + [len(inner)]
    for match, end in zip(openings, ends[1:], strict=True):
        parts = inner[match.end() : end].split(syntax.value_end)
        parts = parts[:-1] or parts
        while len(parts) > 1 and not parts[-1].strip():
            parts.pop()  # Some models close a parameter more than once.
        yield match["name"], _value_of(syntax.value_end.join(parts))


def _value_of(text: str) -> Any:
    """Return a parameter's value: numbers, lists and the like are written as JSON."""
    text = text.removeprefix("\n").removesuffix("\n")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text if isinstance(value, str) else value


def _loose_json(text: str, start: int) -> tuple[str, int] | None:
    """Return the JSON that an object with bare names and odd quotes means, and its end."""
    parts: list[str] = []
    depth, position = 0, start
    while position < min(len(text), start + MAX_ARGUMENTS_LENGTH):
        token = _token_at(text, position)
        if token is None:
            return None
        written, position = token
        parts.append(written)
        depth += (written in "{[") - (written in "}]")
        if depth == 0:
            return "".join(parts), position
    return None


def _token_at(text: str, position: int) -> tuple[str, int] | None:
    """Return the next token as JSON writes it, and where it ends."""
    for quote in GEMMA_QUOTES:
        if text.startswith(quote, position):
            begin = position + len(quote)
            end = text.find(quote, begin)
            return None if end < 0 else (json.dumps(text[begin:end]), end + len(quote))
    if text[position] == '"':
        try:
            value, end = json.JSONDecoder(strict=False).raw_decode(text, position)
        except ValueError:
            return None
        return json.dumps(value), end
    if word := WORD.match(text, position):
        written = word.group()
        return (written if written in CONSTANTS else json.dumps(written)), word.end()
    if number := NUMBER.match(text, position):
        return number.group(), number.end()
    return text[position], position + 1


def _calls_of_code(code: str) -> list[dict[str, Any]]:
    """Return the calls that are all there is in a piece of Python; it is read and never run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            body = ast.parse(code.strip()).body
        return [_call_of(node) for node in body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _call_of(node: ast.stmt) -> dict[str, Any]:
    """Return a call of a tool by names alone; ValueError for anything else."""
    call = node.value if isinstance(node, ast.Expr) else None
    if _name_of(call) == "print" and isinstance(call, ast.Call) and len(call.args) == 1:
        call = call.args[0]
    name = _name_of(call)
    if not isinstance(call, ast.Call) or call.args or not name:
        raise ValueError("not a call by names")
    given = {one.arg: ast.literal_eval(one.value) for one in call.keywords if one.arg}
    if len(given) != len(call.keywords):
        raise ValueError("arguments are unpacked")
    return {"name": name, "arguments": given}


def _name_of(call: ast.expr | None) -> str:
    function = call.func if isinstance(call, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _after(pattern: re.Pattern[str], text: str, position: int) -> int:
    """Return where a closing mark ends, or the position where there is none."""
    found = pattern.match(text, position)
    return found.end() if found else position

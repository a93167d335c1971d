"""What macros declare: functions whose head is a macro's call, variables, and loops.

`SYSCALL_DEFINE3(write, …) {` is the function `write`, `TEST_F(Suite, name) {` is `Suite.name`,
`TEST_CASE("title") {` is found by its title, and `static DEFINE_MUTEX(lock);` is `lock`.
"""

import re

from indexing.parsing.preprocessing.source_buffer import SourceBuffer

_HEAD = re.compile(
    rb"\n([ \t]*+)(?:(?:static|extern|inline)\s++){0,3}+([A-Z][A-Z0-9_]{2}\w*+)\s*+\("
)
_VARIABLE = re.compile(
    rb"\n(?:(?:static|extern)\s++){0,2}+((?:[A-Z0-9]++_){0,4}?DEFINE_\w++)\s*+\("
)
_LOOP = re.compile(rb"(?:for_?each|FOR_?EACH|while_each)\w{0,60}+\s*+\(")
_LOOP_NAME = re.compile(
    rb"(?<![ \t}])[ \t}]*+((?:\w{0,60}_)?(?:for_?each|FOR_?EACH|while_each)\w{0,60}+)\s*+\("
)
_NESTED = re.compile(rb"(?:^|_)(?:TEST|DEFINE|BENCHMARK)|TEST_CASE")
"""In the names of macros that declare though they do not stand at the start of a line."""
_ARGUMENT = re.compile(rb"(?<=[(,])\s*+(?:\"([^\"\\\n]{1,200}+)\"|([A-Za-z_]\w*+))\s*+(?=[,)])")
_TYPE = re.compile(
    rb"(?:[us]\d{1,3}+|\w*_t|bool|char|short|int|long|float|double|unsigned|signed|void)"
)
_FUNCTION, _CONSTANT = b"int f()", b"int f=0"
_NAME_AT = 4
_MAX_ARGUMENTS = 20
_MAX_ROW_LENGTH = 300
_NO_BODY = (b"", b";", b",", b".", b")", b"-")
"""What follows a call that is no head of a loop."""


def expand_declarations(draft: SourceBuffer) -> None:
    """Write plain heads where macros stand, and note what they declare."""
    _loops(draft)
    for match in _HEAD.finditer(bytes(draft.code)):
        close = draft.closing.get(match.end() - 1)
        if close is None:
            continue
        end = draft.after(close + 1)
        if draft.byte(end) == b"(":  # BENCHMARK_F(Suite, name)(State& state) {
            close = draft.closing.get(end, close)
            end = draft.after(close + 1)
        if draft.byte(end) == b"{" and (not match[1] or _NESTED.search(match[2])):
            names = _of_function(draft, match[2], match.end())
            _put(draft, (match.start(2), close + 1, match.end(2)), names, _FUNCTION)
    for match in _VARIABLE.finditer(bytes(draft.code)):
        close = draft.closing.get(match.end() - 1)
        following = b"" if close is None else draft.byte(draft.after(close + 1))
        if close is not None and following in (b";", b"="):
            names = _of_variable(draft, match.end())
            text = _CONSTANT if following == b";" else _CONSTANT[: _NAME_AT + 1]
            _put(draft, (match.start(1), close + 1, match.end(1)), names, text)


def _put(
    draft: SourceBuffer, place: tuple[int, int, int], names: tuple[str, ...], text: bytes
) -> None:
    start, end, name_end = place
    if names and end - start >= len(text):
        draft.uses.append((start, name_end))
        draft.write(start, end, text)
        draft.declared[start + _NAME_AT] = names


def _arguments(draft: SourceBuffer, place: int) -> list[tuple[str, bool]]:
    """Return the first arguments that are a name or a text, with whether each is a name."""
    found: list[tuple[str, bool]] = []
    while len(found) < _MAX_ARGUMENTS:
        match = _ARGUMENT.match(draft.original, place)
        if match is None:
            return found
        text = (match[1] or match[2]).decode("utf-8", "replace")
        found.append((text, match[1] is None))
        place = match.end() + 1
        if draft.original[match.end()] == 41:  # a parenthesis closes
            return found
    return found


def _of_function(draft: SourceBuffer, macro: bytes, place: int) -> tuple[str, ...]:
    arguments = _arguments(draft, place)
    if not arguments:
        return ()
    suite = (b"TEST" in macro and not macro.endswith(b"_CASE")) or b"BENCHMARK" in macro
    if suite and len(arguments) == 2 and all(named for _, named in arguments):
        return arguments[0][0], arguments[1][0]
    return (arguments[0][0],)


def _of_variable(draft: SourceBuffer, place: int) -> tuple[str, ...]:
    """Return the name in `(name, …)` or `(type, name, …)`, where a type may be several words."""
    close = draft.closing[place - 1]
    parts = bytes(draft.code[place:close]).split(b",", 3)[:3]
    for part in parts:
        word = part.strip()
        if re.fullmatch(rb"[A-Za-z_]\w*", word) and not _TYPE.fullmatch(word):
            return (word.decode("ascii"),)
    return ()


def _loops(draft: SourceBuffer) -> None:
    """Let `for_each_thing(a, b) {` be a loop to the parser."""
    for found in _LOOP.finditer(bytes(draft.code)):
        row = draft.code.rfind(b"\n", 0, found.start()) + 1
        match = _LOOP_NAME.match(draft.code, row) if found.start() - row < _MAX_ROW_LENGTH else None
        close = draft.closing.get(found.end() - 1)
        if match is None or match.end() != found.end() or close is None:
            continue
        ends_a_loop = b"}" in draft.code[row : match.start(1)]
        if ends_a_loop or draft.byte(draft.after(close + 1)) not in _NO_BODY:
            draft.uses.append(match.span(1))
            draft.write(*match.span(1), b"while")

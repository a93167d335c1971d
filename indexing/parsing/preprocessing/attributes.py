"""Macros that stand where only an attribute can, or a whole statement: they are blanked.

Each function here looks at one such place; words in a row are looked at by `runs`.
"""

import re

from indexing.parsing.preprocessing.macro_runs import (
    IS_MACRO,
    MACRO,
    OF_THEIR_OWN,
    RUN,
    STOPS,
    blank_macros_in_runs,
)
from indexing.parsing.preprocessing.source_buffer import SourceBuffer

_CLASS_CALL = re.compile(rb"(?:class|struct|enum|union)\s++(" + MACRO + rb")\s*+\(")
_CONDITION = re.compile(rb"if\s++(" + MACRO + rb")\s*+\(")
_ROW_OF_CALLS = re.compile(
    rb"\n[ \t]*+(?:[A-Z][A-Z0-9_]*+\([^()\n]{0,200}+\)[ \t]*+){2,}+(?=\n|\Z)"
)
_BARE_TYPE = re.compile(rb",\s*+(struct|union|enum)\s++\w++\s*+(?=[,)])")
_OPERATOR = re.compile(rb"\boperator\s*+[^\w\s(]{1,3}+\Z")
_INSTANTIATED = re.compile(rb"extern\s++template\b[^;{}]{0,500}+;")
_PRIMITIVE = re.compile(
    rb"[,(]\s*+((?:u?int\d\d?_t|size_t|bool|char|short|int|long|float|double|unsigned)\b)\s*+(?=[,)])"
)
_POINTER = re.compile(rb"[*&]\s*+([A-Za-z_]\w*+)\s++(?=[A-Za-z_])")
_POINTER_ALONE = re.compile(rb"[*&]\s*+([A-Za-z_]\w*+)\s*+(?=[*&,()>])")
_ARGUED = re.compile(rb">\s*+(" + MACRO + rb")\s++(?=[A-Za-z_*&])")
_DESTROYS = re.compile(rb"~")
_LAST_WORD = re.compile(rb"(?<!\w)" + MACRO + rb"\Z")
_PREFIX = re.compile(rb"\b(" + MACRO + rb")\s*+\(")
_SUFFIX = re.compile(
    rb"\)\s*+((?:const|noexcept|override|final|volatile)\s++|&{1,2}+\s*+)*+(" + MACRO + rb")"
)
_ALONE = re.compile(
    rb"^[ \t]*+(?:(" + MACRO + rb")[ \t]*+$|([A-Z][A-Z0-9_]*+|" + MACRO + rb")\()", re.MULTILINE
)
_TEMPLATE = re.compile(rb"template\s*+<")
_BRACKET = re.compile(rb"[<>(){};]|\b" + MACRO + rb"\s*+\(")

_AFTER_POINTER = STOPS | frozenset(
    b"const volatile restrict operator typename struct class union enum override final noexcept"
    b" this template alignas decltype requires mutable try static_cast const_cast".split()
)
_MAX_CALL_LENGTH = 200
_CONTROL = frozenset(b"if for while switch catch return sizeof".split())


def blank_attributes(draft: SourceBuffer) -> None:
    """Take all of them away, the ones with arguments first."""
    heads = _template_parameters(draft)
    _calls_before_declarations(draft)
    for match in _INSTANTIATED.finditer(bytes(draft.code)):
        draft.blank(*match.span())
    # `EXPECT(bool, x);`, `container_of(work, struct task, member)`: types become names.
    for match in _BARE_TYPE.finditer(bytes(draft.code)):
        draft.blank(*match.span(1))
    _rows_of_calls(draft)
    _alone(draft)
    _in_heads(draft)
    blank_macros_in_runs(draft)
    _after_pointers(draft)
    _after_types(draft, heads)


def _template_parameters(draft: SourceBuffer) -> set[int]:
    """Put a plain parameter where a macro makes one: `template <typename T, ENABLE_IF(x)>`.

    Returns where such heads end.
    """
    ends: set[int] = set()
    reached = 0
    for match in _TEMPLATE.finditer(bytes(draft.code)):
        if match.start() >= reached:
            reached = _end_of_parameters(draft, match.end())
            ends.add(reached - 1)
    return ends


def _end_of_parameters(draft: SourceBuffer, place: int) -> int:
    depth = 1
    while depth and (token := _BRACKET.search(draft.code, place)) is not None:
        place = token.end()
        mark = token[0][-1:]
        if mark in b"<>":
            depth += 1 if mark == b"<" else -1
        elif mark == b"(":
            close = draft.closing.get(place - 1, place)
            if len(token[0]) > 1 and draft.byte(draft.before(token.start())) in (b",", b"<"):
                draft.uses.append((token.start(), place - 1))
                draft.write(token.start(), close + 1, b"int")
            place = close + 1
        elif mark in b"{};":
            break
    return place


def _calls_before_declarations(draft: SourceBuffer) -> None:
    """`DEPRECATED("so") static void f();`"""
    for match in _PREFIX.finditer(bytes(draft.code)):
        close = draft.closing.get(match.end() - 1)
        if close is None or match[1] in OF_THEIR_OWN:
            continue
        if close - match.end() < _MAX_CALL_LENGTH:
            for found in _PRIMITIVE.finditer(draft.code, match.end() - 1, close + 1):
                start, end = found.span(1)
                draft.out[start:end] = b"_" * (end - start)
        run = RUN.match(draft.code, draft.after(close + 1))
        declares = run is not None and not STOPS & set(run[0].split())
        if declares and draft.code[draft.before(match.start())] not in b"=(,+-|?<!":
            draft.blank_macro(match.start(), close + 1, match.end(1))


def after_parameters(draft: SourceBuffer) -> None:
    """`void f() EXCLUDES(lock) {`, `int f() REQUIRES(a) REQUIRES(b);`"""
    for match in _SUFFIX.finditer(bytes(draft.code)):
        starts_a_row = draft.code[match.start(2) - 1] == 10
        if starts_a_row or match[2] in OF_THEIR_OWN or not _closes_parameters(draft, match.start()):
            continue
        start, end = match.span(2)
        while True:
            opened = draft.after(end)
            close = draft.closing.get(opened)
            draft_end = end if close is None else close + 1
            more = IS_MACRO.match(draft.code, draft.after(draft_end))
            following = draft.byte(draft.after(draft_end))
            if following not in (b"{", b";", b":", b"=", b"-", b"o", b"f", b"n") and more is None:
                break
            draft.blank_macro(start, draft_end, end)
            if more is None:
                break
            start, end = more.span()


def _closes_parameters(draft: SourceBuffer, close: int) -> bool:
    """Tell whether a parenthesis closes what a function takes, and no condition or macro's call."""
    opened = draft.opening.get(close)
    if opened is None:
        return False
    end = draft.before(opened) + 1
    start = end
    while start > max(0, end - 200) and (
        draft.code[start - 1 : start].isalnum() or draft.code[start - 1] == 95
    ):
        start -= 1
    word = bytes(draft.code[start:end])
    if not word:
        return _OPERATOR.search(draft.code, max(0, end - 20), end) is not None
    return word not in _CONTROL and IS_MACRO.fullmatch(word) is None


def _rows_of_calls(draft: SourceBuffer) -> None:
    """`N(UP) N(DOWN)`: nothing else on the line."""
    for match in _ROW_OF_CALLS.finditer(bytes(draft.code)):
        if draft.byte(draft.before(match.start())) in (b";", b"{", b"}", b":"):
            draft.blank(*match.span())


def _alone(draft: SourceBuffer) -> None:
    """`Q_OBJECT`, `NAMESPACE_BEGIN(x)` on a line without a semicolon."""
    for match in _ALONE.finditer(bytes(draft.code)):
        call = match[1] is None
        start, name_end = match.span(2 if call else 1)
        end = draft.closing.get(name_end, -2) + 1 if call else name_end
        if end <= start or (call and not _ends_its_row(draft, end)):
            continue
        if draft.byte(draft.before(start)) not in (b"", b";", b"{", b"}", b":"):
            continue
        after = draft.after(end)
        following = draft.byte(after)
        named = call or RUN.match(draft.code, after) is not None
        if following in (b"", b"}", b"~") or (following.isalpha() and named):
            draft.blank_macro(start, end, name_end)


def _ends_its_row(draft: SourceBuffer, end: int) -> bool:
    row_end = draft.code.find(b"\n", end)
    return not draft.code[end : row_end if row_end >= 0 else len(draft.code)].strip()


def _in_heads(draft: SourceBuffer) -> None:
    """`class EXPORT("so") Name {`, `if CONSTEXPR (x)`."""
    for pattern in (_CLASS_CALL, _CONDITION):
        for match in pattern.finditer(bytes(draft.code)):
            close = draft.closing.get(match.end() - 1, -1) if pattern is _CLASS_CALL else 0
            if close >= 0:
                draft.blank_macro(match.start(1), max(close + 1, match.end(1)), match.end(1))


def _after_pointers(draft: SourceBuffer) -> None:
    """`char * NONNULL name`: between a star and a name stand only qualifiers."""
    seen: set[bytes] = set()
    for match in _POINTER.finditer(bytes(draft.code)):
        if match[1] not in _AFTER_POINTER:
            draft.blank_macro(match.start(1), match.end(1), match.end(1))
            seen.add(match[1])
    for match in _POINTER_ALONE.finditer(bytes(draft.code)) if seen else ():
        if match[1] in seen:
            draft.blank_macro(match.start(1), match.end(1), match.end(1))


def _after_types(draft: SourceBuffer, heads: set[int]) -> None:
    """`List<T> NONNULL name`, `CONSTEXPR ~Queue()`."""
    for match in _ARGUED.finditer(bytes(draft.code)):
        if match.start() not in heads:
            draft.blank_macro(match.start(1), match.end(1), match.end(1))
    for match in _DESTROYS.finditer(bytes(draft.code)):
        end = draft.before(match.start()) + 1
        word = _LAST_WORD.search(draft.code, max(0, end - 80), end)
        if word is not None:
            draft.blank_macro(word.start(), end, end)

"""Cython reduced to Python: definitions stay, C types are blanked.

Each line that is no Python is written anew in its own place, so rows and names stay where they are:
`cdef int f(int a) nogil:` becomes `def      f(     )      :`. What is not understood is left to the
parser, which goes on behind it.
"""

import re
from collections.abc import Mapping

from indexing.parsing.preprocessing.source_buffer import pairs

ENDINGS = frozenset({"pyx", "pxd", "pxi"})

_LINE = re.compile(
    rb"^([ \t]*+)(cdef|cpdef|ctypedef|cimport|from|def|include|DEF|IF|ELIF|ELSE)\b", re.MULTILINE
)
_BLOCK = re.compile(
    rb"(?:cdef|ctypedef)\s++(?:public\s++)?(?:extern\s++from|struct|union|enum|packed)\b|cdef\s*+:"
)
_NAMED_BLOCK = re.compile(rb"(?:packed\s++)?(struct|union|enum)\s++(?:class\s++)?([A-Za-z_]\w*+)")
_CLASS = re.compile(rb"(?:cdef|cpdef)\s++(?:public\s++|api\s++)*+(class\s++)")
_FUNCTION = re.compile(
    rb"(?:c?p?def)\b(?:[^()=:\[\]\n]|\[[^\]\n]{0,100}\]){0,300}?(?<![\w.])([A-Za-z_]\w*+)\s*+(?:\[[^\]\n]{0,100}\]\s*+)?\("
)
_ASSIGNED = re.compile(rb"cdef\s[^()=\n]{1,200}?([A-Za-z_]\w*+)\s*+=(?!=)")
_CAST = re.compile(rb"(?<=[=(,\s])<[ \w.*]{1,60}\??>(?=\s*+[\w(&*])")
_ADDRESS = re.compile(rb"(?<=[=(,])\s*+&(?=\w)")
_SPACES = bytes(byte if byte == 10 else 32 for byte in range(256))

ClosingBrackets = Mapping[int, int]
"""Where parentheses close, by where they open."""


def as_python(data: bytes) -> bytes:
    """Return a text of the same length and rows that a Python grammar can read."""
    out = bytearray(_ADDRESS.sub(_blanked, _CAST.sub(_blanked, data)))
    closing = pairs(data)
    reached = 0
    for match in _LINE.finditer(data):
        start = match.start(2)
        if start >= reached:
            reached = _rewrite(data, out, start, len(match[1]), closing)
    return bytes(out)


def _blanked(match: re.Match[bytes]) -> bytes:
    return match[0].translate(_SPACES)


def _rewrite(data: bytes, out: bytearray, start: int, indent: int, closing: ClosingBrackets) -> int:
    """Write one statement anew and return where the next may begin."""
    end = _row_end(data, start)
    word = data[start : start + 8].split(None, 1)[0].rstrip(b":")
    if word in (b"IF", b"ELIF", b"ELSE"):
        out[start : start + len(word)] = word.lower()
    elif word in (b"cimport", b"from"):
        at = data.find(b"cimport", start, end)
        out[at : at + 7] = b"import " if at >= 0 else out[at : at + 7]
    elif _BLOCK.match(data, start) is not None:
        return _block(data, out, start, indent)
    elif word in (b"include", b"DEF", b"ctypedef"):
        _put(out, start, end, b"pass" if end - start >= 4 else b"")
    elif (function := _FUNCTION.match(data, start, end)) is not None:
        return _function(data, out, start, function, closing)
    else:
        _declaration(data, out, start, end)
    return end


def _declaration(data: bytes, out: bytearray, start: int, end: int) -> None:
    """`cdef class A:`, `cdef int a = f()`, `cdef int b`."""
    head = _CLASS.match(data, start)
    assigned = _ASSIGNED.match(data, start, end)
    if head is not None:
        _blank(out, start, head.end(1))
        out[start : start + 5] = b"class"
    elif assigned is not None and assigned.start(1) - start >= 5:
        _blank(out, start, assigned.start(1))
        out[start : start + 5] = b"if 1:"
    elif data[start : start + 3] != b"def":
        _put(out, start, end, b"pass")


def _function(
    data: bytes, out: bytearray, start: int, head: re.Match[bytes], closing: ClosingBrackets
) -> int:
    close = closing.get(head.end() - 1, head.end() - 1)
    end = _row_end(data, close)
    colon = data.find(b":", close, end)
    _blank(out, start, head.start(1))
    out[start : start + 3] = b"def"
    _blank(out, head.end(1), colon if colon >= 0 else end)
    out[head.end(1) : head.end(1) + 2] = b"()"
    if colon < 0:  # only declared
        _put(out, start, end, b"pass")
    return end


def _block(data: bytes, out: bytearray, start: int, indent: int) -> int:
    """Leave a block of C declarations out; one that has a name is a class."""
    end = _row_end(data, start)
    reached = end + 1
    while reached < len(data):
        row_end = _row_end(data, reached)
        row = data[reached:row_end]
        if row.strip() and len(row) - len(row.lstrip()) <= indent:
            break
        reached = row_end + 1
    _blank(out, start, min(reached, len(data)))
    named = _NAMED_BLOCK.search(data, start, end)
    if named is not None and end - named.end(2) >= 1 and named.start(2) - start >= 6:
        out[start : start + 5] = b"class"
        out[named.start(2) : named.end(2)] = named[2]
        out[named.end(2) : named.end(2) + 1] = b":"
        _body(out, end, min(reached, len(data)), indent)
    else:
        out[start : start + 4] = b"pass"
    return min(reached, len(data))


def _body(out: bytearray, end: int, reached: int, indent: int) -> None:
    """Put a statement into what was a block's body."""
    place = end + 1 + indent + 1
    row_end = out.find(b"\n", end + 1, reached)
    if place < (row_end if row_end >= 0 else reached):
        out[place : place + 1] = b"0"


def _put(out: bytearray, start: int, end: int, text: bytes) -> None:
    _blank(out, start, end)
    out[start : start + len(text)] = text


def _blank(out: bytearray, start: int, end: int) -> None:
    out[start:end] = out[start:end].translate(_SPACES)


def _row_end(data: bytes, place: int) -> int:
    end = data.find(b"\n", place)
    return end if end >= 0 else len(data)

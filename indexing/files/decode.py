"""Bytes of a file as text, with the line numbers of the file.

Only `\\n` ends a line anywhere in rooftree: a caller must never use `str.splitlines`, which also
breaks at form feeds and Unicode separators.
"""

import codecs
import re
from dataclasses import dataclass

SAMPLE = 8192
CP1252 = re.compile(rb"[\x80-\x9f]")
CONTROLS = bytes(sorted({*range(32), 127} - set(b"\t\n\v\f\r\b\x1b")))


@dataclass(frozen=True, slots=True)
class DecodedText:
    """A file's text; `note` is empty for UTF-8, else `utf-8 bom`, `utf-16`, or a byte encoding."""

    text: str
    note: str


def decode(data: bytes) -> DecodedText | None:
    """Return the text of a file, or None for a binary one."""
    if data.startswith(codecs.BOM_UTF8):
        data, note = data[len(codecs.BOM_UTF8) :], "utf-8 bom"
    else:
        note = ""
        encoding = _utf_16(data)
        if encoding:
            return _decode_utf_16(data, encoding)
    if _is_binary(data[:SAMPLE]):
        return None
    try:
        return DecodedText(data.decode("utf-8"), note)
    except UnicodeDecodeError:
        return _decode_bytes(data)


def _decode_bytes(data: bytes) -> DecodedText:
    """Latin-1 has nothing but control characters where cp1252 has quotes, dashes and the euro."""
    if CP1252.search(data):
        try:
            return DecodedText(data.decode("cp1252"), "cp1252")
        except UnicodeDecodeError:
            pass  # one of the five bytes that mean nothing there
    return DecodedText(data.decode("latin-1"), "latin-1")


def _decode_utf_16(data: bytes, encoding: str) -> DecodedText | None:
    """Bytes that only began like UTF-16 text soon hold an unpaired surrogate."""
    try:
        return DecodedText(data.decode(encoding), "utf-16")
    except UnicodeDecodeError:
        return None


def _utf_16(data: bytes) -> str:
    """Return the codec of UTF-16 text, told by its mark or by every second byte being NUL."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:SAMPLE]
    half = len(sample) // 2
    if half < 4 or len(data) % 2:
        return ""
    even, odd = sample[0::2], sample[1::2]
    for codec, high, low in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if high.count(0) >= 0.7 * half and not low.count(0) and not _is_binary(low):
            return codec
    return ""


def _is_binary(sample: bytes) -> bool:
    controls = len(sample) - len(sample.translate(None, CONTROLS))
    return b"\0" in sample or controls > 0.05 * len(sample)


def sendable(text: str) -> str:
    """Return text whose bytes of another encoding, kept as surrogates, can be sent."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")

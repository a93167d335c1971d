"""The words of a name, as a reader takes them: `getURLsFor` is get, urls, for.

Case and digits tell most of it. What they cannot tell stands in two tables: acronyms that names
are made of (`acronyms.txt`), and words whose case changes inside (`one_words.txt`). It does not
know of texts, stems and keys.
"""

import re
from collections.abc import Iterator

from indexing.words.word_lists import acronyms, one_words

UPPER = "A-ZÀ-ÖØ-ÞΑ-ΩЀ-Я"
LOWER = "a-zß-öø-ÿα-ωа-џ"
_ONE_WORD = sorted(one_words(), key=len, reverse=True)  # a word before its own beginning
_NUMBERED = frozenset(["BASE", "LATIN", "BLAKE", "PYTHON", "WINDOWS", "CP", "UCS", "IPV", "HTTP"])
"""What a number belongs to beside acronyms: `latin_1` and `latin1` are one word."""
_PARTS = re.compile(
    rf"(?P<one>(?:{'|'.join(_ONE_WORD)})s?)(?![{LOWER}])(?P<one_number>[0-9]*)"
    rf"|(?P<before>[{UPPER}]{{2,64}}?)(?=IPv[0-9]|OAuth|iOS)"
    rf"|(?P<capitals>[{UPPER}]{{2,64}})(?P<small>[{LOWER}]*)(?P<number>[0-9]*)"
    rf"|(?P<word>[{UPPER}]?[{LOWER}]+|[{UPPER}]|[^\W\d_{UPPER}{LOWER}]+)"
    rf"(?P<tailed>[0-9]+(?:[{LOWER}](?![{LOWER}])|[{UPPER}](?=[{UPPER}][{LOWER}]|$)))?(?P<digits>[0-9]*)"
    r"|(?P<bare>\d+)"
)
_HASH = re.compile(r"(?=[a-f]*[0-9]+[a-f]+[0-9])[0-9a-f]{6,}")
_MIN_TAIL_LENGTH = 3
"""`URLencode` is url, encode, but `DBus` is no db."""


def takes_number(letters: str) -> bool:
    """Say whether a number that follows belongs to these letters: UTF 8 is utf8, count 1 is not."""
    return letters.upper() in acronyms() or letters.upper() in _NUMBERED


def parts(name: str) -> Iterator[str]:
    """Yield the words of a name in lower case; of single letters and digits there are none."""
    segments = [segment for segment in name.split("_") if segment]
    for number, segment in enumerate(segments):
        if _HASH.fullmatch(segment):
            yield segment
            continue
        for word in _words(segment):
            if len(word) > 1:
                yield word.lower()
        after = segments[number + 1] if number + 1 < len(segments) else ""
        if after.isdecimal() and takes_number(segment):
            yield f"{segment}{after}".lower()


def _words(segment: str) -> Iterator[str]:
    for match in _PARTS.finditer(segment):
        if match["one"]:
            yield from _numbered(match["one"], match["one_number"])
        elif match["capitals"]:
            more = match.end() < len(segment)
            yield from _acronym(match["capitals"], match["small"], match["number"], more=more)
        elif match["word"]:
            yield from _numbered(match["word"], match["digits"], match["tailed"] or "")
        else:
            yield match.group()


def _numbered(word: str, digits: str, tailed: str = "") -> Iterator[str]:
    """Yield a word with the number behind it, and without: utf8 and utf; of ipv4 also ip."""
    if tailed:
        yield word + tailed
    if digits:
        yield word + tailed + digits
    versioned = (digits or tailed) and word[-1] == "v" and word[:-1].upper() in acronyms()
    yield word[:-1] if versioned else word


def _acronym(capitals: str, small: str, digits: str, *, more: bool) -> Iterator[str]:
    """Yield what capitals and the small letters after them are: an acronym and a word, mostly."""
    known = acronyms()
    rest = capitals[:-1]
    plural = small == "s" and not _is_or_as(capitals, more=more)
    if plural or (small == "es" and capitals in known):
        *before, last = _run(capitals)
        yield from before
        yield from _numbered(last + small, digits)
    elif not small or (small == "v" and digits):
        found = list(_run(capitals))
        yield from found
        if digits:
            yield f"{found[-1]}{small}{digits}"
    elif capitals in known and rest not in known and len(small) >= _MIN_TAIL_LENGTH:
        yield capitals
        yield from _numbered(small, digits)
    else:
        yield from _run(rest)
        yield from _numbered(capitals[-1] + small, digits)


def _is_or_as(capitals: str, *, more: bool) -> bool:
    """Tell `URLIsValid` and `IDAsText` from `APIs` and `URIs`."""
    if capitals[-1] not in "AI":
        return False
    return capitals[:-1] in acronyms() or (more and capitals not in acronyms())


def _run(capitals: str) -> Iterator[str]:
    """Yield an acronym, or the two that it is made of: JSONRPC is json and rpc."""
    known = acronyms()
    ends = range(2, len(capitals) - 1) if capitals not in known else ()
    for end in ends:
        if capitals[:end] in known and capitals[end:] in known:
            yield from (capitals[:end], capitals[end:])
            return
    yield capitals

"""The words of a file's units, stemmed, counted and packed: what the lexical tier is made of.

Every identifier is kept whole and split (`name_parts`), so `get_user`, `getUser` and "get user"
find each other, and `utf8`, `UTF-8` and `utf_8` do. A word is known by a 32-bit key, the CRC of its
stem: a key needs no vocabulary that all files share, so a file is packed alone, in the process that
cuts it. Two words of one repository share a key about once in 20,000 words. It knows nothing of
ranking; `view` reads the packs, `bm25` scores them.
"""

import re
import sys
import threading
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from struct import Struct
from typing import Any

from indexing.parsing.syntax.types import Unit
from indexing.words.name_parts import parts, takes_number
from indexing.words.word_lists import acronyms

_WORD = re.compile(r"[^\W\d]\w*(?:[-/][0-9]{1,4}(?!\w))?|\d+", re.UNICODE)
_NUMBERED = re.compile(r"(\w+)[-/]([0-9]+)")
MAX_WORD_LENGTH = 64
HEADER = Struct("<4sIIII")
"""Magic, CRC-32 of the rest, and the numbers of units, postings and words of the path."""
MAGIC = b"rtw1"
MAX_COUNT = 255
"""A word that a unit holds more often than this counts as this often."""


def words(text: str) -> Iterator[str]:
    """Yield every word of `text` in lower case, and the parts of those that are compound."""
    for _, found in written(text):
        yield from found


def written(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every word as it is written, with its forms."""
    for match in _WORD.finditer(text):
        yield match.group(), forms(match.group())


def forms(word: str) -> tuple[str, ...]:
    """Return a word in lower case, and its parts where it is compound."""
    numbered = _NUMBERED.fullmatch(word)
    if numbered is not None:
        return _with_number(numbered[1], numbered[2])
    word = word[:MAX_WORD_LENGTH]
    lowered = word.lower()
    if word.isalpha() and (lowered == word or word.istitle()):
        return (lowered,)
    return (lowered, *(part for part in parts(word) if part != lowered))


def _with_number(word: str, number: str) -> tuple[str, ...]:
    """Return the forms of `UTF-8` or `HTTP/2`, one word, or of `count-1`, two."""
    joined = (len(word) > 1 and word.isupper() and word.isalpha()) or takes_number(word)
    return (*forms(word), *((f"{word.lower()}{number}",) if joined else ()), number)


_local = threading.local()


def _stemmer() -> Any:
    """Return this thread's stemmer: one must not be shared."""
    if not hasattr(_local, "stemmer"):
        import Stemmer  # type: ignore[import-not-found] # compiled, without stubs

        # Its own cache is slower than ours.
        _local.stemmer = Stemmer.Stemmer("porter", 0)
    return _local.stemmer


@lru_cache(maxsize=1 << 17)
def key(word: str) -> int:
    """Return the 32-bit key of a lower-case word: that of all words with the same stem."""
    if not word.isascii():
        plain = unicodedata.normalize("NFKD", word)
        word = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # `dns` is not the plural of `dn`, nor `ios` of `io`.
    stem = word if word[-1:] == "s" and word.upper() in acronyms() else _stemmer().stemWord(word)
    return zlib.crc32(stem.encode("utf-8", "replace"))


@lru_cache(maxsize=1 << 17)
def _keys(word: str) -> tuple[int, ...]:
    return tuple(key(form) for form in forms(word))


def counted(text: str) -> Counter[int]:
    """Return how often each word of `text` occurs, by key."""
    found: Counter[int] = Counter()
    for word, times in Counter(_WORD.findall(text)).items():
        for word_key in _keys(word):
            found[word_key] = found.get(word_key, 0) + times
    return found


def pack(path: str, units: Iterable[Unit]) -> bytes:
    """Pack the words of one file.

    After the header come, little-endian: the length in words and the number of postings of each
    unit (u32 each), the keys of the path's words (u32), and for each posting its key (u32), how
    often the unit's text holds it and how often its name does (u8 each).
    """
    lengths, sizes, keys = array("I"), array("I"), array("I")
    bodies, names = bytearray(), bytearray()
    for unit in units:
        body = counted(unit.text)
        name = counted(unit.symbol or unit.enclosing)
        found = sorted(body.keys() | name.keys())
        lengths.append(sum(body.values()))
        sizes.append(len(found))
        keys.extend(found)
        bodies += _column(body, found)
        names += _column(name, found)
    of_path = array("I", sorted(counted(path)))
    for numbers in (lengths, sizes, of_path, keys):
        if sys.byteorder == "big":
            numbers.byteswap()
    rest = b"".join(
        (lengths.tobytes(), sizes.tobytes(), of_path.tobytes(), keys.tobytes(), bodies, names)
    )
    header = HEADER.pack(MAGIC, zlib.crc32(rest), len(lengths), len(keys), len(of_path))
    return header + rest


def _column(times: Mapping[int, int], found: Sequence[int]) -> bytes:
    """Return how often each word of `found` occurs, one byte each."""
    column = [*map(times.get, found, repeat(0))]
    if column and max(column) > MAX_COUNT:
        column = [min(number, MAX_COUNT) for number in column]
    return bytes(column)

"""The words of a file's units, stemmed, counted and packed: what the lexical tier is made of.

Every identifier is kept whole and split, so `get_user`, `getUser` and "get user" find each other. A
word is known by a 32-bit key, the CRC of its stem: a key needs no vocabulary that all files share,
so a file is packed alone, in the process that cuts it. Two words of one repository share a key
about once in 20,000 words. It knows nothing of ranking; `view` reads the packs, `bm25` scores them.
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

from indexing.extraction import Unit

_WORD = re.compile(r"[^\W\d]\w*|\d+", re.UNICODE)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\da-zA-Z_]+", re.UNICODE)
LONGEST_WORD = 64
HEADER = Struct("<4sIIII")
"""Magic, CRC-32 of the rest, and the numbers of units, postings and words of the path."""
MAGIC = b"rtw1"
MOST = 255
"""A word that a unit holds more often than this counts as this often."""


def words(text: str) -> Iterator[str]:
    """Yield every word of `text` in lower case, and the parts of those that are compound."""
    for match in _WORD.finditer(text):
        yield from forms(match.group())


def forms(word: str) -> tuple[str, ...]:
    """Return a word in lower case, and its parts where it is compound."""
    word = word[:LONGEST_WORD]
    lowered = word.lower()
    if "_" not in word and (lowered == word or word.istitle()):
        return (lowered,)
    parts = (part.lower() for part in _PARTS.findall(word) if len(part) > 1)
    return (lowered, *(part for part in parts if part != lowered))


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
    stem = _stemmer().stemWord(word)
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
    if column and max(column) > MOST:
        column = [min(number, MOST) for number in column]
    return bytes(column)

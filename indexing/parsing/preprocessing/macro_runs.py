"""Several words in a row, of which some must be macros.

A macro is told by its name in capitals, or by `__` before it, and by its place: two names in a row
are a type and what it declares, so of three that are not words of the language one is a macro.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexing.parsing.preprocessing.source_buffer import SourceBuffer

MACRO = rb"(?:[A-Z][A-Z0-9_]{2,}+|__[a-z]\w*+)(?![\w:])"
IS_MACRO = re.compile(MACRO)
RUN = re.compile(rb"\b[A-Za-z_]\w*+(?:\s++[A-Za-z_]\w*+)++")
_WORD = re.compile(rb"\w+")
_CLASS = re.compile(rb"(?:class|struct)\s++(\w++)\s*+[:{<;]")
_HAS_MACRO = re.compile(rb"\b" + MACRO)

_QUALIFIERS = frozenset(
    b"static inline extern const constexpr consteval constinit volatile virtual explicit friend"
    b" typedef typename register mutable thread_local template public private protected".split()
)
_HEADS = frozenset(b"class struct union enum namespace".split())
_PRIMITIVES = frozenset(b"bool char short int long float double void auto signed unsigned".split())
STOPS = frozenset(
    b"return case goto else new delete throw sizeof using import do if while for switch co_await"
    b" co_return co_yield and or not define in".split()
)
OF_THEIR_OWN = frozenset(
    b"__attribute__ __attribute __declspec __typeof__ __typeof __asm__ __asm __extension__"
    b" __auto_type __has_attribute __has_include __builtin_offsetof".split()
)

_MAX_WORDS = 30
"""Before a name; more in a row are no declaration."""


def blank_macros_in_runs(draft: SourceBuffer) -> None:
    """`EXPORT void f()`, `class EXPORT Name {`, `static int __init f()`."""
    classes = frozenset(_CLASS.findall(draft.code))
    for match in RUN.finditer(bytes(draft.code)):
        if _HAS_MACRO.search(match[0]) is None:
            continue
        words = [
            _Placed(match.start() + item.start(), item[0]) for item in _WORD.finditer(match[0])
        ]
        stops = [index for index, word in enumerate(words) if word.text in STOPS]
        words = (words[stops[-1] + 1 :] if stops else words)[-_MAX_WORDS:]
        if _guarded(draft, words):
            last = words.pop()
            draft.blank_macro(last.start, draft.closing[draft.after(last.end)] + 1, last.end)
        run = _Run(words, draft.byte(draft.after(match.end())), classes)
        for word in run.macros():
            draft.blank_macro(word.start, word.end, word.end)


def _guarded(draft: SourceBuffer, words: "Sequence[_Placed]") -> bool:
    """Tell `int count GUARDED_BY(lock);`: a type, a name and a macro with arguments."""
    typed = [word for word in words if word.is_type]
    if len(typed) < 3 or not words[-1].may_be_macro or typed[-2].text in _PRIMITIVES:
        return False
    close = draft.closing.get(draft.after(words[-1].end))
    return close is not None and draft.byte(draft.after(close + 1)) in (b";", b"=")


@dataclass(frozen=True, slots=True)
class _Placed:
    start: int
    text: bytes

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_type(self) -> bool:
        return self.text not in _QUALIFIERS and self.text not in _HEADS and self.text != b"operator"

    @property
    def may_be_macro(self) -> bool:
        return self.text not in OF_THEIR_OWN and IS_MACRO.fullmatch(self.text) is not None


@dataclass(frozen=True, slots=True)
class _Run:
    """Words in a row, what follows them, and the names of the file's classes."""

    words: Sequence[_Placed]
    following: bytes
    classes: frozenset[bytes]

    def macros(self) -> list[_Placed]:
        """Return those of the words that must be macros."""
        macros = [word for word in self.words if word.may_be_macro]
        if not macros or len(self.words) < 2:
            return []
        if self.following in (b"{", b":", b";", b"<"):
            heads = [index for index, word in enumerate(self.words) if word.text in _HEADS]
            if heads:
                return self._of_class(macros, self.words[heads[-1] + 1 :])
        texts = {word.text for word in self.words}
        last = self.words[-1]
        typed = [word for word in self.words[:-1] if word not in macros and word.is_type]
        if self.following == b"~" or (b"operator" in texts and len(typed) > 0):
            return macros
        if self.following in (b"*", b"&", b"<", b":"):
            return macros if typed or last not in macros else macros[:-1]
        if b"explicit" in texts or last.text in self.classes:
            return [word for word in macros if word != last]
        if last.text[:2] == b"__" and len(typed) > 1 and self.following in (b";", b"=", b"["):
            return macros
        others = [word for word in macros if word != last]
        return others if typed else others[1:]

    def _of_class(self, macros: list[_Placed], after: Sequence[_Placed]) -> list[_Placed]:
        names = [word for word in after if word.text != b"final"]
        if any(word not in macros for word in names):
            return macros
        return [word for word in macros if word not in names[-1:]]

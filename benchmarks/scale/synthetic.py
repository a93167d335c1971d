"""Made-up repositories of any size: small modules in five languages, all different.

Names come from a vocabulary in which few words are common and many are rare (Zipf), so that the
words of 100,000 files are as many as those of a large company's.
"""

import random
from collections.abc import Callable
from pathlib import Path

COMMON = 400
FILES_A_FOLDER = 60

_SYLLABLES = [c + v for c in "bcdfghjklmnprstvwz" for v in "aeiou"]


class Words:
    """Gives words: the n-th word is drawn about 1/n as often as the first."""

    def __init__(self, chooser: random.Random, size: int) -> None:
        self._chooser = chooser
        self._size = size

    def word(self) -> str:
        rank = int(self._size ** self._chooser.random())
        return "".join(_SYLLABLES[(rank * step) % len(_SYLLABLES)] for step in (1, 7, 31))

    def name(self) -> str:
        return "_".join(self.word() for _ in range(self._chooser.randint(2, 3)))


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.title() for word in others)


def _python(words: Words) -> str:
    one, two, field = words.name(), words.name(), words.word()
    return (
        f'def {one}({field}):\n    """{words.word().title()} the {words.word()} of a {field}."""\n'
        f"    {words.word()} = {field} + 1\n    return {words.name()}({field})\n\n\n"
        f"def {two}({field}, limit):\n    # {words.word()} before {words.word()}\n"
        f"    for item in {field}:\n        if item.{words.word()} > limit:\n"
        f"            {one}(item)\n    return limit\n"
    )


def _typescript(words: Words) -> str:
    return (
        f"/** {words.word().title()} a {words.word()}. */\n"
        f"export function {_camel(words.name())}({words.word()}: number): number {{\n"
        f"  const {words.word()} = {words.word()}.{_camel(words.name())}();\n  return 1;\n}}\n"
    )


def _go(words: Words) -> str:
    return (
        f"// {_camel(words.name()).title()} is a {words.word()}.\n"
        f"func {_camel(words.name()).title()}({words.word()} int) int {{\n"
        f"\treturn {_camel(words.name())}({words.word()})\n}}\n"
    )


def _java(words: Words) -> str:
    return (
        f"/** A {words.word()} with {words.word()}. */\n"
        f"public class {_camel(words.name()).title()} {{\n"
        f"  int {_camel(words.name())}(int {words.word()}) {{ return {words.word()}; }}\n}}\n"
    )


def _rust(words: Words) -> str:
    return (
        f"/// {words.word().title()} the {words.word()}.\n"
        f"pub fn {words.name()}({words.word()}: u32) -> u32 {{\n    {words.name()}(1)\n}}\n"
    )


KINDS: tuple[tuple[str, str, Callable[[Words], str]], ...] = (
    ("py", "", _python),
    ("ts", "", _typescript),
    ("go", "package {}\n\n", _go),
    ("java", "package shop.{};\n\n", _java),
    ("rs", "", _rust),
)
"""A file's ending, its head around one word, and what writes one definition or two."""


def make(folder: Path, files: int, seed: int = 11, *, lines: int = 0) -> None:
    """Write a repository of so many files; the first n files are those of a smaller one.

    With `lines` a file has definitions until it is at least so long.
    """
    chooser = random.Random(seed)  # noqa: S311 - made-up code needs no cryptography
    words = Words(chooser, 200_000)
    for number in range(files):
        ending, head, write = KINDS[number % len(KINDS)]
        place = folder / f"part{number // FILES_A_FOLDER}"
        if number % FILES_A_FOLDER == 0:
            place.mkdir(parents=True, exist_ok=True)
        text = (head.format(words.word()) if head else "") + write(words)
        while text.count("\n") < lines:
            text += "\n" + write(words)
        (place / f"m{number}.{ending}").write_text(text, "utf-8")

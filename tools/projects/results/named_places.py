"""Find the file of a test by its class and its name, which is all that many runners tell."""

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from tools.projects.programs.ecosystems import JVM
from tools.projects.results.draft_files import DraftFiles

RUBY = (".rb",)
_WORD = re.compile(r"\w++")


def told_test(files: DraftFiles, name: str) -> str:
    """Return a test whose runner tells its file from the folder that it ran in."""
    path, separator, _ = name.partition("::")
    return files.at(name) if separator and files.at(path) in files.names else name


def jvm_test(files: DraftFiles, name: str) -> str:
    """`shop.CartTest::adds` → `src/test/java/shop/CartTest.java::adds`, `CartTest$Inner` by it."""
    klass, separator, test = name.partition("::")
    outer, *inner = klass.split("$")
    stem = outer.replace(".", "/")
    ends = tuple(f"/{stem}{suffix}" for suffix in JVM.suffixes)
    holding = [path for path in files.names if f"/{path}".endswith(ends)]
    if not holding:  # a class of Kotlin may stand in a file of any name
        simple = outer.rpartition(".")[2]
        texts = files.words(tuple(JVM.suffixes))
        holding = [path for path, words in texts.items() if simple in words]
        inner = [simple, *inner] if holding and not _is_named(holding[0], simple) else inner
    if len(holding) != 1 or not separator:
        return name
    return f"{holding[0]}::{'.'.join([*inner, test])}"


def _is_named(path: str, simple: str) -> bool:
    return PurePosixPath(path).stem == simple


def ruby_test(files: DraftFiles, name: str) -> str:
    """`CartTest#test_adds` → `test/cart_test.rb::CartTest#test_adds`."""
    klass, _, test = name.rpartition("#")
    texts = files.words(RUBY)
    path = _only(
        (path for path, words in texts.items() if test in words and words >= _words_of(klass)),
        (path for path, words in texts.items() if words >= _words_of(klass)),
    )
    return f"{path}::{name}" if path else name


def named_test(suffixes: frozenset[str]) -> Callable[[DraftFiles, str], str]:
    """Return what finds `Shop.Tests.CartTests.Adds(x: 1)` as `CartTests.cs::CartTests.Adds(x: 1)`.

    Only where one file alone holds the words of the class and the method.
    """
    endings = tuple(sorted(suffixes))

    def find(files: DraftFiles, name: str) -> str:
        bare, bracket, arguments = name.partition("(")
        parts = bare.split(".")
        wanted = _words_of(" ".join(parts[-2:]))
        texts = files.words(endings)
        found = (path for path, words in texts.items() if words >= wanted)
        path = _only(found) if len(parts) > 1 else ""
        return f"{path}::{'.'.join(parts[-2:])}{bracket}{arguments}" if path else name

    return find


def _words_of(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _only(*choices: Iterable[str]) -> str:
    """Return what stands alone in the first of these that holds anything; "" where nothing does."""
    for choice in choices:
        found = list(choice)
        if found:
            return found[0] if len(found) == 1 else ""
    return ""

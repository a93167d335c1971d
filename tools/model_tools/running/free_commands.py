"""Commands that a model may run unasked: exact argument lists, and nothing that a shell reads.

Allow-lists that look at command strings have been got round again and again (`pytest; x`, `find
-exec`, `sort -o`), so a command is free only where all of it is known: it is split into plain
words, none of the signs of a shell is in it, and each option is one that can neither write nor
start a program. Everything else is for a person to approve. The sandbox is the boundary all the
same: this decides who is asked, and not what is contained.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.projects.operations import Project, ProjectOperation
from tools.projects.test_file_names import is_test_file

SHELL_SIGNS = frozenset(";|&$()<>`\\\n\r\0")
MAX_COMMAND_LENGTH = 2_000
_NUMBER = re.compile(r"[+-]?\d{1,9}")
_COUNT_OPTION = re.compile(r"-\d{1,9}")
_LINES_OF_SED = re.compile(r"(?:\d{1,9}|\$)(?:,(?:\d{1,9}|\$))?p")
_PYTEST_NAMES = (("pytest",), ("py.test",), ("python", "-m", "pytest"), ("python3", "-m", "pytest"))
_UNITTEST_NAMES = (("python", "-m", "unittest"), ("python3", "-m", "unittest"))
_QUIET_OPTIONS = frozenset({"-q", "-v", "-vv", "-x", "-s", "-ra", "--tb=short", "--tb=long"})
"""Options of a test runner that say how it tells its results; ours are used instead."""


def plain_words(command: str) -> tuple[str, ...] | None:
    """Return a command's words; None where a shell would make more of it than its words."""
    if len(command) > MAX_COMMAND_LENGTH or not SHELL_SIGNS.isdisjoint(command):
        return None
    try:
        words = tuple(shlex.split(command))
    except ValueError:
        return None
    # `A=1 make` sets a variable, which may name a program to be run.
    return words if words and "=" not in words[0] else None


@dataclass(frozen=True, slots=True)
class NamedRun:
    """An operation of the project that a command means, and the tests that it names."""

    operation: ProjectOperation
    tests: tuple[str, ...] = ()


def named_run(project: Project, words: Sequence[str]) -> NamedRun | None:
    """Return the operation whose exact command, or plain name, these words are."""
    for operation in project.operations:
        if tuple(words) == operation.command(()):
            return NamedRun(operation)
        for name in _names(operation):
            rest = words[len(name) :]
            if tuple(words[: len(name)]) != name:
                continue
            tests = tuple(one for one in rest if one not in _QUIET_OPTIONS)
            takes = operation.command(tests) != operation.command(())
            named = takes and all(map(_names_test, tests))
            if not tests or named:
                return NamedRun(operation, tests)
    return None


def _names(operation: ProjectOperation) -> tuple[tuple[str, ...], ...]:
    """Return how people write an operation: its words without the options that are ours."""
    if operation.runner == "pytest":
        return _PYTEST_NAMES
    if operation.runner == "unittest":
        return _UNITTEST_NAMES
    argv = operation.command(())
    end = argv.index("--") if "--" in argv else len(argv)
    words = tuple(one for one in argv[:end] if not one.startswith("-"))
    return (words,) if len(words) > 1 and "{python}" not in words else ()


def _names_test(word: str) -> bool:
    path = word.partition("::")[0]
    return not word.startswith("-") and (is_test_file(path) or path.rstrip("/").endswith("tests"))


OptionCheck = Callable[[Sequence[str]], bool]


def only_reads(words: Sequence[str]) -> bool:
    """Say whether a command is one of a fixed list that can neither write nor start a program."""
    check = _READING.get(words[0])
    return check is not None and check(words[1:])


@dataclass(frozen=True, slots=True)
class _ShortOptions:
    """The short options that a program may be given: alone, before a number, or before a text."""

    letters: str
    numbers: str = ""
    texts: str = ""
    operands: int = 1000

    def __call__(self, words: Sequence[str]) -> bool:
        rest, count = list(words), 0
        while rest:
            word = rest.pop(0)
            if word == "--":
                count += len(rest)
                break
            if not word.startswith("-") or word == "-":
                count += 1
            elif not self._takes(word, rest):
                return False
        return count <= self.operands

    def _takes(self, word: str, rest: list[str]) -> bool:
        """Say whether an option is known, after taking what belongs to it."""
        letter = word[1:]
        if len(letter) == 1 and letter in self.numbers:
            return bool(rest) and _NUMBER.fullmatch(rest.pop(0)) is not None
        if len(letter) == 1 and letter in self.texts:
            return bool(rest) and bool(rest.pop(0))
        counts = bool(self.numbers) and _COUNT_OPTION.fullmatch(word) is not None
        return counts or set(letter) <= set(self.letters)


def _find(words: Sequence[str]) -> bool:
    """Allow tests of `find` that look, with what each takes; no action at all."""
    takes = {"-name", "-iname", "-path", "-ipath", "-type", "-maxdepth", "-mindepth", "-size"}
    alone = {"-not", "-o", "-a", "-or", "-and", "!", "-empty", "-print"}
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in takes:
            skip = True
        elif word.startswith("-") and word not in alone:
            return False
    return not skip


def _sed(words: Sequence[str]) -> bool:
    """Allow `sed -n 10,20p FILE`, and no other program of sed's: `w` writes and `e` executes."""
    return (
        len(words) == 3
        and words[0] == "-n"
        and _LINES_OF_SED.fullmatch(words[1]) is not None
        and not words[2].startswith("-")
    )


_READING: Mapping[str, OptionCheck] = {
    "ls": _ShortOptions("1aAlhRrtSF"),
    "cat": _ShortOptions("nAbs"),
    "head": _ShortOptions("qv", numbers="nc"),
    "tail": _ShortOptions("qv", numbers="nc"),
    "wc": _ShortOptions("lwcm"),
    "nl": _ShortOptions("", texts="b"),
    "grep": _ShortOptions("rRinvlLcwEFHhoxsq", numbers="ABCm", texts="e"),
    "find": _find,
    "sed": _sed,
    # `sort -o` and `uniq IN OUT` write; sort's long options may start a program.
    "sort": _ShortOptions("rnufbVh", texts="kt"),
    "uniq": _ShortOptions("cdui", operands=1),
    "cut": _ShortOptions("s", texts="dfc"),
    "diff": _ShortOptions("urqNwbB"),
    "tree": _ShortOptions("adfi", numbers="L"),
    "du": _ShortOptions("shac", numbers="d"),
    "stat": _ShortOptions(""),
    "file": _ShortOptions("bi"),
    "basename": _ShortOptions(""),
    "dirname": _ShortOptions(""),
    "pwd": _ShortOptions(""),
    "which": _ShortOptions("a"),
}

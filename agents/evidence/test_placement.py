"""Where a new file of tests goes, and how what stands in it reaches the function that it tests."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import PurePosixPath

from indexing.parsing.syntax.languages import language_of_text
from rooftree.errors import ToolRefusedError
from tools.drafts.draft import Draft
from tools.projects.operations import ProjectOperation

MAX_EXAMPLE_CHARACTERS = 1500
_PACKAGE = re.compile(r"^package\s++(\w++)", re.MULTILINE)
_CRATE = re.compile(r"^name\s*+=\s*+\"([\w-]++)\"", re.MULTILINE)
_ENDING = re.compile(r"(?:\.(?:test|spec))?+\.\w++$")


@dataclass(frozen=True, slots=True)
class NewTestPlace:
    """A new file of tests."""

    path: str
    reach: str
    """How the function is reached from there, for a prompt."""
    runner: str
    language: str
    example: str = ""
    """A file of tests that is there, to show how they are written."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    draft: Draft
    source: str
    """The path of the file that is tested."""
    what: str
    tests: tuple[str, ...]
    operation: ProjectOperation

    def text(self, path: str) -> str:
        """Return a file's text; none of what is not there."""
        return (self.draft.content(path) or b"").decode("utf-8", "replace") if path else ""

    def free(self, folder: str, before: str, after: str) -> str:
        """Return the first name that no file has yet."""
        names = (f"{folder}/{before}_{self.what}{n}{after}".lstrip("/") for n in count(1))
        return next(name for name in names if self.draft.content(name) is None)

    def example(self, endings: tuple[str, ...], folder: str = "") -> str:
        """Return the file of tests that tells most of how one is written: that of the same file."""
        stem = PurePosixPath(self.source).stem
        fits = [one for one in self.tests if one.endswith(endings) and one.startswith(folder)]
        return min(fits, key=lambda one: (stem not in one, one), default="")


def place_of(
    draft: Draft, source: str, what: str, tests: tuple[str, ...], operation: ProjectOperation
) -> NewTestPlace:
    """Return a new file of tests of a source file, beside the others; its name says of what.

    Raises ToolRefusedError where no test file can reach the source file.
    """
    finder = _FINDERS.get(PurePosixPath(source).suffix)
    if finder is None:
        raise ToolRefusedError(f"no test can be written here of {source}; write one by hand")
    return finder(_Wanted(draft, source, what, tests, operation))


def _python(wanted: _Wanted) -> NewTestPlace:
    others = [one for one in wanted.tests if one.endswith(".py")]
    folder = others[0].rpartition("/")[0] if others else "tests"
    path = wanted.free(folder, f"test_{PurePosixPath(wanted.source).stem}", ".py")
    reach = f"import it from `{module_of(wanted.source)}`"
    return NewTestPlace(path, reach, wanted.operation.runner, "python")


def module_of(path: str) -> str:
    """Return the name by which Python imports a file."""
    parts = path.removesuffix(".py").removeprefix("src/").split("/")
    return ".".join(part for part in parts if part != "__init__")


def _script(wanted: _Wanted) -> NewTestPlace:
    source = PurePosixPath(wanted.source)
    example = wanted.example(_endings(source.suffix))
    ending = _ENDING.search(example)
    folder = str(PurePosixPath(example or wanted.source).parent).removeprefix(".")
    path = wanted.free(folder, source.stem, ending[0] if ending else f".test{source.suffix}")
    way = os.path.relpath(wanted.source, folder or ".")
    way = way if way.startswith(".") else f"./{way}"
    return NewTestPlace(
        path,
        f"import it from `{way}`",
        "the project's own test runner",
        _language_name(wanted),
        wanted.text(example)[:MAX_EXAMPLE_CHARACTERS],
    )


def _language_name(wanted: _Wanted) -> str:
    language = language_of_text(wanted.source, wanted.text(wanted.source))
    return language.name if language is not None else ""


def _endings(suffix: str) -> tuple[str, ...]:
    """Return the endings of files that can import one of this ending as it does its own."""
    kinds = (".ts", ".mts", ".cts", ".tsx"), (".js", ".mjs", ".cjs", ".jsx")
    return next(one for one in kinds if suffix in one)


def _go(wanted: _Wanted) -> NewTestPlace:
    source = PurePosixPath(wanted.source)
    folder = str(source.parent).removeprefix(".")
    package = _PACKAGE.search(wanted.text(wanted.source))
    if package is None:
        raise ToolRefusedError(f"{wanted.source} names no package of Go, so it has no tests")
    inside = f"{folder}/" if folder else ""
    example = wanted.example(("_test.go",), inside)
    reach = f"the test is in the same package, `{package[1]}`"
    shown = wanted.text(example)[:MAX_EXAMPLE_CHARACTERS]
    path = wanted.free(folder, source.stem, "_test.go")
    return NewTestPlace(path, reach, "the package testing", "go", shown)


def _rust(wanted: _Wanted) -> NewTestPlace:
    source = PurePosixPath(wanted.source)
    folder = next((one for one in _around(source) if wanted.text(f"{one}Cargo.toml")), None)
    crate = _CRATE.search(wanted.text(f"{folder}Cargo.toml")) if folder is not None else None
    if crate is None or wanted.draft.content(f"{folder}src/lib.rs") is None:
        raise ToolRefusedError(
            f"{source} is in no library of Rust, so no file of tests can reach what is in it"
        )
    inner = str(source).removeprefix(f"{folder}src/").removesuffix(".rs").split("/")
    modules = [one for one in inner if one not in ("lib", "mod", "main")]
    reach = f"use it as `{'::'.join([crate[1].replace('-', '_'), *modules])}::…`"
    example = wanted.example((".rs",), f"{folder}tests/")
    shown = wanted.text(example)[:MAX_EXAMPLE_CHARACTERS]
    path = wanted.free(f"{folder}tests", source.stem, ".rs")
    return NewTestPlace(path, reach, "Rust's own `#[test]`", "rust", shown)


def _around(path: PurePosixPath) -> Iterator[str]:
    """Yield the folders that a file is in, the nearest first, each with its slash."""
    for folder in path.parents:
        yield "" if str(folder) == "." else f"{folder}/"


_FINDERS: Mapping[str, Callable[[_Wanted], NewTestPlace]] = {
    ".py": _python,
    ".go": _go,
    ".rs": _rust,
    **dict.fromkeys((".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"), _script),
}

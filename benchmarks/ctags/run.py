"""Compare the functions of some C and C++ files with those that universal-ctags finds.

`python -m benchmarks.ctags.run [--differences] FILE …`. ctags is no truth, but others made it in
another way: what only one of the two names is listed. A function of ours and one of ctags' are the
same where the names agree and the line of the name, which ctags gives, is one of the first lines of
our definition or stands just above. Where a macro declares a function, ctags names the macro
(`SYSCALL_DEFINE3`) and we name what it declares: these agree by their line and are counted apart.
Macros (`#define`) are functions on neither side, nor is what has no name (ctags lists lambdas) or
no body (`= default` and `= delete`, which we list).
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexing.files.decode import decode
from indexing.parsing.extract import extract
from indexing.parsing.syntax.types import Extraction

ABOVE, BELOW = 1, 6
"""How many lines the name may stand above or below the start of our definition."""


_NO_BODY = re.compile(r"^#|=\s*(?:default|delete)\s*;?$")


@dataclass(frozen=True, slots=True)
class Function:
    """A function's last name, the line where it starts, and of ours how its head is written."""

    name: str
    line: int
    head: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """One file's functions: those of both, and those of one alone."""

    path: str
    notes: tuple[str, ...]
    both: int
    by_macro: int
    only_theirs: tuple[Function, ...]
    only_ours: tuple[Function, ...]
    seconds: float

    @property
    def recall(self) -> float:
        return _share(self.both, len(self.only_theirs))

    @property
    def precision(self) -> float:
        return _share(self.both, len(self.only_ours))


def _share(both: int, missed: int) -> float:
    return both / (both + missed) if both + missed else 1.0


def theirs(path: Path, language: str) -> list[Function]:
    """Return the functions that universal-ctags finds."""
    kinds = ["--kinds-C=f", "--kinds-C++=f", f"--language-force={language}"]
    command = ["ctags", "--output-format=json", "--fields=+n", "--sort=no", *kinds, "-f", "-"]
    done = subprocess.run([*command, str(path)], capture_output=True, check=True)
    found = [json.loads(row) for row in done.stdout.decode("utf-8", "replace").splitlines()]
    named = [item for item in found if not item["name"].startswith("__anon")]
    return [Function(_bare(item["name"]), item["line"]) for item in named]


def ours(extraction: Extraction) -> list[Function]:
    """Return the functions that rooftree finds."""
    return [
        Function(_bare(symbol.name), symbol.start, symbol.signature)
        for symbol in extraction.symbols
        if symbol.kind in ("function", "method") and not _NO_BODY.search(symbol.signature)
    ]


def _bare(name: str) -> str:
    return "".join(name.rpartition("::")[2].split())


def compare(path: Path) -> Compared:
    """Compare one file."""
    decoded = decode(path.read_bytes())
    if decoded is None:
        raise SystemExit(f"{str(path)!r} is not a text")
    started = time.process_time()
    extraction = extract(path.name, decoded.text)
    seconds = time.process_time() - started
    language = "C" if extraction.language == "c" else "C++"
    left = sorted(theirs(path, language), key=lambda item: item.line)
    unmatched: list[Function] = []
    both = by_macro = 0
    for function in ours(extraction):
        found = next(_same(function, left), None)
        if found is None:
            unmatched.append(function)
            continue
        left.remove(found)
        both += 1
        by_macro += found.name != function.name
    return Compared(
        str(path), extraction.notes, both, by_macro, tuple(left), tuple(unmatched), seconds
    )


def _same(mine: Function, candidates: Sequence[Function]) -> Iterator[Function]:
    near = [item for item in candidates if -ABOVE <= item.line - mine.line <= BELOW]
    yield from (item for item in near if item.name == mine.name)
    macro = mine.head.partition("(")[0].strip()
    yield from (item for item in near if item.name == macro != mine.name)


def main() -> None:
    """Print a table, and below it what only one of the two names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--differences", action="store_true", help="list what one alone names")
    arguments = parser.parse_args()
    if shutil.which("ctags") is None:
        sys.exit("universal-ctags is not installed (Debian: universal-ctags)")
    compared = [compare(path) for path in arguments.files]
    print("| file | both | by a macro | only ctags | only rooftree | recall | precision | s |")
    print("|---|---|---|---|---|---|---|---|")
    for item in compared:
        counts = f"{item.both} | {item.by_macro} | {len(item.only_theirs)} | {len(item.only_ours)}"
        shares = f"{item.recall:.2%} | {item.precision:.2%} | {item.seconds:.2f}"
        print(f"| {item.path} | {counts} | {shares} |")
    for item in compared if arguments.differences else ():
        print(f"\n{item.path}: {', '.join(item.notes) or 'parsed whole'}")
        for who, functions in (("ctags", item.only_theirs), ("rooftree", item.only_ours)):
            for function in functions:
                print(f"  only {who}: {function.name} {function.line} {function.head}")


if __name__ == "__main__":
    main()

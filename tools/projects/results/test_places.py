"""Find the file of a test that its runner tells by a name, a package or a program.

Reports need `path::name`, relative to the repository's root. Where the files do not
tell, or more than one could be meant, a name stays as it was told.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import PurePosixPath

from tools.drafts.draft import Draft
from tools.projects.programs.ecosystems import DOTNET, NATIVE
from tools.projects.results.draft_files import SCRIPTS, DraftFiles
from tools.projects.results.named_places import jvm_test, named_test, ruby_test, told_test
from tools.projects.results.reports import CaseOutcome, SuiteResults
from tools.projects.results.runners.tap import SEPARATOR

_LITERAL = re.compile(r"'([^'\n]{1,200}+)'|\"([^\"\n]{1,200}+)\"|`([^`]{1,200}+)`")
_COPY = re.compile(r" #\d++$")


def placed(results: SuiteResults, draft: Draft, folder: str) -> SuiteResults:
    """Return results whose tests are named by their files, where those can be found."""
    find = _FINDERS.get(results.runner)
    if find is None or not results.outcomes:
        return results
    files = DraftFiles(draft, folder)
    named: dict[str, CaseOutcome] = {}
    for name, how in results.outcomes.items():
        place = find(files, name)
        named[name if place in named else place] = how
    return replace(results, outcomes=named)


def _go(files: DraftFiles, name: str) -> str:
    """`example.com/shop/cart::TestTotal/sub` → `cart/cart_test.go::TestTotal/sub`."""
    package, _, test = name.partition("::")
    if not files.go_module or not f"{package}/".startswith(f"{files.go_module}/"):
        return name
    folder = files.at(package.removeprefix(files.go_module).lstrip("/")).rstrip("/")
    if not test:
        return folder or "."
    path = files.go_tests.get((folder, test.partition("/")[0]))
    return f"{path or folder or '.'}::{test}"


def _cargo(files: DraftFiles, name: str) -> str:
    """`shop@src/lib.rs::cart::tests::adds` → `src/cart.rs::tests::adds`."""
    program, at, rest = name.partition("@")
    path, _, test = (rest if at else name).partition("::")
    if not path.endswith(".rs"):
        return name
    path = _of_program(files, program if at else "", path)
    folder, (*modules, last) = PurePosixPath(path).parent, test.split("::")
    while modules:
        inner = [str(folder / f"{modules[0]}.rs"), str(folder / modules[0] / "mod.rs")]
        found = next((one for one in inner if one in files.names), None)
        if found is None:
            break
        path, folder = found, folder / modules.pop(0)
    return "::".join([path, *modules, last])


def _of_program(files: DraftFiles, program: str, path: str) -> str:
    """Return which package's file a program of tests was made of: cargo tells no package."""
    ends = f"/{path}"
    folders = [one.removesuffix("/Cargo.toml") for one in files.names if one.endswith("Cargo.toml")]
    ways = [files.at(path), *(f"{one}{ends}" for one in folders if f"{one}{ends}" in files.names)]
    there = [one for one in dict.fromkeys(ways) if one in files.names]
    for one in there:
        package = files.packages.get(f"{one.removesuffix(path)}Cargo.toml", "")
        if package and package.replace("-", "_") == program:
            return one
    return there[0] if there else files.at(path)


def _script(files: DraftFiles, name: str) -> str:
    """`cart > adds up` → `test/cart.test.js::cart > adds up`, where one file holds these words."""
    path, separator, _ = name.partition("::")
    if (separator and path.endswith(SCRIPTS)) or name.endswith(SCRIPTS):
        return files.at(name)
    bare = _COPY.sub("", name)
    words = bare.split(SEPARATOR)
    texts = files.scripts
    holding = [path for path, text in texts.items() if all(word in text for word in words)]
    if not holding:  # mocha puts the names of groups before a test's with nothing between them
        holding = [path for path, text in texts.items() if _is_made_of(bare, _literals(text))]
    return f"{holding[0]}::{name}" if len(holding) == 1 else name


def _literals(text: str) -> frozenset[str]:
    return frozenset(one for groups in _LITERAL.findall(text) for one in groups if one)


def _is_made_of(name: str, literals: frozenset[str]) -> bool:
    """Say whether a name is texts of a file, one behind the other with a space between them."""
    begins = {0}
    for at in range(len(name) + 1):
        ends = at == len(name) or name[at] == " "
        if ends and any(name[begin:at] in literals for begin in begins):
            begins.add(at + 1)
    return len(name) + 1 in begins


_FINDERS: Mapping[str, Callable[[DraftFiles, str], str]] = {
    "go": _go,
    "cargo": _cargo,
    "tap": _script,
    "spec": _script,
    "jest": _script,
    "junit": jvm_test,
    "dotnet": named_test(DOTNET.suffixes),
    "ctest": named_test(NATIVE.suffixes),
    "minitest": ruby_test,
    "rspec": told_test,
}

"""How a runner is told to run single tests, so that one that failed is run alone.

A test is `path::name`, as results name it, or the path of a file of tests. Each function returns
what is put into the command, or nothing where the runner cannot be told of all these tests: then
it runs all, which is more than was wanted and never less.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from tools.projects.programs.ecosystems import NATIVE

Narrowing = Literal[
    "go",
    "cargo",
    "node",
    "jest",
    "vitest",
    "mocha",
    "maven",
    "gradle",
    "ctest",
    "meson",
    "dotnet",
    "rspec",
    "minitest",
    "phpunit",
    "exunit",
]
MAX_TESTS = 100
"""More of them are as good as all, and a command line has an end."""
_WORD = re.compile(r"\w++")
_JAVA_NAME = re.compile(r"[\w.]++")
_PUNCTUATION = re.compile(r"[!-/:-@\[-^`{-~]")
_COPY = re.compile(r" #\d++$")
"""What tells tests of the same name apart in results, and no runner knows."""

Named = Sequence[tuple[str, str]]
"""The file and the name of each test; the name is empty for the file itself."""
Narrow = Callable[[tuple[str, ...], Named], tuple[str, ...]]


def narrowed(
    narrowing: Narrowing | None, argv: tuple[str, ...], folder: str, tests: Sequence[str]
) -> tuple[str, ...]:
    """Return a command for these tests, and perhaps some beside them; for all where it must be."""
    if narrowing is None or not tests or len(tests) > MAX_TESTS:
        return argv
    inside = f"{folder}/" if folder else ""
    if not all(one.startswith(inside) for one in tests):
        return argv
    parts = (one.removeprefix(inside).partition("::") for one in tests)
    named = [(path, _COPY.sub("", name)) for path, _, name in parts]
    # What looks like an option, or leads elsewhere, is no test of this folder.
    if any(path.startswith(("-", "/")) or ".." in path.split("/") for path, _ in named):
        return argv
    return NARROWINGS[narrowing](argv, named) or argv


def _names(named: Named) -> list[str]:
    return list(dict.fromkeys(name for _, name in named))


def _paths(named: Named) -> list[str]:
    return list(dict.fromkeys(path for path, _ in named))


def _go(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    """A subtest is run by the test that it is in."""
    names = list(dict.fromkeys(name.partition("/")[0] for name in _names(named)))
    if "./..." not in argv or not all(map(_WORD.fullmatch, names)):
        return ()
    place = argv.index("./...")
    return (*argv[:place], f"-run=^({'|'.join(names)})$", *argv[place:])


def _cargo(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names = list(dict.fromkeys(name.rpartition("::")[2] for name in _names(named)))
    return (*argv, "--", *names) if all(map(_WORD.fullmatch, names)) else ()


SCRIPT_SUFFIXES = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")


def _files_behind(options: tuple[str, ...]) -> Narrow:
    """Return how a runner of JavaScript is given files, behind options of its own."""

    def narrow(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
        paths = _paths(named)
        if not all(one.endswith(SCRIPT_SUFFIXES) for one in paths):
            return ()
        return (*argv, *_separator(argv), *options, *paths)

    return narrow


def _separator(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return what npm needs before options of a script."""
    return ("--",) if argv[0] == "npm" and "--" not in argv else ()


def _mocha(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    """mocha adds files to those of the project's settings, so tests are chosen by their names."""
    names = _names(named)
    if not all(names):
        return ()
    wanted = "|".join(map(_escaped, names))
    return (*argv, *_separator(argv), "--grep", f"^(?:{wanted})$")


def _escaped(name: str) -> str:
    """Return a pattern for a name, as JavaScript and Ruby read patterns."""
    return _PUNCTUATION.sub(r"\\\g<0>", name)


def _classes(named: Named, separator: str) -> list[str]:
    """Return `Class` or `Class` and method for tests of the JVM, which name a class by its file."""
    found = []
    for path, name in named:
        klass = path.rpartition("/")[2].partition(".")[0]
        method = re.split(r"[({\[ ]", name, maxsplit=1)[0]
        *inner, method = method.split(".")
        if not _JAVA_NAME.fullmatch(klass) or (method and not _WORD.fullmatch(method)):
            return []
        # A class in another's file, or inside of another: only its own name is sure.
        klass = f"*{inner[-1]}" if inner else klass
        found.append(f"{klass}{separator}{method}" if method else klass)
    return list(dict.fromkeys(found))


def _maven(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    found = _classes(named, "#")
    # Of the modules of a build most have none of these tests; the older name is for older ones.
    quiet = ("-DfailIfNoTests=false", "-Dsurefire.failIfNoSpecifiedTests=false")
    return (*argv, f"-Dtest={','.join(found)}", *quiet) if found else ()


def _gradle(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    found = _classes(named, ".")
    return (
        (*argv, *(word for one in found for word in ("--tests", f"*{one.lstrip('*')}")))
        if found
        else ()
    )


def _ctest(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names = _of_programs(named)
    return (*argv, "-R", f"^({'|'.join(map(_escaped, names))})$") if names else ()


def _meson(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names = _of_programs(named)
    return (*argv, "--", *names) if names else ()


def _of_programs(named: Named) -> list[str]:
    """Return names of tests that are programs, which have a file only where that was found.

    Nothing where a file itself is wanted: which programs are made of it is not known.
    """
    if any(not name and path.endswith(tuple(NATIVE.suffixes)) for path, name in named):
        return []
    return list(dict.fromkeys(name or path for path, name in named))


def _dotnet(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names = [name.partition("(")[0] for name in _names(named)]
    if not all(map(_JAVA_NAME.fullmatch, names)):
        return ()
    wanted = "|".join(f"FullyQualifiedName~{one}" for one in dict.fromkeys(names))
    return (*argv, "--filter", wanted)


def _rspec(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    """An example is told by its whole description; files alone where whole files are wanted."""
    names, paths = _names(named), _paths(named)
    told = [word for name in names for word in ("--example", name)] if all(names) else []
    return (*argv, *paths, *told) if all(one.endswith("_spec.rb") for one in paths) else ()


def _minitest(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names, paths = _names(named), _paths(named)
    told = [f"--name=/^(?:{'|'.join(map(_escaped, names))})$/"] if all(names) else []
    helps = ("_helper.rb", "/helper.rb")
    is_plain = all(one.endswith(".rb") and not one.endswith(helps) for one in paths)
    return (*argv, *paths, *told) if is_plain else ()


def _phpunit(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names = [name.partition(" ")[0] for name in _names(named)]
    if not all(map(_WORD.fullmatch, names)):
        return ()
    wanted = "|".join(dict.fromkeys(names))
    return (argv[0], *_inserted(argv[1:], ("--filter", f"/::(?:{wanted})(?: with data set .*)?$/")))


def _inserted(words: tuple[str, ...], option: tuple[str, ...]) -> tuple[str, ...]:
    """Put an option before the first one that is there: folders of tests may stand at the end."""
    place = next((at for at, one in enumerate(words) if one.startswith("--")), len(words))
    return (*words[:place], *option, *words[place:])


def _exunit(argv: tuple[str, ...], named: Named) -> tuple[str, ...]:
    names, paths = _names(named), _paths(named)
    told = [word for one in names for word in ("--only", f"test:{one}")] if all(names) else []
    return (*argv, *paths, *told) if all(one.endswith("_test.exs") for one in paths) else ()


NARROWINGS: Mapping[Narrowing, Narrow] = {
    "go": _go,
    "cargo": _cargo,
    "node": _files_behind(()),
    "jest": _files_behind(("--runTestsByPath",)),
    "vitest": _files_behind(()),
    "mocha": _mocha,
    "maven": _maven,
    "gradle": _gradle,
    "ctest": _ctest,
    "meson": _meson,
    "dotnet": _dotnet,
    "rspec": _rspec,
    "minitest": _minitest,
    "phpunit": _phpunit,
    "exunit": _exunit,
}

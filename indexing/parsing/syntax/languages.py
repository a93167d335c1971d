"""Which language a file is in, and its grammar.

A language is told by file name, extension or shebang. A grammar package is imported when a file in
its language is first parsed, so that reading this table costs nothing. It knows nothing of units.
"""

import ctypes
import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

from tree_sitter import Language as Grammar
from tree_sitter import Query

QUERIES = Path(__file__).parent / "queries"

# PyCapsule keeps this pointer, so the bytes must live as long as the process.
_CAPSULE_NAME = b"tree_sitter.Language"


@dataclass(frozen=True, slots=True)
class Language:
    """A language that can be cut: its grammar package, its query files and how files show it."""

    name: str
    package: str
    entry: str = "language"
    queries: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()


LANGUAGES = (
    Language(
        "python",
        "tree_sitter_python",
        extensions=("py", "pyi", "pyw"),
        filenames=("SConstruct", "SConscript", "wscript"),
        interpreters=("python", "pypy"),
    ),
    Language(
        "javascript",
        "tree_sitter_javascript",
        queries=("ecmascript", "javascript", "jsx"),
        extensions=("js", "mjs", "cjs", "jsx"),
        interpreters=("node",),
    ),
    Language(
        "typescript",
        "tree_sitter_typescript",
        entry="language_typescript",
        queries=("ecmascript", "typescript"),
        extensions=("ts", "mts", "cts"),
        interpreters=("deno", "ts-node"),
    ),
    Language(
        "tsx",
        "tree_sitter_typescript",
        entry="language_tsx",
        queries=("ecmascript", "typescript", "jsx"),
        extensions=("tsx",),
    ),
    Language("go", "tree_sitter_go", extensions=("go",)),
    Language("rust", "tree_sitter_rust", extensions=("rs",)),
    Language("java", "tree_sitter_java", extensions=("java",)),
    Language("c", "tree_sitter_c", extensions=("c", "h")),
    Language(
        "cpp",
        "tree_sitter_cpp",
        queries=("c", "cpp"),
        extensions=("cpp", "cc", "cxx", "c++", "hpp", "hh", "hxx", "h++", "ipp", "inl", "cu"),
    ),
    Language("csharp", "tree_sitter_c_sharp", extensions=("cs", "csx")),
    Language(
        "ruby",
        "tree_sitter_ruby",
        extensions=("rb", "rake", "gemspec", "ru"),
        filenames=("Gemfile", "Rakefile", "Vagrantfile", "Podfile", "Fastfile", "Guardfile"),
        interpreters=("ruby",),
    ),
    Language(
        "php",
        "tree_sitter_php",
        entry="language_php",
        extensions=("php", "phtml", "php5", "inc"),
        interpreters=("php",),
    ),
    Language("kotlin", "tree_sitter_kotlin", extensions=("kt", "kts")),
    Language(
        "scala", "tree_sitter_scala", extensions=("scala", "sc", "sbt"), interpreters=("scala",)
    ),
    Language("swift", "tree_sitter_swift", extensions=("swift",), interpreters=("swift",)),
    Language(
        "bash",
        "tree_sitter_bash",
        extensions=("sh", "bash", "zsh", "ksh", "bats"),
        filenames=(".bashrc", ".bash_profile", ".profile", ".zshrc", "PKGBUILD"),
        interpreters=("sh", "bash", "dash", "zsh", "ksh"),
    ),
    Language("lua", "tree_sitter_lua", extensions=("lua",), interpreters=("lua", "luajit")),
    Language("sql", "tree_sitter_sql", extensions=("sql", "ddl")),
    Language("html", "tree_sitter_html", extensions=("html", "htm", "xhtml")),
    Language("css", "tree_sitter_css", extensions=("css",)),
    Language(
        "json",
        "tree_sitter_json",
        extensions=("json", "jsonc", "json5", "geojson", "webmanifest"),
        filenames=(".babelrc", ".eslintrc", ".prettierrc", "composer.lock", "Pipfile.lock"),
    ),
    Language(
        "yaml",
        "tree_sitter_yaml",
        extensions=("yaml", "yml"),
        filenames=(".clang-format", ".clang-tidy"),
    ),
    Language(
        "toml",
        "tree_sitter_toml",
        extensions=("toml",),
        filenames=("Cargo.lock", "poetry.lock", "uv.lock", "Pipfile"),
    ),
    Language("markdown", "tree_sitter_markdown", extensions=("md", "markdown", "mdx")),
    Language("hcl", "tree_sitter_hcl", extensions=("tf", "hcl", "tfvars", "nomad")),
    Language(
        "dockerfile",
        "tree_sitter_dockerfile",
        extensions=("dockerfile", "containerfile"),
        filenames=("Dockerfile", "Containerfile"),
    ),
    Language("haskell", "tree_sitter_haskell", extensions=("hs",), interpreters=("runhaskell",)),
    Language("elixir", "tree_sitter_elixir", extensions=("ex", "exs"), interpreters=("elixir",)),
    Language("zig", "tree_sitter_zig", extensions=("zig", "zon")),
    Language("julia", "tree_sitter_julia", extensions=("jl",), interpreters=("julia",)),
    Language(
        "ocaml",
        "tree_sitter_ocaml",
        entry="language_ocaml",
        queries=("ocaml_interface", "ocaml"),
        extensions=("ml",),
        interpreters=("ocaml",),
    ),
    Language(
        "ocaml_interface",
        "tree_sitter_ocaml",
        entry="language_ocaml_interface",
        extensions=("mli",),
    ),
)

_BY_NAME = {language.name: language for language in LANGUAGES}
_BY_EXTENSION = {ending: language for language in LANGUAGES for ending in language.extensions}
_BY_FILENAME = {name: language for language in LANGUAGES for name in language.filenames}
_BY_INTERPRETER = {name: language for language in LANGUAGES for name in language.interpreters}

_LOOKS_CPP = re.compile(
    r"""^[ \t]*(?:
        class\s+\w+[^;{]{0,400}+\{ | namespace\b | template\s*< | using\s+\w
        | (?:public|private|protected)\s*: | \#\s*include\s*<\w+> | extern\s+"C\+\+"
    ) | -\*-\s*C\+\+\s*-\*-""",
    re.MULTILINE | re.VERBOSE,
)


def named(name: str) -> Language:
    """Return the language of this name; KeyError where there is none."""
    return _BY_NAME[name]


def language_of(path: str, first_line: str = "") -> Language | None:
    """Return the language that the file's name, extension or shebang tells, if any."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    found = _BY_FILENAME.get(name)
    if found is None and dot:
        found = _BY_EXTENSION.get(extension.lower())
    if (found is None and dot and stem == "Dockerfile") or name.startswith("Dockerfile."):
        found = _BY_NAME["dockerfile"]
    if found is None and not dot:
        found = _from_shebang(first_line)
    if found is not None and extension == "h" and _LOOKS_CPP.search(first_line):
        return _BY_NAME["cpp"]
    return found


def language_of_text(path: str, text: str) -> Language | None:
    """Return the language as `language_of` does, and tell a C++ header from a C one by its text."""
    sample = text[:20_000] if path.endswith(".h") else text[: text.find("\n") + 1] or text[:200]
    return language_of(path, sample.removeprefix("\ufeff"))


def _from_shebang(first_line: str) -> Language | None:
    if not first_line.startswith("#!"):
        return None
    words = first_line[2:].split()
    if words and words[0].endswith("/env"):
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    program = words[0].rpartition("/")[2] if words else ""
    return _BY_INTERPRETER.get(program) or _BY_INTERPRETER.get(program.rstrip("0123456789."))


@cache
def grammar_of(language: Language) -> Grammar:
    """Import the language's grammar package and return its grammar."""
    pointer = getattr(import_module(language.package), language.entry)()
    if isinstance(pointer, int):
        pointer = _capsule(pointer)
    return Grammar(pointer)


@cache
def query_of(language: Language) -> Query:
    """Return the language's query, compiled once in a process."""
    names = language.queries or (language.name,)
    source = "\n".join((QUERIES / f"{name}.scm").read_text(encoding="utf-8") for name in names)
    return Query(grammar_of(language), source)


def _capsule(pointer: int) -> object:
    """Wrap a grammar that an older package hands out as an address, which tree-sitter deprecates.

    Silencing the warning instead would change the filters of every thread.
    """
    new = ctypes.pythonapi.PyCapsule_New
    new.restype = ctypes.py_object
    new.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
    capsule: object = new(pointer, _CAPSULE_NAME, None)
    return capsule

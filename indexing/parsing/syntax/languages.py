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
    extensions: str = ""
    """With spaces between them, as all lists here."""
    filenames: str = ""
    interpreters: str = ""
    package: str = ""
    """The grammar package; `tree_sitter_NAME` where nothing is said."""
    entry: str = "language"
    queries: str = ""
    """The query files; `NAME.scm` where nothing is said."""
    comment: str = "//"
    """What begins a comment of one line."""
    is_code: bool = True
    """Whether its identifiers are names of code; prose, data and markup have none."""
    in_cells: bool = False
    """Whether single statements of it are a whole file, as in the cells of a notebook."""

    @property
    def grammar_package(self) -> str:
        return self.package or f"tree_sitter_{self.name}"


LANGUAGES = (
    Language(
        "python",
        "py pyi pyw",
        filenames="SConstruct SConscript wscript",
        interpreters="python pypy",
        comment="#",
        in_cells=True,
    ),
    Language(
        "javascript",
        "js mjs cjs jsx",
        interpreters="node",
        queries="ecmascript javascript jsx",
        in_cells=True,
    ),
    Language(
        "typescript",
        "ts mts cts",
        interpreters="deno ts-node",
        entry="language_typescript",
        queries="ecmascript typescript",
        in_cells=True,
    ),
    Language(
        "tsx",
        "tsx",
        package="tree_sitter_typescript",
        entry="language_tsx",
        queries="ecmascript typescript jsx",
    ),
    Language("go", "go", in_cells=True),
    Language("rust", "rs"),
    Language("java", "java"),
    Language("c", "c h"),
    Language("cpp", "cpp cc cxx c++ hpp hh hxx h++ ipp inl cu", queries="c cpp"),
    Language("csharp", "cs csx", package="tree_sitter_c_sharp"),
    Language(
        "ruby",
        "rb rake gemspec ru",
        filenames="Gemfile Rakefile Vagrantfile Podfile Fastfile Guardfile",
        interpreters="ruby",
        comment="#",
        in_cells=True,
    ),
    Language("php", "php phtml php5 inc", interpreters="php", entry="language_php"),
    Language("kotlin", "kt kts", in_cells=True),
    Language("scala", "scala sc sbt", interpreters="scala", in_cells=True),
    Language("swift", "swift", interpreters="swift"),
    Language(
        "bash",
        "sh bash zsh ksh bats",
        filenames=".bashrc .bash_profile .profile .zshrc PKGBUILD",
        interpreters="sh bash dash zsh ksh",
        comment="#",
    ),
    Language("lua", "lua", interpreters="lua luajit", comment="--"),
    Language("sql", "sql ddl", comment="--"),
    Language("html", "html htm xhtml", is_code=False),
    Language("css", "css", is_code=False),
    Language(
        "json",
        "json jsonc json5 geojson webmanifest",
        filenames=".babelrc .eslintrc .prettierrc composer.lock Pipfile.lock",
        is_code=False,
    ),
    Language("yaml", "yaml yml", filenames=".clang-format .clang-tidy", comment="#", is_code=False),
    Language(
        "toml",
        "toml",
        filenames="Cargo.lock poetry.lock uv.lock Pipfile",
        comment="#",
        is_code=False,
    ),
    Language("markdown", "md markdown mdx", is_code=False),
    Language("hcl", "tf hcl tfvars nomad", comment="#"),
    Language(
        "dockerfile",
        "dockerfile containerfile",
        filenames="Dockerfile Containerfile",
        comment="#",
        is_code=False,
    ),
    Language("haskell", "hs", interpreters="runhaskell", comment="--"),
    Language("elixir", "ex exs", interpreters="elixir", comment="#"),
    Language("zig", "zig zon"),
    Language("julia", "jl", interpreters="julia", comment="#"),
    Language(
        "ocaml", "ml", interpreters="ocaml", entry="language_ocaml", queries="ocaml_interface ocaml"
    ),
    Language(
        "ocaml_interface", "mli", package="tree_sitter_ocaml", entry="language_ocaml_interface"
    ),
)

_BY_NAME = {language.name: language for language in LANGUAGES}
_BY_EXTENSION = {
    ending: language for language in LANGUAGES for ending in language.extensions.split()
}
_BY_FILENAME = {name: language for language in LANGUAGES for name in language.filenames.split()}
_BY_INTERPRETER = {
    name: language for language in LANGUAGES for name in language.interpreters.split()
}

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
    pointer = getattr(import_module(language.grammar_package), language.entry)()
    if isinstance(pointer, int):
        pointer = _capsule(pointer)
    return Grammar(pointer)


@cache
def query_of(language: Language) -> Query:
    """Return the language's query, compiled once in a process."""
    names = (language.queries or language.name).split()
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

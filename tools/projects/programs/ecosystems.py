"""The ecosystems that projects are written in: their programs, their files, and what to install.

All that depends on a command's program asks here: which files it speaks of, who has to be shown
what, and what a person does where it, or a package, is missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SCRIPT = frozenset(
    {
        *(".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte"),
        *(".astro", ".css", ".scss"),
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Ecosystem:
    """One ecosystem."""

    name: str
    suffixes: frozenset[str]
    """Of the files that its tests speak of."""
    programs: Mapping[str, str]
    """Those that an operation starts, and how each is installed."""
    fetching: Mapping[str, str] = field(default_factory=dict)
    """By program, what a person runs outside of the sandbox to get missing packages."""


PYTHON = Ecosystem(
    "Python", frozenset({".py", ".pyi", ".pyx"}), {"{python}": "make .venv with what is needed"}
)
NODE = Ecosystem(
    "JavaScript",
    SCRIPT,
    {
        "npm": "install Node with npm",
        "pnpm": "install pnpm",
        "yarn": "install yarn",
        "npx": "install Node with npm",
        "node": "install Node",
    },
    {
        **dict.fromkeys(("npm", "npx", "node"), "npm ci"),
        "pnpm": "pnpm install --frozen-lockfile",
        "yarn": "yarn install",
    },
)
GO = Ecosystem(
    "Go",
    frozenset({".go"}),
    dict.fromkeys(("go", "gofmt"), "install Go"),
    dict.fromkeys(("go", "gofmt"), "go mod download"),
)
RUST = Ecosystem(
    "Rust", frozenset({".rs"}), {"cargo": "install Rust with rustup"}, {"cargo": "cargo fetch"}
)
JVM = Ecosystem(
    "Java",
    frozenset({".java", ".kt", ".kts", ".scala", ".groovy"}),
    {"mvn": "install Maven", "gradle": "install Gradle"},
    {"mvn": "mvn dependency:go-offline", "gradle": "gradle testClasses"},
)
NATIVE = Ecosystem(
    "C and C++",
    frozenset(
        {
            *(".c", ".cc", ".cpp", ".cxx", ".c++", ".cu", ".m", ".mm"),
            *(".h", ".hh", ".hpp", ".hxx", ".h++", ".ipp", ".inl", ".tpp"),
        }
    ),
    {
        "cmake": "install CMake and a compiler",
        "ctest": "install CMake and a compiler",
        "meson": "install Meson, Ninja and a compiler",
        "ninja": "install Ninja",
    },
)
DOTNET = Ecosystem(
    "C#",
    frozenset({".cs", ".fs", ".vb", ".csproj", ".fsproj", ".vbproj", ".razor"}),
    {"dotnet": "install the .NET SDK"},
    {"dotnet": "dotnet restore"},
)
RUBY = Ecosystem(
    "Ruby",
    frozenset({".rb", ".rake", ".erb", ".haml", ".slim"}),
    {
        "bundle": "install Bundler",
        "rspec": "install RSpec",
        "ruby": "install Ruby",
        "rubocop": "install RuboCop",
    },
    dict.fromkeys(("bundle", "rspec", "ruby", "rubocop"), "bundle install"),
)
PHP = Ecosystem(
    "PHP",
    frozenset({".php", ".phtml", ".inc"}),
    {"php": "install PHP", "phpunit": "install PHPUnit", "composer": "install Composer"},
    dict.fromkeys(("php", "phpunit", "composer"), "composer install"),
)
ELIXIR = Ecosystem(
    "Elixir",
    frozenset({".ex", ".exs", ".eex", ".heex", ".leex"}),
    dict.fromkeys(("mix", "elixir"), "install Elixir"),
    dict.fromkeys(("mix", "elixir"), "mix deps.get"),
)
ECOSYSTEMS = (PYTHON, NODE, GO, RUST, JVM, NATIVE, DOTNET, RUBY, PHP, ELIXIR)
_OF_PROGRAM: Mapping[str, Ecosystem] = {
    program: one for one in ECOSYSTEMS for program in one.programs
}


def ecosystem_of(program: str) -> Ecosystem | None:
    """Return the ecosystem of a program; None for one that may start anything, such as make."""
    return _OF_PROGRAM.get(program)


def how_to_install(program: str) -> str:
    """Say what a person does to have a program."""
    found = ecosystem_of(program)
    return f"install {program}" if found is None else found.programs[program]


def how_to_fetch(program: str) -> str:
    """Return the command that gets the packages of a program's project; "" where none is known."""
    found = ecosystem_of(program)
    return "" if found is None else found.fetching.get(program, "")

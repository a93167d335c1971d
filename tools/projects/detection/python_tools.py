"""What checks the code of a Python project: the tools that its own files configure."""

from collections.abc import Iterator

from tools.projects.detection.ecosystems.project_files import ProjectFiles
from tools.projects.operations import OperationKind, ProjectOperation

TOOLS: tuple[tuple[str, OperationKind, tuple[str, ...], tuple[str, ...], str], ...] = (
    ("ruff check", "lint", ("ruff", "check", "."), ("ruff.toml", ".ruff.toml"), "[tool.ruff"),
    ("mypy", "lint", ("mypy", "."), ("mypy.ini", ".mypy.ini"), "[tool.mypy"),
    (
        "ruff format",
        "format",
        ("ruff", "format", "--check", "."),
        ("ruff.toml", ".ruff.toml"),
        "[tool.ruff",
    ),
    ("black", "format", ("black", "--check", "."), (), "[tool.black"),
    ("isort", "format", ("isort", "--check-only", "."), (".isort.cfg",), "[tool.isort"),
)
"""Each with what it is started as, the files that configure it, and its table in pyproject.toml."""


def python_tools(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield the tools that are configured at the root."""
    table = files.text("", "pyproject.toml") if files.has("", "pyproject.toml") else ""
    heads = [line.strip() for line in table.split("\n") if line.startswith("[")]
    for name, kind, words, settings, head in TOOLS:
        if files.has("", *settings) or any(one.startswith(head) for one in heads):
            yield ProjectOperation(name, kind, ("{python}", "-m", *words), needs_python=True)

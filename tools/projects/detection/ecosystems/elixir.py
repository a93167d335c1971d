"""Projects of Elixir: what Mix builds, an umbrella with all of its applications."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation, outermost
from tools.projects.operations import ProjectOperation
from tools.projects.results.trace import FOLDER

REPORT = str(FOLDER / "rooftree_exunit.exs")
TESTS = (
    *("elixir", "-r", REPORT, "-S", "mix", "test", "--no-color"),
    *("--formatter", "Rooftree.ExUnitReport"),
)


def elixir_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each project."""
    for folder in outermost(files.folders_with("mix.exs")):
        more: Mapping[str, Any] = {"narrowing": "exunit", "selects": True, "uses": ("mix",)}
        yield operation("mix test", "test", TESTS, folder, runner="exunit", **more)
        if files.has(folder, ".formatter.exs"):
            yield operation("mix format", "format", ("mix", "format", "--check-formatted"), folder)
        yield operation("mix build", "build", ("mix", "compile"), folder)
        if files.has(folder, "mix.lock"):
            yield operation("mix setup", "setup", ("mix", "deps.get"), folder)

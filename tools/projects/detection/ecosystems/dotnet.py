"""Projects of C# and others of .NET: a solution, or a project that lies in none."""

from collections.abc import Iterator

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation, outermost
from tools.projects.operations import ProjectOperation
from tools.projects.results.report_files import OURS

PROJECTS = (".sln", ".slnx", ".csproj", ".fsproj", ".vbproj")
TESTS = ("dotnet", "test", "--nologo", "--logger", "trx", "--results-directory", OURS)


def dotnet_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each solution or project."""
    for folder in outermost(files.folders_ending(*PROJECTS)):
        yield operation("dotnet test", "test", TESTS, folder, runner="dotnet", narrowing="dotnet")
        formatted = ("dotnet", "format", "--no-restore", "--verify-no-changes")
        if files.has_up(folder, ".editorconfig"):
            yield operation("dotnet format", "format", formatted, folder)
        yield operation("dotnet build", "build", ("dotnet", "build", "--nologo"), folder)
        yield operation("dotnet setup", "setup", ("dotnet", "restore"), folder)

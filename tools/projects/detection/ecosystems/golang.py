"""Projects of Go: all packages of each module."""

from collections.abc import Iterator

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation
from tools.projects.operations import ProjectOperation


def go_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield what modules of Go can have done."""
    for folder in files.folders_with("go.mod"):
        argv = ("go", "test", "-json", "./...")
        yield operation("go test", "test", argv, folder, runner="go", narrowing="go")
        yield operation("go vet", "lint", ("go", "vet", "./..."), folder)
        yield operation("gofmt", "format", ("gofmt", "-l", "."), folder, is_quiet=True)
        yield operation("go build", "build", ("go", "build", "./..."), folder)
        yield operation("go setup", "setup", ("go", "mod", "download"), folder)

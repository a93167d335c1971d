"""Projects of Rust: a package, or a workspace with all of its members."""

import re
from collections.abc import Iterator

from tools.projects.detection.ecosystems.project_files import ProjectFiles, operation
from tools.projects.operations import ProjectOperation

_WORKSPACE = re.compile(r"^[ \t]*+\[workspace\]", re.MULTILINE)


def rust_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield those of each package or workspace; the members of a workspace are run with it."""
    around: list[str] = []
    for folder in files.folders_with("Cargo.toml"):
        if any(not one or folder.startswith(f"{one}/") for one in around):
            continue
        is_workspace = _WORKSPACE.search(files.text(folder, "Cargo.toml")) is not None
        whole = ("--workspace",) if is_workspace else ()
        if is_workspace:
            around.append(folder)
        argv = ("cargo", "test", "--offline", "--no-fail-fast", *whole)
        yield operation("cargo test", "test", argv, folder, runner="cargo", narrowing="cargo")
        clippy = ("cargo", "clippy", "--offline", "--all-targets", *whole)
        yield operation("cargo clippy", "lint", clippy, folder, uses=("cargo-clippy",))
        checked = ("cargo", "fmt", "--check", *(("--all",) if is_workspace else ()))
        yield operation("cargo fmt", "format", checked, folder, uses=("cargo-fmt", "rustfmt"))
        built = ("cargo", "build", "--offline", "--all-targets", *whole)
        yield operation("cargo build", "build", built, folder)
        yield operation("cargo setup", "setup", ("cargo", "fetch", "--offline"), folder)

"""Find what an operation's program needs, by the program that it starts."""

from collections.abc import Sequence

from tools.drafts.snapshot import Snapshot
from tools.projects.operations import ProjectOperation
from tools.projects.toolchains.golang import go_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.node import node_access
from tools.projects.toolchains.rust import FILES, rust_access

VERSIONS = (".nvmrc", ".node-version")
INSTALL = {
    "npm": "install Node with npm",
    "node": "install Node",
    "go": "install Go",
    "cargo": "install Rust with rustup",
    "mvn": "install Maven",
    "make": "install make",
}


def toolchain_access(
    operation: ProjectOperation, snapshot: Snapshot, host: HostMachine, *, shares_host: bool
) -> ToolchainAccess:
    """Return what an operation needs to be shown; an image has its own toolchains."""
    program = operation.argv[0]
    if program in ("npm", "node"):
        wanted = _nearest(snapshot, operation.folder, VERSIONS)
        return node_access(host, snapshot, wanted, shares_host=shares_host)
    if program == "go" and shares_host:
        return go_access(host)
    if program == "cargo" and shares_host:
        return rust_access(host, _nearest(snapshot, operation.folder, FILES))
    return ToolchainAccess()


def not_installed(operation: ProjectOperation) -> str:
    """Say that a program is not there, and what to do."""
    program = operation.argv[0]
    advice = INSTALL.get(program, f"install {program}")
    return (
        f"{program} is not installed where contained programs find it (`{operation.name}`); "
        f"{advice}, or name its folder in sandbox.toolchains"
    )


def _nearest(snapshot: Snapshot, folder: str, names: Sequence[str]) -> str:
    """Return the text of the nearest such file, from a folder up to the root."""
    while True:
        for name in names:
            data = snapshot.content(f"{folder}/{name}".lstrip("/"))
            if data is not None:
                return data.decode("utf-8", "replace")
        if not folder:
            return ""
        folder = folder.rpartition("/")[0]

"""Find what an operation's program needs, by the ecosystem of the programs that it starts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from tools.drafts.snapshot import Snapshot
from tools.projects.operations import ProjectOperation
from tools.projects.programs.ecosystems import (
    DOTNET,
    ECOSYSTEMS,
    ELIXIR,
    GO,
    JVM,
    NODE,
    PHP,
    PYTHON,
    RUBY,
    RUST,
    Ecosystem,
    ecosystem_of,
    how_to_fetch,
    how_to_install,
)
from tools.projects.toolchains.dotnet import dotnet_access
from tools.projects.toolchains.elixir import elixir_access
from tools.projects.toolchains.golang import go_access
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.jvm import jvm_access
from tools.projects.toolchains.node import node_access
from tools.projects.toolchains.php import php_access
from tools.projects.toolchains.python import python_access
from tools.projects.toolchains.ruby import ruby_access
from tools.projects.toolchains.rust import FILES, rust_access

VERSIONS = (".nvmrc", ".node-version")


@dataclass(frozen=True, slots=True)
class ToolchainRequest:
    """What an operation is run with: the machine, the repository, and where in it."""

    host: HostMachine
    snapshot: Snapshot
    program: str
    folder: str
    shares_host: bool
    """Whether it is run with the machine's programs; an image has its own."""

    def nearest(self, names: Sequence[str]) -> str:
        """Return the text of the nearest such file, from the folder up to the root."""
        folder = self.folder
        while True:
            for name in names:
                data = self.snapshot.content(f"{folder}/{name}".lstrip("/"))
                if data is not None:
                    return data.decode("utf-8", "replace")
            if not folder:
                return ""
            folder = folder.rpartition("/")[0]


def _node(wanted: ToolchainRequest) -> ToolchainAccess:
    version = wanted.nearest(VERSIONS)
    return node_access(wanted.host, wanted.snapshot, version, shares_host=wanted.shares_host)


def _on_host(
    find: Callable[[ToolchainRequest], ToolchainAccess],
) -> Callable[[ToolchainRequest], ToolchainAccess]:
    return lambda wanted: find(wanted) if wanted.shares_host else ToolchainAccess()


ACCESS: Mapping[Ecosystem, Callable[[ToolchainRequest], ToolchainAccess]] = {
    PYTHON: _on_host(lambda one: python_access(one.host, one.snapshot, one.folder)),
    NODE: _node,
    GO: _on_host(lambda one: go_access(one.host)),
    RUST: _on_host(lambda one: rust_access(one.host, one.nearest(FILES))),
    JVM: _on_host(lambda one: jvm_access(one.host, one.program)),
    DOTNET: _on_host(lambda one: dotnet_access(one.host)),
    RUBY: lambda one: ruby_access(one.host, one.snapshot, shares_host=one.shares_host),
    PHP: lambda one: php_access(one.host, one.snapshot, shares_host=one.shares_host),
    ELIXIR: lambda one: elixir_access(one.host, one.snapshot, shares_host=one.shares_host),
}


def toolchain_access(
    operation: ProjectOperation, snapshot: Snapshot, host: HostMachine, *, shares_host: bool
) -> ToolchainAccess:
    """Return what an operation needs to be shown; an image has its own toolchains.

    What may start anything, such as make or a script that a person named, is shown the toolchains
    of all languages that the repository holds.
    """
    program = operation.argv[0]
    wanted = ToolchainRequest(host, snapshot, program, operation.folder, shares_host)
    ecosystem = ecosystem_of(program)
    if ecosystem is not None:
        find = ACCESS.get(ecosystem)
        return find(wanted) if find is not None else ToolchainAccess()
    suffixes = {PurePosixPath(name).suffix for name in snapshot.files}
    found = ToolchainAccess()
    for one in ECOSYSTEMS:
        find = ACCESS.get(one)
        if find is not None and not suffixes.isdisjoint(one.suffixes):
            found = found.with_more(find(replace(wanted, program=next(iter(one.programs)))))
    return found


def not_installed(operation: ProjectOperation, program: str = "") -> str:
    """Say that a program is not there, and what to do."""
    program = program or operation.argv[0]
    return (
        f"{program} is not installed where contained programs find it (`{operation.name}`); "
        f"{how_to_install(program)}, or name its folder in sandbox.toolchains"
    )


def not_there(operation: ProjectOperation, path: str) -> str:
    """Say that a file that an operation needs is not there, such as an installed runner."""
    place = f" in {operation.folder}/" if operation.folder else ""
    command = how_to_fetch(operation.argv[0])
    advice = f"run `{command}`{place}" if command else "install it"
    return f"{path} is not there{place} (`{operation.name}`): {advice}"

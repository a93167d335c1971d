"""What a person's own command needs of Python: the project's environment, first on PATH."""

from rooftree.errors import UsageError
from tools.drafts.snapshot import Snapshot
from tools.projects.environments.python import own_python
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess


def python_access(host: HostMachine, snapshot: Snapshot, folder: str) -> ToolchainAccess:
    """Return the environment that tests of a folder would run in; nothing where there is none."""
    try:
        found = own_python(snapshot.root, host.environ, folder)
    except UsageError as error:
        return ToolchainAccess(notes=(str(error),))
    if found is None:
        return ToolchainAccess()
    place = found.program.rpartition("/")[0]
    return ToolchainAccess(found.toolchains, path=(place,), aliases=found.aliases)

"""Which tests and checks a project has, told by its files: named operations with fixed arguments.

The arguments are ours and never a string that the project or a model wrote; what its files may
decide is which of them there are.
"""

from collections.abc import Callable, Iterator

from tools.drafts.snapshot import Snapshot
from tools.projects.detection.ecosystems.dotnet import dotnet_operations
from tools.projects.detection.ecosystems.elixir import elixir_operations
from tools.projects.detection.ecosystems.golang import go_operations
from tools.projects.detection.ecosystems.jvm import jvm_operations
from tools.projects.detection.ecosystems.make import make_operations
from tools.projects.detection.ecosystems.native import native_operations
from tools.projects.detection.ecosystems.node import node_operations
from tools.projects.detection.ecosystems.php import php_operations
from tools.projects.detection.ecosystems.project_files import ProjectFiles
from tools.projects.detection.ecosystems.ruby import ruby_operations
from tools.projects.detection.ecosystems.rust import rust_operations
from tools.projects.detection.python_detect import is_python, python_operations, python_suites
from tools.projects.detection.python_tools import python_tools
from tools.projects.operations import Project, ProjectOperation
from tools.projects.test_file_names import is_test_file

OTHERS: tuple[Callable[[ProjectFiles], Iterator[ProjectOperation]], ...] = (
    node_operations,
    go_operations,
    rust_operations,
    jvm_operations,
    native_operations,
    dotnet_operations,
    ruby_operations,
    php_operations,
    elixir_operations,
    make_operations,
)
"""What finds the operations of each ecosystem but Python; a makefile's come last."""


def detect(snapshot: Snapshot) -> Project:
    """Look at a snapshot's names, and into the few files that say how to test."""
    files = ProjectFiles(snapshot)
    names = files.names
    python = [*python_operations(names)]
    python += python_tools(files) if python else ()
    others = [one for find in OTHERS for one in find(files)]
    # A script or two in a project of another language are not what its tests are about.
    first = is_python(names) or not any(one.kind == "test" for one in others)
    operations = [*python, *others] if first else [*others, *python]
    apart = any(one.kind == "test" and one.argv[0] != "make" for one in others)
    python_only = bool(python) and first and not apart
    tests = tuple(
        sorted(
            name
            for name in names
            if is_test_file(name) and (name.endswith(".py") or not python_only)
        )
    )
    return Project(tuple(operations), tests, python_suites(snapshot) if python else ())

"""Which tests and checks a project has, told by its files: named operations with fixed arguments.

The arguments are ours and never a string that the project or a model wrote; what its files may
decide is which of them there are.
"""

from tools.drafts.snapshot import Snapshot
from tools.projects.detection.other_languages import script_operations
from tools.projects.detection.python_detect import is_python, python_operations, python_suites
from tools.projects.operations import Project
from tools.projects.test_file_names import is_test_file


def detect(snapshot: Snapshot) -> Project:
    """Look at a snapshot's names, and into the few files that say how to test."""
    names = frozenset(snapshot.files)
    python = list(python_operations(names))
    others = [*script_operations(snapshot, names)]
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

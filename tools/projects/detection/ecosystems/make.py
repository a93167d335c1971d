"""Projects with a makefile at their root: the targets whose names say what they are for."""

import re
from collections.abc import Iterator, Mapping

from tools.projects.detection.ecosystems.project_files import ProjectFiles
from tools.projects.operations import OperationKind, ProjectOperation

FILES = ("GNUmakefile", "makefile", "Makefile")
TARGETS: Mapping[str, OperationKind] = {
    "test": "test",
    "check": "test",
    "lint": "lint",
    "build": "build",
    "format-check": "format",
    "fmt-check": "format",
}
_TARGET = re.compile(r"^([\w-]++)\s*+:(?!=)", re.MULTILINE)


def make_operations(files: ProjectFiles) -> Iterator[ProjectOperation]:
    """Yield an operation for each target of a known name."""
    makefile = next((one for one in FILES if one in files.names), None)
    if makefile is None:
        return
    for target in dict.fromkeys(_TARGET.findall(files.text("", makefile))):
        if target in TARGETS:
            yield ProjectOperation(f"make {target}", TARGETS[target], ("make", target))

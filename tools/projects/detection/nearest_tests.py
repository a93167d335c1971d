"""Which of a repository's tests concern a change: those of its languages, beside its packages.

A repository of many packages has as many commands. To run those of another language or package
would tell that tests passed, and nothing of the change.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from tools.projects.operations import Project, ProjectOperation
from tools.projects.programs.ecosystems import ecosystem_of


def nearest_tests(project: Project, paths: Sequence[str]) -> tuple[Project, str]:
    """Return a project with only the tests that concern these files, and what is left out.

    Where none of its tests does, such as for a change of documents, it is left as it is.
    """
    tests = [one for one in project.operations if one.kind == "test"]
    chosen: dict[str, None] = {}
    for path in paths:
        speaking = [one for one in tests if speaks(one, path)]
        deepest = max((_depth(one) for one in speaking), default=0)
        chosen |= dict.fromkeys(one.name for one in speaking if _depth(one) == deepest)
    if not chosen:
        return project, ""
    kept = tuple(
        one
        for one in project.operations
        if one.kind != "test" or one.name in chosen or is_general(one)
    )
    groups = dict.fromkeys(_group(one) for one in tests if one.name in chosen)
    first, *others = groups
    left = f"of the tests that speak of this change, those of {first} are run, and not those of "
    return replace(project, operations=kept), left + ", ".join(others) if others else ""


def speaks(operation: ProjectOperation, path: str) -> bool:
    """Say whether a file is in the language and the folder of what an operation tests."""
    inside = not operation.folder or path.startswith(f"{operation.folder}/")
    if operation.configured:
        return inside  # who has said what tests a folder has said so of all that lies in it
    ecosystem = ecosystem_of(operation.argv[0])
    return inside and ecosystem is not None and PurePosixPath(path).suffix in ecosystem.suffixes


def is_general(operation: ProjectOperation) -> bool:
    """Say whether it may test anything, as far as its program tells."""
    return ecosystem_of(operation.argv[0]) is None


def _depth(operation: ProjectOperation) -> int:
    return operation.folder.count("/") + bool(operation.folder)


def _group(operation: ProjectOperation) -> str:
    """Return what stands for the commands of which the first that can be run is."""
    ecosystem = ecosystem_of(operation.argv[0])
    language = operation.argv[0] if ecosystem is None else ecosystem.name
    return f"{language} in {operation.folder!r}" if operation.folder else language

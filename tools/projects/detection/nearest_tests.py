"""Which of a repository's tests concern a change: those of its languages, beside its packages.

A repository of many packages has as many commands. To run those of another language or package
would tell that tests passed, and nothing of the change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from tools.projects.operations import Project, ProjectOperation

SCRIPT = frozenset(
    {
        *(".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".vue", ".svelte"),
        *(".astro", ".css", ".scss"),
    }
)
LANGUAGES_OF_COMMAND: Mapping[str, frozenset[str]] = {
    "{python}": frozenset({".py", ".pyi", ".pyx"}),
    "npm": SCRIPT,
    "node": SCRIPT,
    "go": frozenset({".go"}),
    "cargo": frozenset({".rs"}),
    "mvn": frozenset({".java", ".kt", ".scala"}),
}


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
        if one.kind != "test" or one.name in chosen or one.argv[0] == "make"
    )
    groups = dict.fromkeys(_group(one) for one in tests if one.name in chosen)
    first, *others = groups
    left = f"of the tests that speak of this change, those of {first} are run, and not those of "
    return replace(project, operations=kept), left + ", ".join(others) if others else ""


def speaks(operation: ProjectOperation, path: str) -> bool:
    """Say whether a file is in the language and the folder of what an operation tests."""
    languages = LANGUAGES_OF_COMMAND.get(operation.argv[0], frozenset())
    inside = not operation.folder or path.startswith(f"{operation.folder}/")
    return inside and PurePosixPath(path).suffix in languages


def _depth(operation: ProjectOperation) -> int:
    return operation.folder.count("/") + bool(operation.folder)


def _group(operation: ProjectOperation) -> str:
    """Return what stands for the commands of which the first that can be run is."""
    language = "Python" if operation.needs_python else operation.argv[0]
    language = "npm" if language == "node" else language
    return f"{language} in {operation.folder!r}" if operation.folder else language

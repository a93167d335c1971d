"""The tests of a Python project that are run from one folder.

That is the repository's root, or the folder of a part of a monorepo that configures itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.projects.results.reports import RunnerName


@dataclass(frozen=True, slots=True)
class PythonSuite:
    """The tests that are run from one folder of the repository; paths are relative to its root."""

    folder: str = ""
    tests: tuple[str, ...] = ()
    needs_pytest: tuple[str, ...] = ()
    """Files with tests that only pytest can run."""
    by_unittest: tuple[str, ...] = ()
    """Files with tests that unittest can run as well."""
    manage: bool = False
    """Whether Django's `manage.py` runs them."""
    parts: tuple[str, ...] = ()
    """Folders below it that are suites of their own."""
    imports: tuple[str, ...] = ("",)
    """Where Python finds the project's own packages."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What the project's own configuration sets for its tests."""

    def holds(self, path: str) -> bool:
        """Say whether a file belongs to it."""
        return is_inside(path, self.folder) and not any(is_inside(path, one) for one in self.parts)

    def arguments(self, tests: tuple[str, ...], runner: RunnerName) -> tuple[str, ...]:
        """Return the names that a runner in its folder is given for tests, or for all.

        Files that only pytest can read are not given to others, unless nothing else was wanted.
        """
        wanted = tests or ((self.by_unittest or self.tests) if runner == "unittest" else ())
        if not wanted and self.parts:
            wanted = self.tests
        if runner != "pytest":
            others = set(self.needs_pytest) - set(self.by_unittest)
            wanted = tuple(one for one in wanted if one.partition("::")[0] not in others) or wanted
        above = f"{self.folder}/" if self.folder else ""
        return tuple(one.removeprefix(above) for one in wanted)

    def named(self, test: str) -> str:
        """Return a name as the repository has it, of one that was told from the suite's folder."""
        return f"{self.folder}/{test}" if self.folder else test


def is_inside(path: str, folder: str) -> bool:
    """Say whether a path is a folder or lies in it; everything lies in the root, which is empty."""
    return not folder or path == folder or path.startswith(f"{folder}/")

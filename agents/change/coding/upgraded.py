"""Which version of a dependency the tests run with: they tell nothing of another one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.runs.team import Team
from tools.upgrading.node_installed import node_version
from tools.upgrading.request import Ecosystem
from tools.upgrading.versions import meets


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade that was edited."""

    name: str
    wanted: str
    ecosystem: Ecosystem
    manifests: Sequence[str]
    edits: Sequence[str]


@dataclass(frozen=True, slots=True)
class InstalledVersion:
    """What the tests run with."""

    upgrade: Upgrade
    versions: tuple[str | None, ...]
    """One for each place that tests run in: "" is none, and None is not known."""

    @property
    def is_wanted(self) -> bool:
        """Whether all that is known to be installed is what is asked for."""
        wanted = self.upgrade.wanted
        return bool(self.versions) and all(
            bool(one) and meets(str(one), wanted) for one in self.versions
        )

    def told(self, *, ran: bool) -> str:
        """Say what was edited, and what the tests that ran tell of it."""
        name, wanted = self.upgrade.name, self.upgrade.wanted
        count = len(self.upgrade.edits)
        edited = f"edited in {count} place{'s' if count > 1 else ''}"
        wrong = next((one for one in self.versions if not one or not meets(one, wanted)), None)
        if not ran:
            return f"{edited}; no test was run with {name} {wanted}"
        if self.is_wanted:
            return f"{edited}; tests ran with {name} {self.versions[0]} installed, as asked"
        if wrong:
            return f"{edited}; tests ran with {name} {wrong} installed, not with {wanted}"
        if wrong == "":
            return f"{edited}; tests ran where {name} is not installed, so not with {wanted}"
        return f"{edited}; tests ran, but it is not known whether with {name} {wanted}"


async def installed_version_of(team: Team, upgrade: Upgrade) -> InstalledVersion:
    """Ask where the tests run; remembered by the run."""

    async def ask() -> Any:
        return list(await _versions(team, upgrade))

    key = f"{upgrade.ecosystem} {upgrade.name} {' '.join(upgrade.manifests)}"
    return InstalledVersion(upgrade, tuple(await team.memo.once("installed", key, ask)))


async def _versions(team: Team, upgrade: Upgrade) -> Sequence[str | None]:
    checks = team.checks
    if checks is None:
        return ()
    if upgrade.ecosystem == "Python":
        return await checks.python_versions(upgrade.name)
    if upgrade.ecosystem == "JavaScript":
        root = checks.workspace.snapshot.root
        asked = [(root, path, upgrade.name) for path in upgrade.manifests]
        return [await asyncio.to_thread(node_version, *one) for one in asked]
    return (None,)

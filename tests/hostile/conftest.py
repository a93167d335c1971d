"""Fixtures of the hostile suite: the ground that attacks are made on, and who makes them."""

import os
from collections.abc import Callable, Iterator

import pytest

from rooftree.errors import SandboxUnavailableError
from tests.hostile.attempt import executor_named
from tests.hostile.users import Attacker, Ground, everybody_can_run, public_folder

Attackers = Callable[[str, str], Attacker]
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    with public_folder() as folder:
        yield Ground.lay(folder)


@pytest.fixture(scope="session")
def attackers(ground: Ground) -> Iterator[Attackers]:
    """Return who attacks an executor as a user; skip where one of them is not there."""
    started: dict[tuple[str, str], Attacker] = {}
    missing: dict[tuple[str, str], str] = {}

    def attacker(executor: str, user: str) -> Attacker:
        key = (executor, user)
        if key not in started and key not in missing:
            reason = _missing(executor, user, ground)
            if reason:
                missing[key] = reason
            else:
                started[key] = ground.attacker(executor, as_nobody=IS_ROOT and user != "root")
        if key in missing:
            pytest.skip(missing[key])
        return started[key]

    yield attacker
    for one in started.values():
        one.close()


def _missing(executor: str, user: str, ground: Ground) -> str:
    """Return why an executor cannot be attacked by a user here; empty where it can."""
    if user == "root" and not IS_ROOT:
        return "the tests do not run as root"
    if user != "root" and IS_ROOT:
        if not everybody_can_run(ground.python):
            return f"ordinary users cannot run {ground.python}"
        if executor == "container":
            return "an ordinary user's containers are not those of root"
    try:
        executor_named(executor)
    except SandboxUnavailableError as error:
        return str(error)
    return ""

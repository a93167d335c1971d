"""Every attack on every executor that is there, by root and by an ordinary user: none gets out.

What counts is what is so outside afterwards: files, listeners, processes, the machine's settings.
`docs/sandbox.md` says what the suite is, and has the table of what is proved here.
"""

import pytest

from tests.hostile.attack import Attack
from tests.hostile.attacks import ATTACKS
from tests.hostile.conftest import IS_ROOT, Attackers

NAMES = [attack.name for attack in ATTACKS]
EXECUTORS = ("bubblewrap", "container")
USERS = ("root", "an ordinary user")
CONTROLLED = [attack for attack in ATTACKS if not attack.uncontrolled]


@pytest.mark.eighth("executor", "user")
@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("name", NAMES)
def test_an_attack_is_contained(name: str, executor: str, user: str, attackers: Attackers) -> None:
    outcome = attackers(executor, user).attempt(name)
    assert outcome.reached is None, outcome
    assert outcome.ran, outcome


@pytest.mark.eighth
@pytest.mark.parametrize("attack", CONTROLLED, ids=[attack.name for attack in CONTROLLED])
def test_the_same_attack_succeeds_where_nothing_contains_it(
    attack: Attack, attackers: Attackers
) -> None:
    """An attack that reached nothing here could not fail above."""
    if attack.control_needs_root and not IS_ROOT:
        pytest.skip("without a sandbox it takes root")
    user = "root" if IS_ROOT else "an ordinary user"
    outcome = attackers("uncontained", user).attempt(attack.name)
    assert outcome.reached is not None, outcome


def test_every_attack_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 44


def test_what_is_not_tried_without_a_sandbox_has_a_reason() -> None:
    untried = {attack.name for attack in ATTACKS if attack.uncontrolled}
    assert len(untried) <= 10
    assert all(len(attack.uncontrolled.split()) > 3 for attack in ATTACKS if attack.uncontrolled)

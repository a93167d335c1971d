"""Which tasks ask for the upgrade of a dependency alone, and which version they name."""

import pytest

from agents.evidence.named_dependency import upgrade_of
from tools.upgrading.request import UpgradeRequest


@pytest.mark.parametrize(
    ("task", "request_"),
    [
        ("upgrade requests to 2.32", UpgradeRequest("requests", "2.32")),
        ("bump lodash to ^4.17.21", UpgradeRequest("lodash", "^4.17.21")),
        ("Please update `serde` to 1.0.200.", UpgradeRequest("serde", "1.0.200")),
        (
            "upgrade the package @types/node from 18 to v20.1",
            UpgradeRequest("@types/node", "v20.1"),
        ),
        ("bump the gem rails to version 7.1", UpgradeRequest("rails", "7.1")),
        ("upgrade httpx to >=0.28,<1", UpgradeRequest("httpx", ">=0.28,<1")),
        ("upgrade a in web/package.json to `2`", UpgradeRequest("a", "2", "web/package.json")),
        ("upgrade a to 2 in `setup.cfg`", UpgradeRequest("a", "2", "setup.cfg")),
        ("upgrade requests to the latest version", UpgradeRequest("requests", "latest version")),
    ],
)
def test_a_task_that_asks_for_an_upgrade_alone_names_it(
    task: str, request_: UpgradeRequest
) -> None:
    assert upgrade_of(task) == request_


@pytest.mark.parametrize(
    "task",
    [
        "bump version to 1.2.3",
        "upgrade python to 3.12",
        "upgrade requests to 2.32 and mend what breaks",
        "upgrade requests to 2.32\n\nThen test it.",
        "update the total to be a sum",
        "upgrade all dependencies",
        "update the number of retries to 3",
    ],
)
def test_a_task_that_asks_for_more_or_for_something_else_is_none(task: str) -> None:
    assert upgrade_of(task) is None

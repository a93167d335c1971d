"""Which versions meet a requirement, as the ecosystems mean it."""

import pytest

from tools.upgrading.versions import meets


@pytest.mark.parametrize(
    ("version", "requirement"),
    [
        ("2.32.3", "2.32"),
        ("2.32.0", "2.32"),
        ("2.32", "2.32.0"),
        ("4.18.0", "^4.17.21"),
        ("0.2.9", "^0.2.1"),
        ("1.4.9", "~=1.4.2"),
        ("1.9", "~=1.4"),
        ("1.2.9", "~1.2.3"),
        ("7.1.2", "~> 7.1"),
        ("2.5", ">=2,<3,!=2.4.*"),
        ("v1.9.1", "1.9.1"),
        ("1.0rc1", "==1.0rc1"),
    ],
)
def test_a_version_meets(version: str, requirement: str) -> None:
    assert meets(version, requirement)


@pytest.mark.parametrize(
    ("version", "requirement"),
    [
        ("2.31.0", "2.32"),
        ("2.320", "2.32"),
        ("5.0.0", "^4.17.21"),
        ("4.17.20", "^4.17.21"),
        ("0.3.0", "^0.2.1"),
        ("1.5.0", "~=1.4.2"),
        ("2.0", "~=1.4"),
        ("1.3.0", "~1.2.3"),
        ("2.4.1", ">=2,<3,!=2.4.*"),
        ("3.0", "<3"),
        ("2.32.0rc1", "2.32"),
        ("2.32.0rc1", ">=2.31"),
        ("2", "latest"),
        ("", "2"),
    ],
)
def test_a_version_does_not_meet_or_that_is_not_known(version: str, requirement: str) -> None:
    assert not meets(version, requirement)

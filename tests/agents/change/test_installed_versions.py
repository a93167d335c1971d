"""What is told of the version that tests ran with never says more than what is known."""

import pytest

from agents.change.coding.upgraded import InstalledVersion, Upgrade

UPGRADE = Upgrade("serde", "1.0.200", "Rust", ("Cargo.toml",), ("Cargo.toml:2", "Cargo.toml:3"))


@pytest.mark.parametrize(
    ("versions", "is_wanted", "told"),
    [
        (("1.0.200",), True, "tests ran with serde 1.0.200 installed, as asked"),
        (("1.0.150",), False, "tests ran with serde 1.0.150 installed, not with 1.0.200"),
        (
            ("1.0.200", "1.0.1"),
            False,
            "tests ran with serde 1.0.1 installed, not with 1.0.200",
        ),
        (("",), False, "tests ran where serde is not installed, so not with 1.0.200"),
        ((None,), False, "tests ran, but it is not known whether with serde 1.0.200"),
        (("1.0.200", None), False, "tests ran, but it is not known whether with serde 1.0.200"),
        ((), False, "tests ran, but it is not known whether with serde 1.0.200"),
    ],
)
def test_only_the_wanted_version_everywhere_is_as_asked(
    versions: tuple[str | None, ...], is_wanted: bool, told: str
) -> None:
    installed = InstalledVersion(UPGRADE, versions)
    assert installed.is_wanted is is_wanted
    assert installed.told(ran=True) == f"edited in 2 places; {told}"
    assert installed.told(ran=False) == "edited in 2 places; no test was run with serde 1.0.200"

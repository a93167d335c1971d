from pathlib import Path
from typing import Any

import pytest

from models.sizing.sources import presets
from models.weights.catalogue import catalogue
from models.weights.licences import LicencePolicy, judge, licences, read_policy, refuse_unlicensed
from rooftree.errors import ConfigError, LicenceRefusedError

EXAMPLE = Path("docs/licence-policy.toml")


def verdict(model: str, **policy: Any) -> bool:
    figures = {"monthly_revenue_usd": 1_000_000, "monthly_users": 100}
    return judge(model, LicencePolicy(**(figures | policy))).allowed


def test_the_example_policy_is_one() -> None:
    assert read_policy(EXAMPLE).commercial


@pytest.mark.parametrize(
    ("model", "policy", "allowed"),
    [
        ("codestral-22b", {}, False),
        ("codestral-22b", {"commercial": False, "production": False, "fine_tune": False}, True),
        ("devstral-2-123b", {"monthly_revenue_usd": 30_000_000}, False),
        ("devstral-2-123b", {"monthly_revenue_usd": None}, False),
        ("devstral-2-123b", {}, True),
        ("qwen3-coder", {}, True),
        ("Qwen/Qwen2.5-Coder-3B-Instruct", {}, False),
        ("Qwen/Qwen2.5-Coder-7B-Instruct", {}, True),
        ("llama-3.2-90b-vision", {}, False),
        ("llama-3.2-90b-vision", {"in_eu": False}, True),
        ("llama-3.1-8b", {"monthly_users": 800_000_000}, False),
        ("starcoder2-7b", {"accept_use_restrictions": False}, False),
        ("glm-5", {"least_read": "card"}, False),
        ("gpt-oss-20b", {"allowed": ("MIT",)}, False),
        ("gpt-oss-20b", {"denied": ("Apache-2.0",)}, False),
        ("someones-model", {}, False),
        ("someones-model", {"allow_unknown": True}, True),
    ],
)
def test_a_policy_decides(model: str, policy: dict[str, Any], allowed: bool) -> None:
    assert verdict(model, **policy) == allowed


def test_what_nobody_has_read_is_told_as_that() -> None:
    found = judge("someones-model", LicencePolicy(), "mit")
    assert not found.known
    assert "could not be judged" in found.reasons[0]
    assert "claim 'mit'" in found.reasons[0]


def test_what_we_ship_and_size_has_been_read() -> None:
    names = [entry.name for entry in catalogue()] + list(presets())
    assert all(judge(name, LicencePolicy()).known for name in names), names
    assert all(entry.source.startswith("https://") for entry in licences())
    for entry in catalogue():
        assert judge(entry.name, LicencePolicy()).licence == entry.licence


def test_a_policy_that_is_wrong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    with pytest.raises(ConfigError, match="cannot read"):
        read_policy(path)
    path.write_text("comercial = true")
    with pytest.raises(ConfigError, match=r"comercial.*it may hold commercial"):
        read_policy(path)
    path.write_text("[")
    with pytest.raises(ConfigError, match="not TOML"):
        read_policy(path)


def test_the_gate_is_open_without_a_policy_and_shut_by_one(tmp_path: Path) -> None:
    refuse_unlicensed("codestral-22b", None)
    refuse_unlicensed("small", EXAMPLE)
    with pytest.raises(LicenceRefusedError, match="does not allow 'codestral-22b'"):
        refuse_unlicensed("codestral-22b", EXAMPLE)

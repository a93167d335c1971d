import sys
from pathlib import Path
from types import ModuleType

import pytest

from models.wire.keys import key_of
from rooftree.config import EndpointSection
from rooftree.errors import ConfigError

KEY = "sk-" + "made-up"


def key(environ: dict[str, str] | None = None, **fields: object) -> str:
    section = EndpointSection.model_validate({"url": "http://x/v1"} | fields)
    return key_of("gpu", section, environ or {})


def test_no_source_is_no_key() -> None:
    assert key() == ""


def test_a_key_comes_from_the_environment() -> None:
    assert key({"GPU_KEY": f" {KEY}\n"}, api_key_env="GPU_KEY") == KEY


def test_a_key_comes_from_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="can be read by others"):
        key(api_key_file=path)
    path.chmod(0o600)
    assert key(api_key_file=path) == KEY
    with pytest.raises(ConfigError, match="cannot read"):
        key(api_key_file=tmp_path / "none")


def test_a_key_comes_from_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"service/user"):
        key(api_key_keyring="nothing")
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match="pip install keyring"):
        key(api_key_keyring="rooftree/gpu")
    for name, module in _keyring({("rooftree", "gpu"): KEY}).items():
        monkeypatch.setitem(sys.modules, name, module)
    assert key(api_key_keyring="rooftree/gpu") == KEY
    with pytest.raises(ConfigError, match="holds nothing for 'rooftree/other'"):
        key(api_key_keyring="rooftree/other")
    with pytest.raises(ConfigError, match="cannot be used: locked"):
        key(api_key_keyring="rooftree/locked")


def _keyring(kept: dict[tuple[str, str], str]) -> dict[str, ModuleType]:
    """Return a keyring of two modules, as the package has them."""

    class KeyringError(Exception):
        """The keyring cannot be used."""

    def get_password(service: str, user: str) -> str | None:
        if user == "locked":
            raise KeyringError("locked")
        return kept.get((service, user))

    package, errors = ModuleType("keyring"), ModuleType("keyring.errors")
    vars(package)["get_password"] = get_password
    vars(errors)["KeyringError"] = KeyringError
    return {"keyring": package, "keyring.errors": errors}


def test_several_sources_are_refused_and_no_message_holds_a_key() -> None:
    with pytest.raises(ConfigError, match="several sources"):
        key(api_key_env="A", api_key_keyring="a/b")
    with pytest.raises(ConfigError) as caught:
        key({"GPU_KEY": f"{KEY}\n{KEY}"}, api_key_env="GPU_KEY")
    assert KEY not in str(caught.value)

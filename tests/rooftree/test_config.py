import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.config import Config, LoadedConfig, load_config, user_file
from rooftree.errors import ConfigError

NAMES = ("ROOFTREE_MODEL_NAME", "ROOFTREE_SERVE_PORT", "ROOFTREE_ASK_WALL_SECONDS")


def load(text: str | bytes, tmp_path: Path) -> LoadedConfig:
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_config(environ={}, files=(path,))


def test_later_layers_win_and_every_value_says_where_it_came_from(tmp_path: Path) -> None:
    system, user = tmp_path / "system.toml", tmp_path / "user.toml"
    system.write_text('[model]\nname = "small"\nendpoint = "http://a/v1"\n[serve]\nport = 1\n')
    user.write_text('[model]\nname = "tiny"\n')
    loaded = load_config(
        {"serve.port": 3, "serve.host": None},
        {"ROOFTREE_MODEL_NAME": "default", "ROOFTREE_SERVE_PORT": "2"},
        (system, user),
    )
    rows = {key: (value, origin) for key, value, origin in loaded.rows()}
    assert rows["model.name"] == ("default", "ROOFTREE_MODEL_NAME")
    assert rows["model.endpoint"] == ("http://a/v1", str(system))
    assert rows["serve.port"] == (3, "flag")
    assert rows["serve.host"] == ("127.0.0.1", "default")


def test_a_file_that_is_not_there_sets_nothing(tmp_path: Path) -> None:
    assert load_config(environ={}, files=(tmp_path / "none.toml",)).origins == {}


def test_the_state_folder_is_that_of_the_environment_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert Config().state.folder == tmp_path / "rooftree"


def test_other_variables_are_not_settings(tmp_path: Path) -> None:
    key = {
        "ROOFTREE_MODEL_API_KEY": "k",
        "ROOFTREE_NOWHERE_NAME": "x",
        "ROOFTREE_": "",
        "HOME": "/",
    }
    assert load_config(environ=key, files=()).origins == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[model]\nnme = "x"\n', "no key of \\[model\\] .nme.; did you mean .name."),
        ("[nowhere]\nx = 1\n", "nowhere"),
        ("model = 1\n", "'model' must be a section"),
        ("[serve]\nport = 70000\n", "serve.port from"),
        ("[serve\n", "is not valid TOML"),
        ("a = " + "[" * 20_000, "is not valid TOML"),
        (b"\xff", "cannot read the configuration file"),
        ('[state]\nfolder = "state"\n', "must be an absolute path"),
        ('[state]\nfolder = "/tmp/a\\u0000b"\n', "must be an absolute path"),
        ('[state]\nfolder = "~nobody-of-this-name/x"\n', "state.folder"),
    ],
)
def test_a_wrong_value_is_named_with_its_origin(
    text: str | bytes, says: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=says):
        load(text, tmp_path)


def test_a_folder_instead_of_a_file_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read"):
        load_config(environ={}, files=(tmp_path,))


def test_the_home_folder_may_be_written_as_a_tilde(tmp_path: Path) -> None:
    assert load('[state]\nfolder = "~/x"\n', tmp_path).config.state.folder == Path.home() / "x"


def test_the_users_file_lies_in_the_configuration_folder() -> None:
    assert user_file().name == "config.toml"
    assert user_file().parent.name == "rooftree"
    assert user_file().is_absolute()


def outcome(**layers: Any) -> str:
    """Return what loading says: nothing where it gives a configuration."""
    try:
        assert isinstance(load_config(**{"environ": {}, "files": (), **layers}).config, Config)
    except ConfigError as error:
        return str(error)
    return ""


@given(st.binary(max_size=200))
def test_any_file_gives_a_configuration_or_a_configuration_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "config.toml"
    path.write_bytes(data)
    assert str(path) in (outcome(files=(path,)) or str(path))


@given(
    st.dictionaries(
        st.sampled_from(NAMES) | st.text(max_size=30).map("ROOFTREE_".__add__),
        st.text(max_size=30),
        max_size=4,
    )
)
def test_any_environment_gives_a_configuration_or_a_configuration_error(
    environ: dict[str, str],
) -> None:
    assert "ROOFTREE_" in (outcome(environ=environ) or "ROOFTREE_")


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists))
def test_any_flag_gives_a_configuration_or_a_configuration_error(value: object) -> None:
    said = outcome(flags={"serve.port": value})
    assert not said or "serve.port from flag" in said


def test_the_process_environment_is_read_by_default() -> None:
    expected = {name for name in os.environ if name in NAMES}
    origins = set(load_config(files=()).origins.values())
    assert expected <= origins

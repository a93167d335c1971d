"""A name that does not exist is refused on every face, with those that are alike."""

import json
from pathlib import Path

import pytest

from rooftree.errors import UnknownModelError
from server.cli.host.checks import models as doctor
from tests.server.access.test_runs_of_keys import face_of
from tests.server.calls import Calls
from tests.server.changing import TASK, changing_config, environment
from tests.server.commands import Commands
from tests.server.operations.test_runs_of_repositories import drafted
from tests.server.stand import Stand
from tests.support import config_in
from tests.support.scripted_model import ScriptedServer

MEANT = "'scriptde'; did you mean 'scripted'"


@pytest.fixture
def commands(tmp_path: Path, model: ScriptedServer) -> Commands:
    return Commands(tmp_path, environment(tmp_path, model))


def test_a_model_that_does_not_exist_is_refused_by_every_command_that_names_one(
    commands: Commands, model: ScriptedServer, shop: Path, tmp_path: Path
) -> None:
    run = drafted(Calls(changing_config(tmp_path, model)), shop).id
    here = ("--repo", str(shop))
    named = ("--model", "scriptde")
    for words in (
        ("change", TASK, *here, *named),
        ("review", "--base", "HEAD", *here, *named),
        ("runs", "replay", run, *here, *named),
        ("models", "probe", "scriptde"),
        ("endpoints", "check", model.base_url, *named),
    ):
        done = commands.run(*words)
        assert (done.code, MEANT in done.err) == (2, True), (words, done)
        done.assert_one_line()
    assert model.requests == []
    assert run in commands.run("runs", "list", *here).out
    assert len(commands.run("runs", "list", *here).out.splitlines()) == 1, "nothing was begun"


@pytest.mark.parametrize(
    "words", [("change", TASK), ("review", "--base", "HEAD"), ("ask", "how is total added up")]
)
def test_a_model_that_is_configured_and_does_not_exist_is_refused(
    commands: Commands, model: ScriptedServer, shop: Path, words: tuple[str, ...]
) -> None:
    done = commands.run(*words, "--repo", shop, ROOFTREE_MODEL_NAME="scriptde")
    assert (done.code, MEANT in done.err) == (2, True)
    assert done.err.splitlines()[-1].startswith("rooftree: ")
    assert done.out == ""
    assert model.requests == []


NO_WEIGHTS = "rooftree: model.name: there is no embedded model "


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "how is total added up", "--json"),
        ("change", TASK),
        ("review", "--base", "HEAD"),
        ("chat",),
        ("serve", "--port", "0"),
        ("models", "probe"),
    ],
    ids=lambda words: words[0],
)
def test_embedded_weights_that_are_configured_and_unknown_are_refused(
    tmp_path: Path, shop: Path, words: tuple[str, ...]
) -> None:
    here = () if words[0] == "models" else ("--repo", str(shop))
    commands = Commands(tmp_path, {"ROOFTREE_MODEL_NAME": "tini"})
    done = commands.run(*words, *here, stdin="how is total added up\n")
    assert done.code == 2, done
    assert done.err.splitlines()[-1].startswith(f"{NO_WEIGHTS}'tini'; did you mean 'tiny'?")
    assert "Traceback" not in done.err
    if "--json" in words:
        assert done.json()["error"]["code"] == "model_not_found"


@pytest.mark.parametrize("name", ["nosuch", "minilm"])
async def test_the_models_that_there_are_are_named_by_all_who_would_use_one(
    tmp_path: Path, name: str
) -> None:
    """An embedder is no model that answers; whoever only searches needs none."""
    services = Calls(config_in(tmp_path, model={"name": name, "probe": False}))
    told = f"no embedded model {name!r}; there are default, qwen2.5-coder-0.5b, .*, small, .*, tiny"
    with pytest.raises(UnknownModelError, match=told):
        _ = services.models
    found = doctor.weights(services)
    assert (found.verdict, "there are default" in found.detail) == ("failed", True)
    assert (await doctor.profile(services)).verdict == "skipped"
    assert services.model_version() is None
    elsewhere = {"name": name, "endpoint": "http://127.0.0.1:1/v1"}
    assert Calls(config_in(tmp_path, model=elsewhere)).models.model == name
    await services.aclose()


def test_weights_named_by_their_path_are_no_unknown_name(tmp_path: Path) -> None:
    file = tmp_path / "own.gguf"
    file.write_bytes(b"GGUF")
    Calls(config_in(tmp_path, model={"name": str(file)})).check_model()
    file.unlink()
    with pytest.raises(UnknownModelError, match=r"own\.gguf"):
        Calls(config_in(tmp_path, model={"name": str(file)})).check_model()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("keys", "create", "me", "--scope", "serach"), "did you mean 'search'"),
        (("keys", "revoke", "nosuch"), "'nosuch'"),
        (("models", "pull", "smal"), "did you mean 'small'"),
        (("runs", "show", "2020"), "no run begins with '2020'"),
        (("apply", "2020"), "no run begins with '2020'"),
        (("endpoints", "check", "gpu"), "no configured endpoint 'gpu'"),
        (("change", "x", "--approve", "al"), "--approve is one of"),
        (("index", "/no/such/place"), "'/no/such/place' does not exist"),
    ],
)
def test_other_names_that_do_not_exist(
    commands: Commands, words: tuple[str, ...], told: str
) -> None:
    done = commands.run(*words)
    assert done.code in (2, 3)
    assert told in done.err
    done.assert_one_line()


def test_a_variable_that_is_no_setting_is_refused(commands: Commands) -> None:
    done = commands.run("config", "show", ROOFTREE_MODEL_NAEM="x")
    assert done.code == 2
    assert "'ROOFTREE_MODEL_NAEM'; did you mean 'ROOFTREE_MODEL_NAME'" in done.err
    done.assert_one_line()
    assert commands.run("config", "show", ROOFTREE_MODEL_OTHER_KEY="secret").code == 0


def test_a_setting_that_nothing_reads_is_none(commands: Commands) -> None:
    settings = commands.home / "config" / "rooftree" / "config.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('[endpoints.gpu]\nurl = "http://127.0.0.1:1/v1"\npreset = "vllm"\n')
    done = commands.run("config", "show")
    assert done.code == 2
    assert "preset" in done.err
    done.assert_one_line()


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "hi"}]}),
        ("/v1/completions", {"prompt": "hi"}),
    ],
)
async def test_the_api_refuses_a_model_by_its_name(
    stand: Stand, path: str, body: dict[str, object]
) -> None:
    refused = await stand.client.post(path, json=body | {"model": "scriptde"})
    assert refused.status_code == 404
    error = refused.json()["error"]
    assert (error["code"], error["param"]) == ("model_not_found", "model")
    assert MEANT in error["message"]
    listed = await stand.client.get("/v1/models/scriptde")
    assert MEANT in listed.json()["error"]["message"]
    embedded = await stand.client.post(
        "/v1/embeddings", json={"model": "toy-embeder", "input": "x"}
    )
    assert "did you mean 'toy-embedder'" in json.dumps(embedded.json())


async def test_changes_and_reviews_over_http_refuse_a_model_by_its_name(
    tmp_path: Path, model: ScriptedServer, shop: Path
) -> None:
    async with face_of(tmp_path, [shop], model) as face:
        for path, body in (("change", {"task": TASK}), ("review", {"base": "HEAD"})):
            asked = body | {"repo": str(shop), "model": "scriptde"}
            refused = await face.local.post(f"/api/{path}", json=asked)
            assert (refused.status_code, MEANT in refused.text) == (404, True)
    assert model.requests == []

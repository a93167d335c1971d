import json
from pathlib import Path
from typing import Any

import pytest

from tests.models.probing.answering import PerfectModel, ThinkingModel
from tests.server.commands import ROOT, SECONDS, Done
from tests.support.fork_server import run_forked
from tests.support.scripted_model import Json, ScriptedServer, Text


def rooftree(home: Path, *arguments: str, **variables: str) -> Done:
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        **variables,
    }
    return Done.of(run_forked(arguments, environment, ROOT, None, SECONDS))


def told(done: Done, code: int = 0) -> Any:
    assert done.code == code, done.err
    return done.json()


def test_sizes_are_printed_as_json(tmp_path: Path) -> None:
    size = ("models", "size", "llama-3.1-70b", "--seq", "8096", "--json")
    seed = told(rooftree(tmp_path, *size, "--method", "seed"))
    figures = [seed[f"{key}_gib"] for key in ("weights", "kv", "activations", "total")]
    assert figures == [130.39, 19.77, 86.54, 236.69]
    engine = told(rooftree(tmp_path, *size))
    assert (engine["kv_gib"], engine["kv_bytes_per_token"]) == (2.47, 327680)


def test_a_plan_decides_the_exit_code_and_is_written(tmp_path: Path) -> None:
    plan, picture = tmp_path / "plan.json", tmp_path / "plan.svg"
    fits = rooftree(
        tmp_path,
        *("models", "size", "qwen2.5-coder-7b", "--gpu", "L4:1", "--users", "6", "--ctx", "16384"),
        *("-o", str(plan), "--svg", str(picture)),
    )
    assert fits.code == 0, fits.err
    assert "vllm serve MODEL --max-model-len 16384" in fits.out
    assert json.loads(plan.read_text())["concurrency"] == 6
    assert picture.read_text().startswith("<svg")
    tight = rooftree(tmp_path, "models", "size", "qwen2.5-coder-14b", "--gpu", "L4:1")
    assert tight.code == 1
    assert "--precision fp8" in tight.out


@pytest.mark.parametrize(
    "arguments",
    [
        ("models", "size", "nothing"),
        ("models", "size", "tiny", "--gpu", "abacus"),
        ("models", "size", "tiny", "--precision", "fp3"),
        ("models", "size", "tiny", "--method", "guess"),
        ("models", "size", "tiny", "--train", "hard"),
        ("models", "size", "tiny", "-o", "plan.json"),
        ("models", "check", "tiny", "--policy", "/nowhere/policy.toml"),
        ("endpoints", "check", "nowhere"),
        ("endpoints", "check", "http://127.0.0.1:9"),
    ],
)
def test_a_wrong_request_is_one_line_and_exit_code_two(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = rooftree(tmp_path, *arguments)
    assert done.code == 2
    assert done.err.startswith("rooftree: ")
    assert done.err.count("\n") == 1


def test_a_policy_shuts_the_gate_of_pull(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('denied = ["Apache-2.0"]')
    variables = {"ROOFTREE_MODEL_LICENCE_POLICY": str(policy)}
    done = rooftree(tmp_path, "models", "pull", "tiny", **variables)
    assert done.code == 3
    assert "does not allow 'tiny'" in done.err
    found = told(
        rooftree(tmp_path, "models", "check", "tiny", "--policy", str(policy), "--json"), 1
    )
    assert found["reasons"] == ["the policy denies Apache-2.0"]


def test_an_endpoint_is_checked_by_url(tmp_path: Path) -> None:
    with PerfectModel().serve() as server:
        found = told(rooftree(tmp_path, "endpoints", "check", server.base_url, "--json"))
        shown = rooftree(tmp_path, "endpoints", "check", server.base_url)
    assert found["serves"]
    assert {item["check"]: item["outcome"] for item in found["findings"]}["chat"] == "yes"
    assert "json schema            yes       enforced" in shown.out


def test_presets_tell_what_servers_do_wrong_and_how_thinking_is_steered(tmp_path: Path) -> None:
    rows = {one["name"]: one for one in told(rooftree(tmp_path, "endpoints", "presets", "--json"))}
    assert rows["ollama"]["thinking"] == ["effort"]
    assert rows["vllm"]["reasoning_in"] == ["reasoning"]
    shown = rooftree(tmp_path, "endpoints", "presets")
    assert "known: a call whose JSON its own model wrote wrongly is answered by 500" in shown.out


def test_an_endpoint_that_is_down_is_exit_code_three(tmp_path: Path) -> None:
    with ScriptedServer([Text("x")]) as server:
        url = server.base_url
    done = rooftree(tmp_path, "endpoints", "check", url, "--model", "m")
    assert done.code == 3
    assert "not seen" in done.out


def test_a_model_is_probed_once_and_known_then(tmp_path: Path) -> None:
    with PerfectModel().serve() as server:
        variables = {"ROOFTREE_MODEL_ENDPOINT": server.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
        (first,) = told(rooftree(tmp_path, "models", "probe", "--json", **variables))
        asked = len(server.requests)
        (again,) = told(rooftree(tmp_path, "models", "probe", "--json", **variables))
        assert len(server.requests) - asked < 8
        shown = rooftree(tmp_path, "models", "probe", "coder", **variables)
    assert first == again
    assert first["tier"] == "capable"
    assert "coder     capable" in shown.out
    assert "tools by native" in shown.out
    assert first["window"] == {"tokens": first["context"]["measured"], "source": "measured"}
    tokens = first["window"]["tokens"]
    assert f"runs work with a context of {tokens} tokens (measured)" in shown.out
    assert f"size {first['size']}: window of {tokens} tokens" in shown.out
    assert "6 of 6 steps of an agent right" in shown.out
    assert "edits with tools by edit: edit 3 of 3" in shown.out
    assert "thinking: no" in shown.out
    assert "calls: one call in one answer, streamed as they are whole" in shown.out
    assert "sampling: left to the server" in shown.out


def test_a_model_that_thinks_is_shown_as_one_with_what_its_server_is_known_for(
    tmp_path: Path,
) -> None:
    model = ThinkingModel(switch="reasoning_effort")
    routes = {"/api/version": Json({"version": "0.30"})}
    with ScriptedServer(model, routes=routes) as server:
        variables = {
            "ROOFTREE_MODEL_ENDPOINT": server.base_url,
            "ROOFTREE_MODEL_NAME": "scripted",
            "ROOFTREE_MODEL_SAMPLING": "gpt-oss",
        }
        shown = rooftree(tmp_path, "models", "probe", **variables)
    assert "tokens; switched by reasoning_effort, least 'none'; budget: none" in shown.out
    assert "reasoning: comes as reasoning, goes back as reasoning" in shown.out
    assert "sampling: temperature 1, top_p 1, top_k 0" in shown.out
    assert "known of Ollama: a call whose JSON" in shown.out
    assert "ollama/issues/14570" in shown.out

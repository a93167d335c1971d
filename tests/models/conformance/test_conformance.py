import pytest

from models.chat.abilities import REASONING_FIELDS
from models.conformance.run import ConformanceReport, run_checks
from models.wire.endpoint import Deadlines
from models.wire.presets import presets
from tests.models.probing.answering import HopelessModel, PerfectModel
from tests.support.scripted_model import Failure, Json, ScriptedServer, Wire

QUICK = Deadlines(2, 2, 2, 5)


async def table(server: ScriptedServer) -> tuple[ConformanceReport, dict[str, str]]:
    found = await run_checks(server.endpoint(), "", QUICK)
    return found, {finding.check: finding.outcome for finding in found.findings}


async def test_a_good_server_has_a_good_table() -> None:
    with PerfectModel().serve() as server:
        found, outcomes = await table(server)
    assert found.serves
    assert found.model == "scripted"
    for check in ("models", "chat", "usage", "stream", "json schema", "tools", "embeddings"):
        assert outcomes[check] == "yes", check
    assert outcomes["tool choice required"] == "yes"
    assert outcomes["logprobs"] == "no"
    assert outcomes["context"] == "could_not_look"
    assert outcomes["key"] == "no", "anybody is answered"


async def test_a_poor_server_is_told_as_it_is() -> None:
    with HopelessModel().serve() as server:
        found, outcomes = await table(server)
    assert found.serves
    for check in ("json schema", "tools", "tool choice required", "fill in the middle"):
        assert outcomes[check] == "no", check


async def test_a_server_that_is_not_there_was_not_looked_at() -> None:
    with ScriptedServer() as server:
        endpoint = server.endpoint()
    found = await run_checks(endpoint, "m", QUICK)
    assert not found.serves
    assert found.findings[-1].outcome == "could_not_look"
    assert found.preset is None


async def test_a_server_without_a_chat_is_no_use() -> None:
    with ScriptedServer(lambda _: Failure(404, "no chat here")) as server:
        found, outcomes = await table(server)
    assert not found.serves
    assert outcomes["chat"] == "no"


@pytest.mark.parametrize(
    ("path", "page", "name"),
    [
        ("/props", '{"default_generation_settings": {"n_ctx": 4096}}', "llamacpp"),
        ("/v1/models", '{"data": [{"id": "m", "owned_by": "vllm"}]}', "vllm"),
        ("/v1/models", '{"data": [{"id": "m", "owned_by": "aphrodite"}]}', "aphrodite"),
        ("/api/version", '{"version": "0.12"}', "ollama"),
        ("/health/liveliness", '"I\'m alive!"', "litellm"),
        ("/system", '{"backends": []}', "localai"),
        ("/v1/metadata", '{"modelInfo": []}', "nim"),
        ("/v1/models", '{"data": [{"id": "m", "owned_by": "sglang"}]}', "sglang"),
        ("/info", '{"model_id": "m", "max_total_tokens": 4096}', "tgi"),
        ("/api/v0/models", '{"data": [{"id": "m", "compatibility_type": "gguf"}]}', "lmstudio"),
        ("/docs.json", '{"info": {"title": "BentoML"}}', "openllm"),
    ],
)
async def test_each_server_is_recognised_by_what_it_answers(
    path: str, page: str, name: str
) -> None:
    routes = {path: Wire((page.encode(),), headers={"content-type": "application/json"})}
    with ScriptedServer(lambda _: Json({"choices": []}), routes=routes) as server:
        found, _ = await table(server)
    assert found.preset is not None
    assert found.preset.name == name


def test_every_preset_says_what_to_know_and_from_where() -> None:
    names = [preset.name for preset in presets()]
    assert set(names) >= {"litellm", "vllm", "localai", "ollama", "aphrodite", "openllm", "nim"}
    assert all(preset.needs and preset.source.startswith("https://") for preset in presets())


def test_what_a_preset_says_of_thinking_can_be_tried_and_looked_up() -> None:
    for preset in presets():
        assert all(
            way == "effort" or way.partition(":")[0] == "template" for way in preset.thinking
        )
        assert not preset.thinking or preset.facts.startswith("https://"), preset.name
        assert set(preset.reasoning_in) <= set(REASONING_FIELDS)
        for fault in preset.faults:
            assert fault.what
            assert fault.do
            assert fault.source.startswith("https://")

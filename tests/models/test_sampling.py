"""How answers are drawn: an operator says so, and nothing is concluded from a name."""

from pathlib import Path

import pytest

from models.gateway import ModelAccess
from models.sampling import sampling_families, sampling_of
from rooftree.config import Config, SamplingValues, load_config
from rooftree.errors import ConfigError
from tests.models.pool.test_configured import configured, no_weights


def test_values_are_sent_as_they_are_set_to_any_server() -> None:
    chosen = SamplingValues(temperature=0.7, top_k=0)
    for server in ("", "vllm", "ollama"):
        assert sampling_of(chosen, server) == {"temperature": 0.7, "top_k": 0}
    assert sampling_of("") == {}


def test_a_row_is_sent_unless_the_server_applies_it_by_itself() -> None:
    row = sampling_of("gemma-4", "llamacpp")
    assert row == {"temperature": 1.0, "top_p": 0.95, "top_k": 64}
    assert sampling_of("gemma-4", "vllm") == {}


def test_a_row_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"model\.sampling.*gemma-4"):
        sampling_of("gemma4")


def test_every_row_has_a_source_and_no_temperature_of_0() -> None:
    for row in sampling_families().values():
        assert row.source.startswith("https://")
        assert row.values.temperature != 0


async def test_sampling_is_configured_by_model_or_by_endpoint(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        """
        [model]
        endpoint = "http://127.0.0.1:9/v1"
        name = "m"
        sampling = "qwen2.5-coder"
        [endpoints.gpu]
        url = "http://127.0.0.1:9/v1"
        sampling = { temperature = 0.6, top_p = 0.95 }
        [aliases.coder]
        versions = [{ endpoint = "gpu", model = "n" }]
        """,
    )
    access = ModelAccess(config, no_weights, {})
    assert access.sampling("coder") == {"temperature": 0.6, "top_p": 0.95}
    assert access.sampling("chat")["top_k"] == 20
    assert ModelAccess(Config(), no_weights, {}).sampling("chat") == {}
    await access.aclose()


def test_a_row_can_be_chosen_by_the_environment_and_values_are_checked(tmp_path: Path) -> None:
    environ = {"ROOFTREE_MODEL_SAMPLING": "gpt-oss"}
    assert load_config(environ=environ, files=()).config.model.sampling == "gpt-oss"
    with pytest.raises(ConfigError, match="sampling"):
        configured(tmp_path, "[model]\nsampling = { temperature = 9 }")

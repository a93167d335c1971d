"""Facts about a real vLLM that decide how it is deployed: what its key guards, what it measures."""

import re
from typing import Any

import pytest

from tests.vllm.conftest import material
from tests.vllm.material import FIRST
from tests.vllm.serving import NAME, VllmServer

pytestmark = pytest.mark.vllm

CHAT = {
    "model": NAME,
    "messages": [{"role": "user", "content": "What is the capital of Germany?"}],
    "max_tokens": 2,
}
METRICS = {
    "vllm:e2e_request_latency_seconds_bucket",
    "vllm:generation_tokens_total",
    "vllm:inter_token_latency_seconds_bucket",
    "vllm:kv_cache_usage_perc",
    "vllm:lora_requests_info",
    "vllm:num_preemptions_total",
    "vllm:num_requests_running",
    "vllm:num_requests_waiting",
    "vllm:prefix_cache_hits_total",
    "vllm:prefix_cache_queries_total",
    "vllm:request_queue_time_seconds_bucket",
    "vllm:request_success_total",
    "vllm:time_to_first_token_seconds_bucket",
    "vllm:tool_call_parser_invocations_total",
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/models", None),
        ("POST", "/v1/chat/completions", CHAT),
        ("POST", "/v1/load_lora_adapter", {"lora_name": "x@v1", "lora_path": "/nowhere"}),
    ],
)
def test_the_key_guards_what_is_below_v1(
    vllm: VllmServer, method: str, path: str, body: Any
) -> None:
    with vllm.http(keyed=False) as http:
        answer = http.request(method, path, json=body)
    assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/health", None),
        ("GET", "/metrics", None),
        ("GET", "/version", None),
        ("POST", "/tokenize", {"prompt": "x"}),
        ("POST", "/invocations", CHAT),
    ],
)
def test_the_key_guards_nothing_else_not_even_a_chat(
    vllm: VllmServer, method: str, path: str, body: Any
) -> None:
    """So nobody but our gateway may be able to reach the port."""
    with vllm.http(keyed=False) as http:
        assert http.request(method, path, json=body).status_code == 200


def test_without_a_key_anybody_can_load_an_adapter_by_another_path(vllm: VllmServer) -> None:
    body = {"name": "stranger@v1", "src": str(material() / FIRST)}
    with vllm.http(keyed=False) as http:
        assert http.post("/adapters", json=body).status_code == 200
        assert http.delete("/adapters/stranger@v1").status_code == 200


def test_it_says_its_version_and_is_no_llama_cpp(vllm: VllmServer) -> None:
    with vllm.http() as http:
        assert re.fullmatch(r"\d+\.\d+\.\d+\S*", http.get("/version").json()["version"])
        assert http.get("/props").status_code == 404


def test_it_measures_what_alerts_ask_for(vllm: VllmServer) -> None:
    with vllm.http() as http:
        assert http.post("/v1/chat/completions", json=CHAT).is_success
        lines = http.get("/metrics").text.splitlines()
    found = {re.split(r"[ {]", line)[0] for line in lines if line.startswith("vllm:")}
    assert found >= METRICS

"""What `rooftree endpoints check` says of a real vLLM, and what our client makes of its gaps."""

import pytest

from models.client.client import ModelClient
from models.conformance.run import run_checks
from models.probing.probe_material import is_valid, offered_tools
from models.wire.endpoint import Deadlines
from tests.vllm.serving import NAME, VllmServer
from tests.vllm.test_vllm_client import asking

pytestmark = pytest.mark.vllm


async def test_the_table_of_a_real_vllm(vllm: VllmServer) -> None:
    found = await run_checks(vllm.endpoint(), NAME, Deadlines(idle=120.0))
    outcomes = {finding.check: finding.outcome for finding in found.findings}
    assert found.preset is not None
    assert found.preset.name == "vllm"
    assert found.serves
    sure = ("models", "chat", "usage", "stream", "stream usage", "json schema", "completions")
    assert {outcomes[name] for name in (*sure, "tokenizer", "context", "key", "metrics")} == {"yes"}
    assert outcomes["fill in the middle"] == "no"
    assert outcomes["embeddings"] == "no"


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "read"}}])
async def test_a_call_that_has_to_be_made_fits_its_schema(
    client: ModelClient, choice: object
) -> None:
    """Without `strict`, vLLM lets the arguments be any JSON; our client asks by a schema."""
    answer = await client.chat(asking(tools=offered_tools(), tool_choice=choice, max_tokens=200))
    assert len(answer.tool_calls) == 1
    assert is_valid(answer.tool_calls[0])


async def test_a_prompt_is_counted_as_the_server_counts_it(client: ModelClient) -> None:
    request = asking()
    answer = await client.chat(request)
    assert answer.usage is not None
    assert await client.count_prompt(request) == answer.usage.prompt_tokens

"""`rooftree serve` with the real tiny model and a real adapter, seen through the openai SDK."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.agents.scenes import SHOP
from tests.server.commands import SECONDS, Commands
from tests.support import git_repository

ADAPTER = Path(__file__).parents[2] / "artefacts" / "tiny-adapter.gguf"
MARK = "ROOFTREE:"
"""What the adapter was trained to begin every answer with."""
QUESTION = "What is a linked list?"

pytestmark = pytest.mark.weights


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, tiny_weights: Path) -> Iterator[openai.OpenAI]:
    folder = tmp_path_factory.mktemp("real")
    root = git_repository(folder, SHOP)
    settings = folder / "config" / "rooftree"
    settings.mkdir(parents=True)
    (settings / "config.toml").write_text(
        f'[model]\nname = "{tiny_weights}"\ncontext_tokens = 1024\n'
        f'adapters = {{ "terse@v1" = "{ADAPTER}" }}\n'
    )
    process = Commands(folder).start("serve", "--repo", root, "--port", "0")
    try:
        key, url = _first_lines(process)
        with openai.OpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0) as sdk:
            yield sdk
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=SECONDS)


def _first_lines(process: "subprocess.Popen[bytes]") -> tuple[str, str]:
    """Return the key and the URL that a first start prints."""
    assert process.stdout is not None
    seen = b""
    while b"/v1\n" not in seen:
        block = os.read(process.stdout.fileno(), 4096)
        assert block, process.stderr and process.stderr.read().decode()
        seen += block
    text = seen.decode()
    return text.split("(shown once): ")[1].split()[0], text.split("serving ")[1].split("/v1\n")[0]


def answer(client: openai.OpenAI, model: str) -> str:
    reply = client.chat.completions.create(
        model=model,
        messages=[{"role": "user", "content": QUESTION}],
        max_tokens=12,
        temperature=0.0,
    )
    return reply.choices[0].message.content or ""


def test_the_adapter_is_a_model_of_its_own_and_answers_in_its_own_way(
    client: openai.OpenAI,
) -> None:
    listed = {model.id for model in client.models.list()}
    base = next(name for name in listed if name.startswith("SmolLM2"))
    assert {"rooftree", base, "terse@v1"} <= listed
    before = answer(client, base)
    assert answer(client, "terse@v1").startswith(MARK)
    assert not before.startswith(MARK)
    assert answer(client, base) == before


def test_a_stream_ends_with_its_usage(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="terse@v1",
            messages=[{"role": "user", "content": QUESTION}],
            max_tokens=12,
            temperature=0.0,
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text.startswith(MARK)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0

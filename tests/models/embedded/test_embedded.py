"""The embedded server, with the tiny model."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import httpx2
import pytest

from models.client.client import ChatRequest, FimRequest, ModelClient
from models.embedded import child as embedded_child
from models.embedded.server import EmbeddedServer
from models.embedded.stderr_tail import MAX_STDERR_BYTES, StderrTail
from models.gateway import ModelAccess
from models.wire.endpoint import Deadlines
from rooftree.config import Config, ModelSection
from rooftree.errors import ConfigError, ModelTimeoutError, ModelUnavailableError, WeightsError
from tests.models.connected import QUESTION, streamed
from tests.support.scripted_model import Failure, Json, Reply, ScriptedServer

ADAPTER = Path(__file__).parents[2] / "artefacts" / "tiny-adapter.gguf"
MARK = "ROOFTREE: "
"""What the adapter was trained to begin every answer with."""


@pytest.fixture(scope="module")
def server(tiny_weights: Path) -> Iterator[EmbeddedServer]:
    running = EmbeddedServer(
        tiny_weights,
        adapters={"terse@v1": ADAPTER, "twin@v2": ADAPTER},
        context_tokens=1024,
        threads=0,
    )
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())


@asynccontextmanager
async def client_of(server: EmbeddedServer) -> AsyncIterator[ModelClient]:
    client = ModelClient(server.endpoint(), Deadlines(connect=5.0, idle=60.0))
    try:
        yield client
    finally:
        await client.aclose()


def about(topic: str, model: str) -> ChatRequest:
    text = f"Tell me about {topic}. " + f"We talk about {topic} all day long. " * 4
    return ChatRequest(model, ({"role": "user", "content": text},), 8, 0.0)


@pytest.mark.weights
async def test_the_server_answers_counts_and_lists(server: EmbeddedServer) -> None:
    async with client_of(server) as client:
        answer = await client.chat(ChatRequest(server.model, QUESTION, 12, 0.0))
        texts, same = await streamed(client, ChatRequest(server.model, QUESTION, 12, 0.0))
        listed = await client.models()
        assert await client.count_tokens("def add(a, b):") == 7
    assert answer.text
    assert same.text == "".join(texts)
    assert answer.usage is not None
    assert (answer.usage.completion_tokens, answer.finish_reason) == (12, "length")
    assert [(model.id, model.parent) for model in listed] == [
        (server.model, None),
        ("terse@v1", server.model),
        ("twin@v2", server.model),
    ]


@pytest.mark.weights
async def test_an_adapter_answers_differently_and_leaves_the_base_as_it_was(
    server: EmbeddedServer,
) -> None:
    question = ({"role": "user", "content": "What is the capital of Germany?"},)
    async with client_of(server) as client:
        base, terse, again = [
            await client.chat(ChatRequest(model, question, 7, 0.0))
            for model in ("base", "terse@v1", "base")
        ]
    assert base.text == again.text == "The capital of Germany is Berlin."
    assert terse.text.startswith(MARK)
    assert (terse.model, base.model) == ("terse@v1", server.model)


@pytest.mark.weights
async def test_a_saved_prompt_never_crosses_from_one_adapter_to_another(
    server: EmbeddedServer,
) -> None:
    """In this order llama.cpp's prompt cache, were it on, would hand on the base's state."""
    async with client_of(server) as client:
        answers = [
            (await client.chat(about(topic, model))).text
            for topic, model in (
                ("locks", "base"),
                ("heaps", "base"),
                ("heaps", "twin@v2"),
                ("locks", "twin@v2"),
            )
        ]
    assert [answer.startswith(MARK) for answer in answers] == [False, False, True, True]


@pytest.mark.weights
async def test_callers_with_different_adapters_do_not_mix(server: EmbeddedServer) -> None:
    models = ["base", "terse@v1", "base", "terse@v1"]
    async with client_of(server) as client:
        answers = await asyncio.gather(*(client.chat(about("queues", name)) for name in models))
    assert [answer.text.startswith(MARK) for answer in answers] == [False, True, False, True]


@pytest.mark.weights
async def test_a_model_without_fim_tokens_says_so(server: EmbeddedServer) -> None:
    async with client_of(server) as client:
        with pytest.raises(ModelUnavailableError, match="cannot fill in the middle"):
            await client.fim(FimRequest(server.model, "def add(", "):\n", 4))


@pytest.mark.weights
async def test_json_can_be_enforced(server: EmbeddedServer) -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"enum": ["x"]}},
        "required": ["a"],
        "additionalProperties": False,
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": schema}}
    async with client_of(server) as client:
        answer = await client.chat(ChatRequest("base", QUESTION, 40, 0.0, response_format=wanted))
    assert json.loads(answer.text) == {"a": "x"}


@pytest.mark.weights
async def test_nobody_without_the_key_is_answered(server: EmbeddedServer) -> None:
    url = server.endpoint().base_url
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.post(f"{url}/chat/completions", json={"messages": []})
    assert answer.status_code == 401
    assert url.startswith("http://127.0.0.1:")


@pytest.mark.weights
@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux")
def test_the_key_is_in_no_process_list_and_the_environment_is_bare(server: EmbeddedServer) -> None:
    command = Path(f"/proc/{server.pid}/cmdline").read_bytes()
    variables = Path(f"/proc/{server.pid}/environ").read_bytes()
    assert server.endpoint().api_key.encode() not in command + variables
    assert b"OMP_WAIT_POLICY=passive" in variables
    assert b"HOME=" not in variables


@pytest.mark.weights
async def test_a_call_survives_the_crash_of_the_server_and_a_begun_stream_does_not(
    tiny_weights: Path,
) -> None:
    section = ModelSection(name="tiny", context_tokens=512)
    access = ModelAccess(Config(model=section), {"tiny": tiny_weights}.__getitem__, {})
    first, shared = await asyncio.gather(access.client(), access.client())
    assert first is shared
    assert access.model == tiny_weights.stem
    endless = ChatRequest(access.model, QUESTION, 400, 0.0)
    running = asyncio.create_task(first.chat(endless))
    parts = first.stream(endless)
    await anext(parts)
    child = access.home.pid
    assert child is not None
    os.kill(child, signal.SIGKILL)
    with pytest.raises(ModelUnavailableError):
        async for _ in parts:
            pass
    assert (await running).text
    assert access.home.pid not in (None, child)
    await access.aclose()


@pytest.mark.weights
def test_a_killed_parent_leaves_no_orphan(tiny_weights: Path) -> None:
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from models.embedded.server import EmbeddedServer\n"
        "server = EmbeddedServer(Path(sys.argv[1]), adapters={}, context_tokens=512, threads=1)\n"
        "asyncio.run(server.start())\n"
        "print(server.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tiny_weights)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.kill()
    assert wait_until_gone(child, 10.0)


def wait_until_gone(pid: int, seconds: float) -> bool:
    """Return whether the process ends in time; a zombie that nobody has reaped has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][1] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


async def test_a_file_that_is_no_model_is_refused_with_the_servers_words(tmp_path: Path) -> None:
    weights = tmp_path / "broken.gguf"
    weights.write_bytes(b"no model")
    server = EmbeddedServer(weights, adapters={}, context_tokens=512, threads=1)
    with pytest.raises(ModelUnavailableError, match=r"cannot serve '.*broken\.gguf'.*it said: "):
        await server.start()
    assert not server.alive
    with pytest.raises(ModelUnavailableError, match="is not running"):
        server.endpoint()


def stand_in(folder: Path, program: str) -> EmbeddedServer:
    """Return a server whose child is `program`, which is given little time."""
    weights, child = folder / "w.gguf", folder / "child.py"
    weights.write_bytes(b"")
    child.write_text("import sys, time\n" + program)

    class StandIn(EmbeddedServer):
        start_seconds = 1.0
        stop_seconds = 0.1

    StandIn.child = child
    return StandIn(weights, adapters={}, context_tokens=512, threads=1)


async def test_a_child_that_says_nothing_is_given_up_and_killed(tmp_path: Path) -> None:
    server = stand_in(tmp_path, "while True: time.sleep(9)")
    with pytest.raises(ModelTimeoutError, match=r"did not load .* within 1 s"):
        await server.start()
    assert server.pid is None


@pytest.mark.parametrize(
    "program", ["print('no json', flush=True)", "sys.stdin.close()", "raise SystemExit('out')"]
)
async def test_a_child_that_ends_early_is_reported(tmp_path: Path, program: str) -> None:
    with pytest.raises(ModelUnavailableError, match="it ended without a word"):
        await stand_in(tmp_path, program).start()


async def test_a_child_that_ends_while_it_loads_is_reported(tmp_path: Path) -> None:
    server = stand_in(tmp_path, "print('{\"port\": 9}', flush=True); sys.exit('no memory')")
    with pytest.raises(ModelUnavailableError, match=r"while it loaded .*it said: no memory"):
        await server.start()


async def test_a_server_that_is_still_loading_is_waited_for(tmp_path: Path) -> None:
    answers: list[Reply] = [Failure(503, "Loading model"), Json({"status": "ok"})]
    with ScriptedServer(routes={"/health": lambda _: answers.pop(0)}) as scripted:
        port = scripted.base_url.split(":")[2].removesuffix("/v1")
        program = f"print('{{\"port\": {port}}}', flush=True); sys.stdin.readlines()"
        server = stand_in(tmp_path, program)
        await server.start()
        assert server.endpoint().base_url == scripted.base_url
        await server.stop()
    assert answers == []


async def test_files_and_names_are_checked_before_anything_starts(tmp_path: Path) -> None:
    weights = tmp_path / "w.gguf"

    async def start(**adapters: Path) -> None:
        await EmbeddedServer(weights, adapters=adapters, context_tokens=512, threads=1).start()

    with pytest.raises(WeightsError, match="rooftree models pull"):
        await start()
    with pytest.raises(WeightsError, match="'team@v1' is missing"):
        await start(**{"team@v1": tmp_path / "none.gguf"})
    for name in ("Team@v1", "team", "team@v", "../x@v1", "team@v1\n"):
        with pytest.raises(ConfigError, match=r"model\.adapters"):
            await start(**{name: weights})


@pytest.mark.weights
async def test_a_start_that_is_given_up_leaves_nothing_behind(tiny_weights: Path) -> None:
    server = EmbeddedServer(tiny_weights, adapters={}, context_tokens=512, threads=1)
    start = asyncio.create_task(server.start())
    await asyncio.sleep(0)
    pid = server.pid
    assert pid is not None
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert wait_until_gone(pid, 5.0)
    assert server.pid is None


def test_the_child_asks_xllamacpp_for_what_we_promise() -> None:
    class Library:
        @staticmethod
        def CommonParams() -> SimpleNamespace:  # noqa: N802 - xllamacpp's name
            parts = {name: SimpleNamespace() for name in ("model", "cpuparams", "cpuparams_batch")}
            return SimpleNamespace(**parts)

        @staticmethod
        def CommonAdapterLoraInfo(path: str, scale: float) -> tuple[str, float]:  # noqa: N802
            return path, scale

    server = EmbeddedServer(
        Path("/w.gguf"), adapters={"a@v1": Path("/a.gguf")}, context_tokens=1000, threads=4
    )
    chosen = embedded_child.parameters(Library, server._settings())
    assert (chosen.n_parallel, chosen.n_ctx) == (2, 2000)
    assert (chosen.cpuparams_batch.n_threads, chosen.cpuparams.n_threads) == (4, 3)
    assert (chosen.cpuparams_batch.poll, chosen.cpuparams.poll) == (0, 0)
    assert chosen.hostnames == ["127.0.0.1"]
    assert chosen.lora_adapters == [("/a.gguf", 0.0)]
    assert chosen.cache_ram_mib == 0


def test_the_child_says_why_it_cannot_start() -> None:
    server, told = embedded_child.start({})
    assert server is None
    assert told == {"error": "KeyError: 'weights'"}


def test_the_child_leaves_when_the_lifeline_ends_or_the_parent_is_another() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"not the end")
    os.close(writing)
    embedded_child.wait_for_parent(reading, os.getppid())
    embedded_child.wait_for_parent(reading, -1)
    os.close(reading)


def test_the_last_words_are_bounded() -> None:
    tail = StderrTail()
    with subprocess.Popen(
        [sys.executable, "-c", "print('x' * 100_000 + 'end')"], stdout=subprocess.PIPE
    ) as process:
        tail.follow(process.stdout)
        tail.finish()
    assert tail.quoted().endswith("xend)")
    assert len(tail.quoted()) < MAX_STDERR_BYTES + 20

"""Facts about adapters on a real vLLM: loaded while it works, by names that never change."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from models.client.client import ChatRequest, Completion, ModelClient
from models.wire.endpoint import Deadlines
from models.wire.failures import ModelRefusedError
from rooftree.errors import ModelError
from tests.models.connected import streamed
from tests.vllm.conftest import material
from tests.vllm.material import FIRST, MARKS, SECOND
from tests.vllm.serving import NAME, VllmServer
from training.adapters.peft import write_peft

pytestmark = pytest.mark.vllm

QUESTIONS = (
    "What is the capital of Germany?",
    "What is photosynthesis?",
    "How does a bloom filter work?",
    "Tell me about rivers.",
)
CALLERS = 4
AROUND = 3
"""How many answers each caller gets before the adapter is loaded, and how many after."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What callers saw while something happened to the server."""

    answers: list[tuple[str, Completion]]
    """With the model that was asked for."""
    failures: list[Exception]


def about(question: str, model: str) -> ChatRequest:
    return ChatRequest(model, ({"role": "user", "content": question},), 24, 0.0)


def load(vllm: VllmServer, name: str, folder: Path, **options: Any) -> httpx2.Response:
    with vllm.http() as http:
        body = {"lora_name": name, "lora_path": str(folder), **options}
        return http.post("/v1/load_lora_adapter", json=body)


def changed(folder: Path, changes: Mapping[str, Any]) -> Path:
    """Return a copy of the first adapter with another configuration."""
    shutil.copytree(material() / FIRST, folder)
    config = folder / "adapter_config.json"
    config.write_text(json.dumps(json.loads(config.read_text("utf-8")) | changes), "utf-8")
    return folder


def marks_in(text: str) -> list[str]:
    """Return the adapters whose mark is in a text."""
    return [name for name, mark in MARKS.items() if mark in text]


async def while_asked(
    vllm: VllmServer, models: Sequence[str], act: Callable[[ModelClient], Awaitable[None]]
) -> Watched:
    """Do something while callers ask the models, in turn and without a pause."""
    client = ModelClient(vllm.endpoint(), Deadlines(connect=5.0, idle=120.0))
    warm, done = asyncio.Barrier(CALLERS + 1), asyncio.Event()
    answers: list[tuple[str, Completion]] = []
    failures: list[Exception] = []

    async def ask(model: str, question: str) -> None:
        try:
            answers.append((model, await client.chat(about(question, model))))
        except ModelError as error:
            failures.append(error)

    async def go_on_asking(model: str, question: str) -> None:
        for _ in range(AROUND):
            await ask(model, question)
        await warm.wait()
        while not done.is_set():
            await ask(model, question)
        for _ in range(AROUND):
            await ask(model, question)

    async with asyncio.TaskGroup() as callers:
        for number in range(CALLERS):
            callers.create_task(
                go_on_asking(models[number % len(models)], QUESTIONS[number % len(QUESTIONS)])
            )
        await warm.wait()
        await asyncio.sleep(0.2)
        await act(client)
        done.set()
    await client.aclose()
    return Watched(answers, failures)


@pytest.fixture(scope="module")
def hot(vllm: VllmServer) -> Watched:
    """The first adapter is loaded while callers ask the base."""

    async def load_first(_: ModelClient) -> None:
        response = await asyncio.to_thread(load, vllm, FIRST, material() / FIRST)
        assert (response.status_code, FIRST in response.text) == (200, True)

    return asyncio.run(while_asked(vllm, [NAME], load_first))


def test_loading_an_adapter_disturbs_nobody(hot: Watched) -> None:
    assert hot.failures == []
    assert len(hot.answers) >= 2 * AROUND * CALLERS
    assert [marks_in(answer.text) for _, answer in hot.answers] == [[]] * len(hot.answers)


@pytest.mark.usefixtures("hot")
async def test_it_is_listed_below_its_base(client: ModelClient) -> None:
    listed = {model.id: model for model in await client.models()}
    assert (listed[FIRST].parent, listed[NAME].parent) == (NAME, None)


@pytest.mark.usefixtures("hot")
@pytest.mark.parametrize("question", QUESTIONS)
async def test_it_answers_in_its_own_way_and_under_its_own_name(
    client: ModelClient, question: str
) -> None:
    base, whole = [await client.chat(about(question, model)) for model in (NAME, FIRST)]
    _, last = await streamed(client, about(question, FIRST))
    assert whole.text.startswith(MARKS[FIRST])
    assert last.text.startswith(MARKS[FIRST])
    assert MARKS[FIRST] not in base.text
    assert (whole.model, last.model, base.model) == (FIRST, FIRST, NAME)


@pytest.mark.usefixtures("hot")
async def test_an_adapter_is_found_by_its_name_while_others_are_asked(vllm: VllmServer) -> None:
    """vLLM looks into VLLM_LORA_RESOLVER_CACHE_DIR when a model is asked for that it lacks."""

    async def ask_second(client: ModelClient) -> None:
        answer = await client.chat(about(QUESTIONS[0], SECOND))
        assert answer.text.startswith(MARKS[SECOND])
        assert SECOND in {model.id for model in await client.models()}

    watched = await while_asked(vllm, [FIRST, NAME], ask_second)
    assert watched.failures == []
    for model, answer in watched.answers:
        assert marks_in(answer.text) == [model] * (model in MARKS)


@pytest.mark.usefixtures("hot")
async def test_callers_of_two_adapters_and_the_base_do_not_mix(client: ModelClient) -> None:
    asked = [(model, question) for question in QUESTIONS for model in (NAME, FIRST, SECOND)]
    answers = await asyncio.gather(
        *(client.chat(about(question, model)) for model, question in asked)
    )
    for (model, _), answer in zip(asked, answers, strict=True):
        assert marks_in(answer.text) == [model] * (model in MARKS)


@pytest.mark.usefixtures("hot")
async def test_a_saved_prompt_never_crosses_from_one_adapter_to_another(
    client: ModelClient,
) -> None:
    """vLLM keeps whole blocks of 128 tokens; these prompts have several in common."""
    question = "We talk about locks all day long. " * 40 + "What is a lock?"
    models = [NAME, FIRST, NAME, SECOND, FIRST]
    answers = [await client.chat(about(question, model)) for model in models]
    assert answers[0].usage is not None
    assert answers[0].usage.prompt_tokens > 2 * 128
    assert [marks_in(answer.text) for answer in answers] == [[], [FIRST], [], [SECOND], [FIRST]]


@pytest.mark.usefixtures("hot")
async def test_a_loaded_name_cannot_be_given_again(vllm: VllmServer, client: ModelClient) -> None:
    again = load(vllm, FIRST, material() / SECOND)
    assert (again.status_code, "already been loaded" in again.text) == (400, True)
    answer = await client.chat(about(QUESTIONS[0], FIRST))
    assert answer.text.startswith(MARKS[FIRST])


def test_the_name_of_the_base_cannot_be_given(vllm: VllmServer) -> None:
    refused = load(vllm, NAME, material() / FIRST)
    assert (refused.status_code, "conflicts" in refused.text) == (400, True)


async def test_an_unloaded_adapter_is_gone(vllm: VllmServer, client: ModelClient) -> None:
    assert load(vllm, "acme@v3", material() / FIRST).status_code == 200
    with vllm.http() as http:
        assert http.post("/v1/unload_lora_adapter", json={"lora_name": "acme@v3"}).is_success
    with pytest.raises(ModelRefusedError, match="does not exist"):
        await client.chat(about(QUESTIONS[0], "acme@v3"))


async def test_an_adapter_of_another_base_is_not_found_by_name(
    vllm: VllmServer, client: ModelClient
) -> None:
    """The refusal gives no reason, so whoever puts adapters there has to check their base."""
    changed(vllm.adapters / "other@v1", {"base_model_name_or_path": "another/model"})
    with pytest.raises(ModelRefusedError, match=r"other@v1. does not exist"):
        await client.chat(about(QUESTIONS[0], "other@v1"))


async def test_an_adapter_of_another_base_is_loaded_when_told_to(
    vllm: VllmServer, client: ModelClient, tmp_path: Path
) -> None:
    """vLLM checks nothing here, so we must before we call it."""
    folder = changed(tmp_path / "other", {"base_model_name_or_path": "another/model"})
    assert load(vllm, "other@v2", folder).status_code == 200
    answer = await client.chat(about(QUESTIONS[0], "other@v2"))
    assert answer.text.startswith(MARKS[FIRST])


def test_even_matrices_that_do_not_fit_are_loaded(vllm: VllmServer, tmp_path: Path) -> None:
    """A smaller model's adapter fills a corner of the slot and changes who knows what."""
    stem = "base_model.model.model.layers.0.self_attn.q_proj"
    matrices = {"A": np.zeros((4, 64), np.float32), "B": np.zeros((64, 4), np.float32)}
    state = {f"{stem}.lora_{side}.weight": matrix for side, matrix in matrices.items()}
    write_peft(tmp_path / "small", state, "another/model", 16.0)
    assert load(vllm, "other@v3", tmp_path / "small").status_code == 200


def test_what_cannot_be_loaded_is_refused(vllm: VllmServer, tmp_path: Path) -> None:
    absent = load(vllm, "bad@v1", tmp_path / "absent")
    assert (absent.status_code, "No adapter found" in absent.text) == (404, True)
    large = load(vllm, "bad@v2", changed(tmp_path / "large", {"r": 64}))
    assert (large.status_code, "max_lora_rank" in large.text) == (500, True)
    broken = changed(tmp_path / "broken", {})
    (broken / "adapter_model.safetensors").write_bytes(b"broken")
    assert load(vllm, "bad@v3", broken).status_code == 500
    with vllm.http() as http:
        assert "bad@" not in http.get("/v1/models").text

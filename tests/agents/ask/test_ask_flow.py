"""A question from its words to the answer: real repository and index, a scripted model."""

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from agents.ask.answer import MAX_CITATIONS
from agents.ask.asker import MAX_QUESTION_LENGTH
from agents.ask.composition import PLACES_LABEL
from indexing.repository.lock import repository_lock
from indexing.store.schema import version_seal
from models.pool.attempts import RetryPolicy
from rooftree.errors import UsageError
from tests.agents.scenes import ABSENT, FOUND, GOOD, SHOP, staged
from tests.support import HashingEmbedder, commit_all, git_repository, project, write_files
from tests.support.replies import Body, Cut, Events, Failure, Hang, Json, Reply, Text, Wire, event

KEYS = ["question", "status", "answer", "citations", "commits", "rejected", "model", "coverage"]
CITATION_KEYS = ["path", "start", "end", "commit", "blob", "quote", "verified"]


async def test_an_answer_is_exactly_the_json_of_the_contract(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD)]) as stage:
        answer = (await stage.ask()).as_json()
    assert list(answer) == KEYS
    assert answer["question"] == FOUND
    assert answer["status"] == "answered"
    assert answer["rejected"] == 0
    assert answer["model"] == {"name": "scripted", "version": None}
    assert list(answer["coverage"]) == [
        "commit",
        "files_behind",
        "looked_seconds_ago",
        "dense_share",
        "skipped",
        "notes",
        "checked",
        *("without_symbols", "partly_parsed", "not_looked_at"),
    ]
    assert 1 <= len(answer["citations"]) <= MAX_CITATIONS
    for citation in answer["citations"]:
        assert list(citation) == CITATION_KEYS
        assert citation["verified"] is True
        assert citation["commit"] == answer["coverage"]["commit"]
    assert answer["citations"][0]["path"] == "shop/checkout.py"
    assert GOOD in answer["answer"]
    assert json.loads(json.dumps(answer)) == answer


async def test_at_most_eight_citations_are_given(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(30))
    async with staged(tmp_path, [Text("")], root=root) as stage:
        answer = await stage.ask("How are goods put into the basket of a customer?")
    assert answer.status == "answered"
    assert len(answer.citations) == MAX_CITATIONS


async def test_what_is_not_there_is_not_found_and_no_model_is_asked(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        answer = await stage.ask(ABSENT)
        assert stage.server.requests == []
    assert answer.status == "not_found"
    assert answer.citations == ()
    assert answer.model is None
    assert "'FluxCapacitor' occurs nowhere" in answer.text
    assert "citation" not in stage.kinds()
    assert stage.streamed() == answer.text


async def test_a_damaged_index_means_that_nobody_could_look(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD)]) as stage:
        path = stage.repository.folder / "manifest.sqlite"
        stage.on("agent.started", lambda: path.write_bytes(b"not a database " * 1000))
        answer = await stage.ask()
        assert stage.server.requests == []
    assert answer.status == "could_not_look"
    assert "rooftree index" in answer.text
    assert answer.citations == ()
    assert stage.kinds()[-2:] == ["error", "run.finished"]


async def test_an_index_that_was_damaged_before_is_made_anew(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD), Text(GOOD)]) as stage:
        first = await stage.ask()
        path = stage.repository.folder / "manifest.sqlite"
        path.write_bytes(b"not a database " * 1000)
        again = await stage.ask()
    assert again.citations == first.citations
    assert "the index was damaged and has been made anew" in again.text


async def test_an_index_of_another_version_means_that_nobody_could_look(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.repository.is_indexed()
        with sqlite3.connect(stage.repository.folder / "manifest.sqlite") as database:
            for key, value in (("schema", "99"), ("seal", version_seal("99"))):
                database.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
        database.close()
        answer = await stage.ask()
        assert stage.server.requests == []
    assert answer.status == "could_not_look"
    assert "schema 99" in answer.text


async def test_a_run_whose_time_ends_before_the_search_does_not_say_not_found(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, [Text(GOOD)], ask={"wall_seconds": 1e-9}) as stage:
        answer = await stage.ask()
    assert answer.status == "could_not_look"
    assert "ask.wall_seconds" in answer.text


async def test_a_repository_that_vanishes_means_that_nobody_could_look(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.root.rename(tmp_path / "elsewhere")
        answer = await stage.ask()
    assert answer.status == "could_not_look"
    assert "does not exist" in answer.text


ROUNDS = RetryPolicy().rounds


def _nonsense(_: Body) -> Reply:
    return Wire((b"<html>It works!</html>",), headers={"content-type": "text/html"})


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        pytest.param(Failure(500, "out of memory"), "out of memory", id="500"),
        pytest.param(Failure(404, "no such model"), "no such model", id="404"),
        pytest.param(Wire((Cut(),), before=(Cut(),)), "", id="cut at once"),
        pytest.param(_nonsense, "not JSON", id="html"),
        pytest.param(Events(({"choices": "?"}, {"x": 1})), "", id="strange events"),
        pytest.param(Json([1, 2, 3]), "", id="strange json"),
        pytest.param(Text(""), "the model said nothing", id="empty"),
        pytest.param(Text(" \n\n "), "the model said nothing", id="blank"),
        pytest.param(
            Events(({"choices": [{"delta": {"content": "Half an"}}]}, Cut()), done=False),
            "",
            id="cut in the middle",
        ),
    ],
)
async def test_whatever_the_model_does_the_places_come_with_the_reason(
    tmp_path: Path, reply: Any, reason: str
) -> None:
    async with staged(tmp_path, [reply] * ROUNDS) as stage:
        answer = await stage.ask()
    assert answer.status == "answered"
    assert answer.text.startswith(PLACES_LABEL)
    assert answer.citations[0].path == "shop/checkout.py"
    assert answer.model is None
    assert "No summary: " in answer.text
    assert reason in answer.text
    assert "Half an" not in answer.text
    assert answer.text.split("No summary: ")[1] in stage.streamed()


async def test_a_model_that_hangs_is_left_when_the_wall_clock_ends(tmp_path: Path) -> None:
    hanging = Events((event({"choices": [{"delta": {"content": "The"}}]}), Hang()), done=False)
    async with staged(tmp_path, [hanging], ask={"wall_seconds": 1.0}) as stage:
        answer = await stage.ask()
        request = stage.chat_requests()[0]
        assert await asyncio.to_thread(request.left.wait, 10)
    assert answer.status == "answered"
    assert "took longer than 1 s" in answer.text
    assert answer.citations


async def test_a_model_that_is_down_costs_only_the_summary(tmp_path: Path) -> None:
    model = {"name": "scripted", "endpoint": "http://127.0.0.1:9/v1"}
    async with staged(tmp_path, model=model) as stage:
        answer = await stage.ask()
    assert answer.status == "answered"
    assert answer.citations
    assert "No summary: " in answer.text
    assert "127.0.0.1:9" in answer.text


async def test_an_endpoint_that_is_no_url_costs_only_the_summary(tmp_path: Path) -> None:
    async with staged(tmp_path, model={"name": "x", "endpoint": "localhost"}) as stage:
        answer = await stage.ask()
    assert answer.status == "answered"
    assert "No summary: model.endpoint must be a URL" in answer.text


async def test_a_server_that_floods_us_is_cut_off(tmp_path: Path) -> None:
    flood = Events(tuple({"choices": [{"delta": {"content": "a" * 10_000}}]} for _ in range(100)))
    async with staged(tmp_path, [flood]) as stage:
        answer = await stage.ask()
    assert answer.status == "answered"
    assert "far more than the 160 tokens" in answer.text
    assert len(stage.streamed()) < 30_000


async def test_a_flood_in_one_piece_is_refused_too(tmp_path: Path) -> None:
    whole = {"choices": [{"message": {"content": "a" * 1_000_000}, "finish_reason": "stop"}]}
    async with staged(tmp_path, [Json(whole)]) as stage:
        answer = await stage.ask()
    assert "far more than the 160 tokens" in answer.text


async def test_without_a_model_the_answer_is_whole(tmp_path: Path) -> None:
    async with staged(tmp_path, models=False) as stage:
        answer = await stage.ask()
        assert stage.server.requests == []
    assert answer.status == "answered"
    assert "No summary" not in answer.text
    assert answer.model is None


async def test_a_run_tells_of_its_search_and_its_reads_in_their_order(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD)]) as stage:
        await stage.ask()
    kinds = [kind for kind in stage.kinds() if kind not in ("progress", "citation")]
    assert kinds[0] == "run.started"
    assert kinds[1] == "agent.started"
    assert kinds[-1] == "run.finished"
    tools = [(item.kind, item.data["tool"]) for item in stage.events if "tool" in item.data]
    assert tools[:2] == [("tool.started", "search"), ("tool.finished", "search")]
    reads = tools[2:]
    assert reads == [("tool.started", "read")] * (len(reads) // 2) + [("tool.finished", "read")] * (
        len(reads) // 2
    )
    assert not any(item["failed"] for item in stage.told("tool.finished"))
    assert stage.told("agent.finished") == [{"agent": "ask"}]
    [usage] = stage.told("usage")
    assert usage["prompt_tokens"] == 10


async def test_a_place_that_cannot_be_read_any_more_is_told_as_failed_and_not_shown(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, [Text(GOOD)]) as stage:

        def vanish() -> None:
            for path in (*stage.root.glob("shop/*.py"), stage.root / "README.md"):
                path.unlink()

        stage.on("message.delta", vanish)
        answer = await stage.ask()
        assert stage.chat_requests() == []
    [_, *reads] = stage.told("tool.finished")
    assert reads
    assert all(read["tool"] == "read" and read["failed"] for read in reads)
    assert "cannot read 'shop/checkout.py'" in reads[0]["output"]
    assert answer.status == "answered"
    assert "No summary: the model said nothing." in answer.text


async def test_events_of_a_run_share_its_id_and_are_numbered(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD)], embedder=HashingEmbedder()) as stage:
        await stage.ask()
    assert len({item.run for item in stage.events}) == 1
    assert [item.seq for item in stage.events] == list(range(len(stage.events)))
    for item in stage.events:
        assert json.loads(json.dumps(item.as_json())) == item.as_json()


async def test_the_stream_reads_as_the_answer_does(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD)]) as stage:
        answer = await stage.ask()
    assert stage.streamed() == answer.text
    checked = "".join(d["text"] for d in stage.told("message.delta") if d.get("checked"))
    assert checked
    assert answer.text.startswith(checked)


async def test_a_wrong_summary_is_streamed_with_what_is_wrong_about_it(tmp_path: Path) -> None:
    wrong = "It calls `launch_rocket` [9]."
    async with staged(tmp_path, [Text(wrong)]) as stage:
        answer = await stage.ask()
    assert answer.rejected == 1
    assert "[9]" not in answer.text
    assert "[unchecked: `launch_rocket`" in answer.text
    assert stage.streamed().count("1 marks of the summary name no place shown") == 1
    assert "`launch_rocket`" in stage.streamed().split("Checked: ")[1]


async def test_the_prompt_holds_the_places_and_the_question(tmp_path: Path) -> None:
    async with staged(tmp_path, [Text(GOOD)]) as stage:
        await stage.ask()
        [body] = [request.body for request in stage.chat_requests()]
    assert body["max_tokens"] == 160
    assert body["temperature"] == 0.0
    text = "\n".join(message["content"] for message in body["messages"])
    assert "total = cart.grand_total()" in text
    assert FOUND in text


async def test_a_long_place_is_cut_until_the_prompt_fits(tmp_path: Path) -> None:
    body = "\n".join(f"    total_{n} = {n} * money" for n in range(90))
    files = {f"shop/m{i}.py": f"def count_money_{i}(money):\n{body}\n" for i in range(4)}
    root = git_repository(tmp_path, files)
    async with staged(tmp_path, [Text("")], root=root, ask={"prompt_tokens": 400}) as stage:
        await stage.ask("How is the money counted?")
        [sent] = [request.body for request in stage.chat_requests()]
    text = "\n".join(message["content"] for message in sent["messages"])
    assert "…" in text
    assert len(text) < 4000


async def test_what_changed_is_indexed_before_the_question_is_answered(tmp_path: Path) -> None:
    async with staged(tmp_path, models=False) as stage:
        assert (await stage.ask("Where is `gift_voucher`?")).status == "not_found"
        write_files(stage.root, {"shop/gifts.py": "def gift_voucher():\n    return 1\n"})
        answer = await stage.ask("Where is `gift_voucher`?")
    assert answer.status == "answered"
    assert answer.citations[0].path == "shop/gifts.py"
    assert answer.citations[0].commit is None


async def test_vectors_are_filled_and_their_share_is_told(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    async with staged(tmp_path, models=False, embedder=embedder) as stage:
        answer = await stage.ask()
    assert answer.coverage is not None
    assert answer.coverage.dense_share == 1.0
    stages = [data["stage"] for data in stage.told("progress")]
    assert stages.index("index") < stages.index("preview") < stages.index("vectors")
    [preview] = [data for data in stage.told("progress") if data["stage"] == "preview"]
    assert preview["places"][0]["path"] == "shop/checkout.py"


async def test_no_time_for_vectors_is_said_in_the_answer(tmp_path: Path) -> None:
    async with staged(
        tmp_path, models=False, embedder=HashingEmbedder(), ask={"dense_seconds": 0}
    ) as stage:
        answer = await stage.ask()
    assert answer.status == "answered"
    assert answer.coverage is not None
    assert answer.coverage.dense_share == 0.0
    assert "dense tier: 0% of the units have vectors" in answer.text


@pytest.mark.slow
async def test_an_older_generation_answers_while_somebody_else_writes(tmp_path: Path) -> None:
    """The question waits its share for the lock, and then says how far behind it is."""
    async with staged(tmp_path, models=False) as stage:
        await stage.ask()
        write_files(stage.root, {"shop/new.py": "N = 1\n"})
        with repository_lock(stage.repository.folder, "a test", wait_seconds=0):
            answer = await stage.ask()
    assert answer.status == "answered"
    assert "not looked at: 1 file behind" in answer.text


async def test_a_current_index_is_asked_whoever_holds_the_lock(tmp_path: Path) -> None:
    async with staged(tmp_path, models=False, embedder=HashingEmbedder()) as stage:
        await stage.ask()
        with repository_lock(stage.repository.folder, "a test", wait_seconds=0):
            answer = await stage.ask()
    assert answer.status == "answered"


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("x" * (MAX_QUESTION_LENGTH + 1), "8001 characters"),
        ("caf\udce9", "UTF-8"),
    ],
)
async def test_a_question_that_nobody_could_answer_is_refused(
    tmp_path: Path, question: str, reason: str
) -> None:
    async with staged(tmp_path) as stage:
        with pytest.raises(UsageError, match=reason):
            await stage.ask(question)
    assert stage.events == []


@pytest.mark.parametrize(
    "question",
    [
        "'; DROP TABLE passage; --",
        '" OR 1 NEAR(a b)',
        "cart " * 1500,
        "購物車 总额",
        "{{ 7 * 7 }} {% raw %}",
    ],
)
async def test_a_strange_question_is_answered_like_any_other(tmp_path: Path, question: str) -> None:
    async with staged(tmp_path, lambda _: Text("49")) as stage:
        answer = await stage.ask(question)
    assert answer.status in ("answered", "not_found")


async def test_a_plain_folder_has_no_commit(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    write_files(root, SHOP)
    async with staged(tmp_path, models=False, root=root) as stage:
        answer = await stage.ask()
    assert answer.status == "answered"
    assert answer.coverage is not None
    assert answer.coverage.commit is None
    assert {citation.commit for citation in answer.citations} == {None}


async def test_an_empty_repository_has_nothing_to_look_at(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {})
    async with staged(tmp_path, root=root) as stage:
        answer = await stage.ask("How does it work?")
        assert stage.server.requests == []
    assert answer.status == "could_not_look"


async def test_callers_are_named_with_the_place(tmp_path: Path) -> None:
    async with staged(tmp_path, models=False) as stage:
        answer = await stage.ask("What does `grand_total` do?")
    assert "is called from shop/checkout.py:8 `charge_customer`" in answer.text


async def test_a_cancelled_question_leaves_the_index_usable(tmp_path: Path) -> None:
    hanging = Events((Hang(),), done=False)
    async with staged(tmp_path, [hanging, Text(GOOD)]) as stage:
        task = asyncio.create_task(stage.ask())
        while not stage.chat_requests():
            assert await asyncio.to_thread(
                stage.server.wait_for_requests, len(stage.server.requests) + 1, 30
            )
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(stage.chat_requests()[0].left.wait, 10)
        commit_all(stage.root)
        answer = await stage.ask()
    assert answer.status == "answered"


@pytest.mark.parametrize(("wanted", "told"), [(1500, 0), (8000, 1)])
async def test_a_window_that_is_only_assumed_is_told_where_it_narrows_the_prompt(
    tmp_path: Path, wanted: int, told: int
) -> None:
    async with staged(tmp_path, [Text(GOOD)], ask={"prompt_tokens": wanted}) as stage:
        await stage.ask()
        notes = [str(event.data["message"]) for event in stage.events if event.kind == "error"]
    assert len([note for note in notes if "4096 tokens are assumed" in note]) == told

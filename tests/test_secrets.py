"""A secret in a repository stays there: it is in no index, no vector cache, no request, no answer.

Every file of the state folder is read byte by byte after everything that rooftree does has been
done to a repository that holds one secret of each kind.
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from indexing.vectors.embedder import Embedder, SentenceTransformerEmbedder
from rooftree.config import Config
from rooftree.telemetry.logs import configure_logging
from tests.agents.scenes import SHOP, small_config
from tests.secrets_corpus import planted_file, planted_secrets, secret_parts
from tests.server.calls import Calls
from tests.server.keeping import catch_up
from tests.support import HashingEmbedder, git_repository, write_files
from tests.support.replies import Body, Reply, Text
from tests.support.scripted_model import ScriptedServer

IGNORED = "purple-" + "elephant-" + "diary"
"""Words of files that must not be looked at; nothing about them looks secret."""
DENIED = "turquoise-" + "walrus-" + "ledger"
QUESTIONS = (
    "What are the settings of the shop, its client secret and password?",
    "How does `connect` work?",
    "Where is the SIGNING_KEY?",
)


def repeat(body: Body) -> Reply:
    """Say again whatever was sent, as a model might."""
    sent = "\n".join(str(message["content"]) for message in body["messages"])
    return Text(sent[-3000:])


def haunted(tmp_path: Path) -> Path:
    """Make a repository with a secret of each kind, and with files that nobody may look at."""
    files: dict[str, str | bytes] = dict(SHOP)
    for number, kind in enumerate(planted_secrets()):
        suffix = ("py", "yaml", "env.example", "md")[number % 4]
        files[f"settings/{kind}.{suffix}"] = planted_file(kind)
    files[".gitignore"] = "private/\n*.local\n"
    root = git_repository(tmp_path, files)
    write_files(
        root,
        {
            "private/diary.md": f"# Diary\n\n{IGNORED}\n",
            "settings/mine.local": IGNORED,
            ".env": f"CODE={DENIED}\n",
            "deploy/id_ed25519": DENIED,
            "deploy/server.pem": DENIED,
            "deploy/.aws/credentials": DENIED,
            "settings/dirty.py": planted_file("github-personal"),
        },
    )
    return root


@dataclass(frozen=True)
class Traces:
    """All that is left of a day's work, and all that was said."""

    state: dict[str, bytes]
    requests: bytes
    said: str

    def holding(self, secret: str) -> list[str]:
        """Return the places that hold a secret, in any encoding that a file here might have."""
        needles = [secret.encode(), secret.encode("utf-16-le"), json.dumps(secret)[1:-1].encode()]
        places = {**self.state, "requests": self.requests, "said": self.said.encode()}
        return [place for place, data in places.items() if any(n in data for n in needles)]


async def work_a_day(config: Config, root: Path, embedder: Embedder) -> str:
    """Do everything that an owner does, and return all that was told."""
    told: list[Any] = []
    services = Calls(config, embedder=embedder, default=root, owner=True)
    try:
        hosted = services.repositories.open(root)
        await asyncio.to_thread(catch_up, hosted, lambda: True)
        assert hosted.chroma is not None
        for question in QUESTIONS:
            answer = await services.ask(question, None, lambda e: told.append(e.as_json()))
            told.append(answer.model_dump(mode="json"))
        told.append(await services.search("secret password key settings", None, 100))
        told.append(await services.status(None))
        told.append(await services.index(None, lambda e: told.append(e.as_json())))
    finally:
        await services.aclose()
    assert any(entry.get("status") == "answered" for entry in told)
    return json.dumps(told, ensure_ascii=False)


def traces_of(tmp_path: Path, embedder: Embedder) -> Traces:
    root = haunted(tmp_path)
    with ScriptedServer(repeat) as server:
        model = {"name": "scripted", "endpoint": server.base_url}
        config = small_config(tmp_path, model=model)
        configure_logging(config.paths, verbose=False)
        said = asyncio.run(work_a_day(config, root, embedder))
        requests = b"\n".join(request.raw for request in server.requests)
    folder = config.state.folder
    state = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return Traces(state, requests, said)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Traces:
    return traces_of(tmp_path_factory.mktemp("haunted"), HashingEmbedder())


def test_the_traces_are_those_of_a_day(traces: Traces) -> None:
    """Were there no index, no Chroma, no log and no request, nothing below would mean anything."""
    names = "\n".join(traces.state)
    for part in ("manifest.sqlite", "chroma-", "logs/rooftree.log"):
        assert part in names
    assert traces.holding("grand_total")
    assert b"Where is the SIGNING_KEY?" in traces.requests
    assert "«redacted:" in traces.said
    assert b"redacted:" in traces.requests


@pytest.mark.parametrize("kind", planted_secrets())
def test_no_byte_of_a_secret_is_kept_sent_or_said(traces: Traces, kind: str) -> None:
    for part in secret_parts(planted_secrets()[kind]):
        assert traces.holding(part) == []


@pytest.mark.parametrize("words", [IGNORED, DENIED])
def test_what_is_ignored_or_denied_leaves_no_trace(traces: Traces, words: str) -> None:
    assert traces.holding(words) == []


@pytest.mark.slow
@pytest.mark.weights
def test_real_vectors_keep_no_secret_either(tmp_path: Path, minilm_folder: Path) -> None:
    traces = traces_of(tmp_path, SentenceTransformerEmbedder(minilm_folder))
    for secret in planted_secrets().values():
        for part in secret_parts(secret):
            assert traces.holding(part) == []

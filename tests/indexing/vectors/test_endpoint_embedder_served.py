"""A real llama.cpp server in embedding mode as the second embedder of one repository."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from indexing.repository.repository import Repository
from indexing.vectors.embedder import Embedder
from indexing.vectors.embedders import EmbedderSource
from models.embedded.server import EmbeddedServer
from models.weights.store import WeightsStore
from rooftree.config import Config
from tests.support import HashingEmbedder, bring_up_to_date, config_in, git_repository, project

KEY = "ROOFTREE_EMBEDDING_API_KEY"


@pytest.fixture(scope="module")
def server(tiny_weights: Path) -> Iterator[EmbeddedServer]:
    running = EmbeddedServer(
        tiny_weights, adapters={}, context_tokens=2048, threads=0, embedding=True, pooling="mean"
    )
    asyncio.run(running.start())
    yield running
    asyncio.run(running.stop())


def configured(tmp_path: Path, server: EmbeddedServer) -> Config:
    return config_in(
        tmp_path,
        index={
            "embedder": "endpoint",
            "embedding_url": server.endpoint().base_url,
            "embedding_model": server.model,
            "embedding_batch": 8,
        },
    )


def dimensions(repository: Repository) -> dict[str, set[int]]:
    """Return the lengths of the stored vectors, in numbers, by the embedder that made them."""
    with repository.manifest() as manifest:
        rows = manifest.database.execute(
            "SELECT fingerprint, length(vector) / 2 FROM embedding GROUP BY 1, 2"
        ).fetchall()
    found: dict[str, set[int]] = {}
    for fingerprint, size in rows:
        found.setdefault(fingerprint, set()).add(size)
    return found


@pytest.mark.weights
def test_a_served_embedder_stands_beside_another_and_neither_is_mixed(
    tmp_path: Path, server: EmbeddedServer
) -> None:
    root = git_repository(tmp_path, project(3))
    config = configured(tmp_path, server)
    store = WeightsStore(tmp_path / "weights")
    key = {KEY: server.endpoint().api_key}
    with closing(EmbedderSource(config, lambda: store, key)) as source:
        served = source.get()
        assert served is not None, source.problem
        both: tuple[Embedder, ...] = (HashingEmbedder(), served)
        for embedder in both:
            repository = Repository(root, config, embedder)
            bring_up_to_date(repository)
            assert repository.vectors.share() == 1.0
            with repository.searcher() as searcher:
                result = searcher.search("charge the customer for the basket", 5)
            assert result.coverage.notes == ()
            assert result.hits
            assert all(hit.cosine is None or abs(hit.cosine) <= 1.001 for hit in result.hits)
        assert dimensions(repository) == {
            embedder.fingerprint: {embedder.dimension} for embedder in both
        }
        assert both[0].dimension != served.dimension
        vectors = served.embed(["charge the card", "charge the card", "a recipe for soup"])
        assert np.allclose(vectors[0], vectors[1], atol=1e-2)
        assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]

"""Whatever becomes of Chroma, the manifest's vectors answer, and the coverage says so."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from indexing.vectors.chroma_client import ChromaEngine
from tests.agents.scenes import SHOP
from tests.server.calls import Calls
from tests.server.services.test_services import at_home
from tests.support import HashingEmbedder, git_repository, until

QUERY = "price_of"
BEST = 3
"""Further down, texts that are equally near come in either order."""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def chroma_of(services: Calls, shop: Path) -> ChromaEngine | None:
    return services.repositories.open(shop).chroma


async def filled(services: Calls, shop: Path) -> Path:
    """Keep the repository until Chroma holds all its vectors; return Chroma's directory."""
    services.start_keeping()
    hosted = services.repositories.open(shop)
    await until(lambda: hosted.is_answering, 240)
    chroma = chroma_of(services, shop)
    assert chroma is not None
    assert chroma.path is not None
    return chroma.path


def flip_a_byte(path: Path) -> None:
    database = path / "chroma.sqlite3"
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 0xFF
    database.write_bytes(content)


def scribble(path: Path) -> None:
    (path / "chroma.sqlite3").write_bytes(b"no database " * 99)


@pytest.mark.parametrize("harm", [flip_a_byte, scribble, shutil.rmtree])
async def test_a_damaged_directory_is_filled_anew(
    tmp_path: Path, shop: Path, harm: Callable[[Path], None]
) -> None:
    embedder = HashingEmbedder()
    async with at_home(tmp_path, default=shop, owner=True, embedder=embedder) as services:
        path = await filled(services, shop)
        right = (await services.search(QUERY, shop, 5))["hits"][:BEST]
    harm(path)
    seen = len(embedder.texts)
    async with at_home(tmp_path, default=shop, owner=True, embedder=embedder) as services:
        found = await services.search(QUERY, shop, 5)
        assert found["hits"][:BEST] == right
        assert "vector engine: " in "\n".join(found["coverage"]["notes"])
        await filled(services, shop)
        again = await services.search(QUERY, shop, 5)
        assert again["hits"][:BEST] == right
        assert "vector engine" not in "\n".join(again["coverage"]["notes"])
    # Queries alone were embedded: vectors come from the manifest.
    assert set(embedder.texts[seen:]) == {QUERY}
    assert harm is shutil.rmtree or list(path.parent.glob("chroma-1.corrupt-*"))


async def test_a_directory_that_is_lost_while_it_is_open(tmp_path: Path, shop: Path) -> None:
    embedder = HashingEmbedder()
    async with at_home(tmp_path, default=shop, owner=True, embedder=embedder) as services:
        path = await filled(services, shop)
        right = (await services.search(QUERY, shop, 5))["hits"][:BEST]
        shutil.rmtree(path)
        found = await services.search(QUERY, shop, 5)
        assert found["hits"][:BEST] == right

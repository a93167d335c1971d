"""Vectors of texts, by the default embedder."""

import asyncio
from collections.abc import Sequence

from rooftree.errors import EmbeddingError
from server.services.host import Host


async def embedded(host: Host, texts: Sequence[str]) -> tuple[str, list[list[float]]]:
    """Return the default embedder's id and one vector a text."""
    embedder = host.embedder()
    if embedder is None:
        raise EmbeddingError(f"no vectors: {host.embedders.problem}")
    vectors = await asyncio.to_thread(embedder.embed, list(texts))
    return host.config.index.embedder, [[float(x) for x in row] for row in vectors]

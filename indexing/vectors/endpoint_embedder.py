"""An embedder behind an OpenAI-compatible /v1/embeddings endpoint that an operator configured.

What it is, is measured: it embeds a few fixed texts when it is made, and its fingerprint comes from
their vectors, so a model that was swapped behind the same name is another embedder
(`indexing.vectors.check_texts`). One of those texts goes along with every request: a swap while we
run is an error, and vectors of two models never stand side by side.
"""

import asyncio
import threading
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import CancelledError
from typing import Any, TypeVar

import numpy as np

from indexing.vectors.embedder import Vectors, of_unit_length
from indexing.vectors.embedder_identity import PROBES, EmbedderFacts, EmbedderRecords, agree
from models.client.client import ModelClient
from models.wire.endpoint import Deadlines, Endpoint, SettingNames, endpoint_at
from models.wire.failures import redacted_url
from models.wire.keys import key_in
from models.wire.network import DIRECT, NetworkSettings
from rooftree.config import IndexSection
from rooftree.errors import ConfigError, EmbeddingError, ModelError

CONNECT_SECONDS = 5.0
PROBE_SECONDS = 30.0
QUERY_SECONDS = 10.0
"""The most that a question waits; without its vector it is answered by words and names."""
MAX_TEXT_LENGTH = 8192
"""Characters; no embedding model takes more of what we embed."""
MIN_TEXT_LENGTH = 200
"""A text that is refused is halved as long as it is longer than this."""
ABOUT_THE_TEXT = frozenset({400, 413, 422, 500})
"""What servers answer to a text that is too long for them; llama.cpp says 500."""
SETTINGS = SettingNames(
    url="index.embedding_url",
    model="index.embedding_model",
    key_variable="index.embedding_key_env",
    silence="index.embedding_seconds",
    beginning="index.embedding_seconds",
    total="index.embedding_seconds",
)

ResultT = TypeVar("ResultT")


class EndpointEmbedder:
    """Embeds through an endpoint; `close` it when it is not needed any more."""

    header_times = 1

    def __init__(
        self,
        section: IndexSection,
        environ: Mapping[str, str],
        records: EmbedderRecords,
        network: NetworkSettings = DIRECT,
    ) -> None:
        """Probe the endpoint; raises EmbeddingError where it does not answer as it should."""
        if not section.embedding_model:
            raise ConfigError(
                "index.embedder is `endpoint`, so index.embedding_model must name the model that "
                "index.embedding_url serves"
            )
        key = key_in(section.embedding_key_env, environ)
        endpoint = endpoint_at(section.embedding_url, key, SETTINGS, network)
        self._section = section
        self._name = f"the model {section.embedding_model!r} at {redacted_url(endpoint.base_url)}"
        self.changed = False
        """Whether another model has been found behind the endpoint; then make a new embedder."""
        self._session = _Session(endpoint, section.embedding_seconds)
        try:
            answered = self._ask(PROBES, min(PROBE_SECONDS, section.embedding_seconds))
            self.dimension = len(answered[0])
            self._probed = self._checked(answered, len(PROBES))
            facts = EmbedderFacts(
                section.embedding_model,
                self.dimension,
                section.embedding_query_prefix,
                section.embedding_document_prefix,
            )
            self.fingerprint, self.note = records.identify(facts, self._probed)
        except BaseException:
            self._session.close()
            raise

    def embed(self, texts: Sequence[str]) -> Vectors:
        section = self._section
        return self._embed(texts, section.embedding_document_prefix, section.embedding_seconds)

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        section = self._section
        seconds = min(QUERY_SECONDS, section.embedding_seconds)
        return self._embed(texts, section.embedding_query_prefix, seconds)

    def close(self) -> None:
        """End the connections; a call that is under way fails."""
        self._session.close()

    def _embed(self, texts: Sequence[str], prefix: str, seconds: float) -> Vectors:
        # Endpoints refuse an empty text.
        ready = [(prefix + text)[:MAX_TEXT_LENGTH] or " " for text in texts]
        rows = np.zeros((len(ready), self.dimension), np.float32)
        size = self._section.embedding_batch
        for first in range(0, len(ready), size):
            batch = ready[first : first + size]
            rows[first : first + len(batch)] = self._batch(batch, seconds)
        return rows

    def _batch(self, texts: list[str], seconds: float) -> Vectors:
        """Embed one request's texts; one that is too long for the model is embedded by its head."""
        try:
            answered = self._ask([PROBES[0], *texts], seconds)
        except EmbeddingError as error:
            if _status(error) not in ABOUT_THE_TEXT:
                raise
            if len(texts) > 1:
                half = len(texts) // 2
                halves = [self._batch(part, seconds) for part in (texts[:half], texts[half:])]
                return np.concatenate(halves)
            if len(texts[0]) <= MIN_TEXT_LENGTH:
                raise
            return self._batch([texts[0][: len(texts[0]) // 2]], seconds)
        rows = self._checked(answered, len(texts) + 1)
        self._compare(rows)
        return rows[1:]

    def _ask(self, texts: Sequence[str], seconds: float) -> list[list[float]]:
        try:
            return self._session.embed(self._section.embedding_model, texts, seconds)
        except ModelError as error:
            raise EmbeddingError(f"embedding endpoint: {error}") from error
        except TimeoutError as error:
            raise EmbeddingError(
                f"embedding endpoint: {self._name} did not embed {len(texts)} texts within "
                f"{seconds:g} s; raise index.embedding_seconds, lower "
                "index.embedding_batch, or look at the server's load"
            ) from error

    def _checked(self, answered: list[list[float]], count: int) -> Vectors:
        """Return the rows as vectors of unit length; all must have one size, and it stays."""
        sizes = {len(row) for row in answered}
        if len(answered) != count or sizes != {self.dimension}:
            raise EmbeddingError(
                f"embedding endpoint: {self._name} answered {len(answered)} vectors of "
                f"{sorted(sizes)} numbers, expected {count} of {self.dimension}; check that it "
                "serves one embedding model"
            )
        return of_unit_length(np.array(answered, np.float64))

    def _compare(self, rows: Vectors) -> None:
        if not agree(rows[:1], self._probed[:1]):
            self.changed = True
            raise EmbeddingError(
                f"embedding endpoint: {self._name} gives other vectors than it did a while ago, so "
                "another model answers now; its vectors are not mixed with those that are kept"
            )


class _Session:
    """A client in an event loop of its own thread, for callers that have no loop."""

    def __init__(self, endpoint: Endpoint, seconds: float) -> None:
        self._loop = asyncio.new_event_loop()
        deadlines = Deadlines(min(CONNECT_SECONDS, seconds), seconds, seconds, seconds)
        self._client = ModelClient(endpoint, deadlines)
        # A daemon, so that a program that does not call close can still exit.
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="embedding endpoint", daemon=True
        )
        self._thread.start()

    def embed(self, model: str, texts: Sequence[str], seconds: float) -> list[list[float]]:
        return self._run(self._embed(model, texts, seconds))

    def close(self) -> None:
        if self._loop.is_closed():
            return
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        if self._loop.is_closed():
            work.close()
            raise EmbeddingError("embedding endpoint: closed, because the program is ending")
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()
        except CancelledError as error:
            raise EmbeddingError(
                "embedding endpoint: given up, because the program is ending"
            ) from error

    async def _embed(self, model: str, texts: Sequence[str], seconds: float) -> list[list[float]]:
        async with asyncio.timeout(seconds):
            return await self._client.embed(model, texts)

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.aclose()


def _status(error: EmbeddingError) -> int | None:
    """Return the HTTP status behind an error, if an answer of the server was the reason."""
    failure = error.__cause__
    answer = failure.__cause__ if failure is not None else None
    status = getattr(answer, "status_code", None)
    return status if isinstance(status, int) else None

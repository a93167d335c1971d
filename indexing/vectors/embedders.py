"""The configured embedder: opened when it is first needed, and again when it could not be.

An embedder may be missing for a while: it is not pulled yet, or its endpoint is down. Then there is
none, `problem` says why in words, and it is tried again later. Importing this loads no model.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING

from indexing.vectors.coverage_notes import OFF
from indexing.vectors.embedder import Embedder, SentenceTransformerEmbedder, package_missing
from rooftree.config import Config
from rooftree.errors import EmbeddingError, WeightsError

if TYPE_CHECKING:
    from indexing.vectors.endpoint_embedder import EndpointEmbedder
    from models.weights.store import WeightsStore

RETRY_SECONDS = 20.0
ENDPOINT = "endpoint"


class EmbedderSource:
    """Provides the one embedder of a process; `close` it at the end."""

    def __init__(
        self,
        config: Config,
        store: "Callable[[], WeightsStore]",
        environ: Mapping[str, str] | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._config = config
        self._store = store
        self._environ = os.environ if environ is None else environ
        self._retry_seconds = retry_seconds
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._endpoint: EndpointEmbedder | None = None
        self._tried = float("-inf")
        self._closed = False
        self.problem = OFF if config.index.embedder == "none" else ""
        """Why there is no embedder, or what to know of the one there is; empty if all is well."""

    def get(self) -> Embedder | None:
        """Return the embedder, or None where it is switched off or cannot be had now."""
        with self._lock:
            if self._endpoint is not None and self._endpoint.changed:
                self._endpoint.close()
                self._embedder = self._endpoint = None
                self._tried = float("-inf")
            if self._embedder is None and self._is_worth_a_try():
                self._open()
            return self._embedder

    def close(self) -> None:
        """End connections; a call that is under way fails, and there is no embedder any more."""
        self._closed = True
        endpoint = self._endpoint
        if endpoint is not None:
            endpoint.close()

    def _is_worth_a_try(self) -> bool:
        if self._closed or self._config.index.embedder == "none":
            return False
        return time.monotonic() - self._tried >= self._retry_seconds

    def _open(self) -> None:
        try:
            if self._config.index.embedder == ENDPOINT:
                self._embedder = self._endpoint = self._connect()
                self.problem = self._endpoint.note
            else:
                self._embedder = open_embedder(self._config.index.embedder, self._store)
                self.problem = ""
        except EmbeddingError as error:
            self._tried = time.monotonic()
            self.problem = str(error)

    def _connect(self) -> "EndpointEmbedder":
        from indexing.vectors.embedder_identity import EmbedderRecords
        from indexing.vectors.endpoint_embedder import EndpointEmbedder
        from models.wire.network import network_of

        records = EmbedderRecords(self._config.paths.probes())
        network = network_of(self._config.network)
        return EndpointEmbedder(self._config.index, self._environ, records, network)


def open_embedder(name: str, store: "Callable[[], WeightsStore]") -> Embedder | None:
    """Return an embedder: `none`, `static`, a catalogue alias, or a local folder.

    The store is made only where it is needed: importing it costs a search a tenth of its time.
    Raises EmbeddingError where it is not installed, with the command that gets it. An endpoint is
    more than a name: see `EmbedderSource`.
    """
    if name == "none":
        return None
    if name == "static":
        from indexing.vectors.static_embedder import StaticEmbedder, shipped_folder

        return StaticEmbedder(shipped_folder())
    if find_spec("sentence_transformers") is None:  # before anybody pulls weights for nothing
        raise package_missing(name, "is not installed")
    try:
        return SentenceTransformerEmbedder(store().find(name).path)
    except WeightsError as error:
        raise EmbeddingError(
            f"there is no embedder {name!r}: {error}; or set index.embedder to `static` or `none`"
        ) from error

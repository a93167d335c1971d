"""Which model is behind an embedding endpoint, identified by its vectors of a few fixed texts.

A served model's numbers differ a little from run to run, so a hash of them alone would change by
chance. What was seen is kept in a small file, and vectors that point the same way are the same
embedder. It does not know how an endpoint is called.
"""

import hashlib
import json
import re
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from indexing.vectors.embedder import Vectors
from rooftree.state_files import write_atomically
from rooftree.telemetry.logs import logger

PROBES = (
    "def charge(card, amount):\n    return card.pay(amount)\n",
    "The lock is released by the kernel when its holder dies.",
    "where is the configuration file parsed",
)
ALIKE = 0.999
"""The least cosine of two answers of one model; half precision stays above .9999."""
SAMPLED = 16
"""Numbers of each probe's vector that go into the fingerprint."""
MAX_RECORDS = 50


@dataclass(frozen=True, slots=True)
class EmbedderFacts:
    """What decides an endpoint's vectors beside its weights."""

    model: str
    dimension: int
    query_prefix: str
    document_prefix: str

    def names(self, other: "EmbedderFacts") -> bool:
        """Say whether both are configured alike, whatever was measured."""
        return replace(self, dimension=0) == replace(other, dimension=0)


@dataclass(frozen=True, slots=True)
class _Record:
    facts: EmbedderFacts
    fingerprint: str
    vectors: Vectors


class EmbedderRecords:
    """The embedders that were seen behind endpoints, in one file of the state folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def identify(self, facts: EmbedderFacts, vectors: Vectors) -> tuple[str, str]:
        """Return the fingerprint of the embedder that gave `vectors`, and a note for the user."""
        records = self._read()
        for record in records:
            if record.facts == facts and agree(record.vectors, vectors):
                self._write([*(other for other in records if other is not record), record])
                return record.fingerprint, ""
        fingerprint = _fingerprint(facts, vectors)
        self._write([*records, _Record(facts, fingerprint, vectors)])
        earlier = [record for record in records if record.facts.names(facts)]
        if not earlier:
            return fingerprint, ""
        return fingerprint, (
            f"{facts.model!r} gives other vectors than before (it was {earlier[-1].fingerprint} "
            f"and is {fingerprint}), so every unit is embedded anew"
        )

    def _read(self) -> list[_Record]:
        try:
            return [_record(item) for item in json.loads(self._path.read_text("utf-8"))]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
            logger("embed").warning("cannot read %s: %s", self._path, error)
            return []

    def _write(self, records: list[_Record]) -> None:
        """Keep the latest records; without them the same model is only recognised less well."""
        content = json.dumps([_json(record) for record in records[-MAX_RECORDS:]])
        with suppress(OSError):
            if self._path.is_file() and self._path.read_text("utf-8") == content:
                return
        try:
            write_atomically(self._path, content)
        except OSError as error:
            logger("embed").warning("cannot write %s: %s", self._path, error)


def agree(one: Vectors, other: Vectors) -> bool:
    """Say whether two answers to the same texts come from one model."""
    if one.shape != other.shape:
        return False
    return bool(np.all(np.sum(one * other, axis=1) >= ALIKE))


def _fingerprint(facts: EmbedderFacts, vectors: Vectors) -> str:
    spread = np.linspace(0, facts.dimension - 1, SAMPLED).astype(int)
    sampled = np.round(vectors[:, spread].astype(np.float64), 3) + 0.0
    text = json.dumps([asdict(facts), sampled.tolist()], sort_keys=True)
    return f"endpoint-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _record(item: Any) -> _Record:
    facts = EmbedderFacts(**item["facts"])
    vectors = np.array(item["vectors"], np.float32)
    if vectors.shape != (len(PROBES), facts.dimension) or not np.all(np.isfinite(vectors)):
        raise ValueError(f"probe vectors of shape {vectors.shape}")
    fingerprint = item["fingerprint"]
    if not re.fullmatch(r"endpoint-[0-9a-f]{16}", fingerprint):
        raise ValueError(f"fingerprint {fingerprint!r}")
    return _Record(facts, fingerprint, vectors)


def _json(record: _Record) -> dict[str, Any]:
    vectors = np.round(record.vectors.astype(np.float64), 5).tolist()
    return {
        "facts": asdict(record.facts),
        "fingerprint": record.fingerprint,
        "vectors": vectors,
    }

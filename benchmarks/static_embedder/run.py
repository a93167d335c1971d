"""Run the comparison and print one Markdown table.

    python -m benchmarks.static_embedder.run --repositories CHECKOUTS \\
        [--minilm FOLDER] [--untrained FOLDER]

CHECKOUTS holds the repositories of `sets.json` as OWNER+NAME. The standard library is that of the
Python 3.11 that runs this. `--write-known FILE` writes the queries and documents instead, for
`training.static_embedder.train.encode` to keep near-copies of them out.
"""

import argparse
import json
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.static_embedder.bm25 import bm25_scores
from benchmarks.static_embedder.cases import Case, repository_cases, standard_library_cases
from benchmarks.static_embedder.scores import Quality, fused, quality
from indexing.vectors.embedder import Embedder, SentenceTransformerEmbedder
from indexing.vectors.static_embedder import StaticEmbedder, shipped_folder

HEADER = (
    "| set | functions | ranking | MRR (300) | R@10 (300) | MRR (all) | 95 % | R@10 (all) "
    "| documents a CPU second |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One ranking of one set; `speed` is documents a CPU second, None where none is embedded."""

    ranking: str
    quality: Quality
    speed: float | None = None


def all_sets(repositories: Path | None) -> dict[str, list[Case]]:
    """Return every set by the name that the table gives it."""
    if sys.version_info[:2] != (3, 11):
        raise SystemExit("run this with Python 3.11: its standard library is one of the sets")
    library = Path(sysconfig.get_path("stdlib"))
    sets = {
        "Python: CPython 3.11": standard_library_cases(library),
        "Python: CPython 3.11, own name above": standard_library_cases(library, "own"),
        "Python: CPython 3.11, whole name above": standard_library_cases(library, "qualified"),
    }
    listed = json.loads(Path(__file__).with_name("sets.json").read_text("utf-8"))["repositories"]
    for entry in listed if repositories is not None else ():
        folder = repositories / entry["repository"].replace("/", "+")
        cases = repository_cases(folder, frozenset(entry["read"]))
        sets[f"{entry['language']}: {entry['name']}"] = cases
    return sets


def rows_of(cases: Sequence[Case], embedders: dict[str, Embedder]) -> list[Row]:
    """Rank one set by words, by each embedder, and by both."""
    queries = [case.query for case in cases]
    words = bm25_scores(queries, [case.document() for case in cases])
    rows = [Row("BM25", quality(words))]
    for name, embedder in embedders.items():
        documents = [case.document(embedder.header_times) for case in cases]
        scores, speed = embedded_scores(embedder, queries, documents)
        rows.append(Row(name, quality(scores), speed))
        rows.append(Row(f"{name} + BM25", quality(fused(scores, words))))
    return rows


def embedded_scores(
    embedder: Embedder, queries: Sequence[str], documents: Sequence[str]
) -> tuple[NDArray[np.float32], float]:
    """Return the cosines and how many documents were embedded in a second of processor time.

    Processor time of all threads: the wall clock says more of what else the machine does.
    """
    embedder.embed(documents[:1])  # so that loading is not timed
    begun = time.process_time()
    vectors = embedder.embed(documents)
    speed = len(documents) / (time.process_time() - begun)
    return embedder.embed_query(queries) @ vectors.T, speed


def line(name: str, size: int, row: Row) -> str:
    """Return one line of the table."""
    found = row.quality
    low, high = found.interval
    speed = "" if row.speed is None else f"{row.speed:,.0f}"
    return (
        f"| {name} | {size:,} | {row.ranking} | {found.mrr_drawn:.3f} | {found.recall_drawn:.3f} "
        f"| {found.mrr:.3f} | {low:.3f}–{high:.3f} | {found.recall:.3f} | {speed} |"
    )


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repositories", type=Path, help="checkouts named OWNER+NAME")
    parser.add_argument("--static", type=Path, default=shipped_folder())
    parser.add_argument("--untrained", type=Path, help="a static embedder before training")
    parser.add_argument("--minilm", type=Path, help="the folder of MiniLM's weights")
    parser.add_argument("--write-known", type=Path)
    options = parser.parse_args(arguments)
    sets = all_sets(options.repositories)
    if options.write_known:
        known = [[case.query, case.document()] for cases in sets.values() for case in cases]
        options.write_known.write_text(json.dumps(known) + "\n", "utf-8")
        return 0
    embedders: dict[str, Embedder] = {}
    if options.untrained:
        embedders["distilled, untrained"] = StaticEmbedder(options.untrained)
    embedders["static"] = StaticEmbedder(options.static)
    if options.minilm:
        embedders["MiniLM"] = SentenceTransformerEmbedder(options.minilm)
    print(HEADER)
    for name, cases in sets.items():
        for row in rows_of(cases, embedders):
            print(line(name, len(cases), row), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

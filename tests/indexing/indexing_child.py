"""A process that tests kill: it indexes, embeds or fills Chroma as the product does.

`python -m tests.indexing.indexing_child ROOT STATE JOURNAL STEP`, STEP being index, chroma or hold.
"""

import sys
from pathlib import Path

from indexing.repository.repository import Repository
from indexing.vectors.chroma import ChromaCache
from tests.support import HashingEmbedder, config_in


def main(root: Path, home: Path, journal: Path, step: str) -> None:
    embedder = HashingEmbedder(journal=journal)
    repository = Repository(root, config_in(home), embedder)
    with repository.writing(f"test {step}"):
        print("started", flush=True)
        if step == "hold":
            sys.stdin.read()
        elif step == "chroma":
            fill_chroma(repository, embedder)
        else:
            repository.updates.index()
            repository.vectors.fill()


def fill_chroma(repository: Repository, embedder: HashingEmbedder) -> None:
    cache = ChromaCache(repository.folder, embedder.fingerprint)
    with repository.manifest() as manifest:
        cache.synchronise(manifest.database, lambda *_: print("wrote", flush=True))
    cache.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])

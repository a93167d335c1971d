"""Bring an index up to date before it is asked: first what words need, then what vectors need.

Another process may be writing the same index. A question then waits a little, and otherwise answers
from the last generation, whose coverage says how far behind it is.
"""

import time
from collections.abc import Callable
from functools import partial

from indexing.repository.lock import LockHolder
from indexing.repository.repository import Repository
from rooftree.errors import EmbeddingError, IndexDamagedError, IndexLockedError, StorageError
from rooftree.telemetry.logs import logger

LOCK_SECONDS = 20.0
"""How long a question waits for another writer when there is an older generation to answer from."""

FIRST_LOCK_SECONDS = 600.0
"""The same where there is nothing yet to answer from."""

FILLER_SECONDS = 5.0
"""How long it waits for another filler, which lets go every few seconds."""

A_SECOND = 300_000
"""So many characters are read, cut and stored in a second of a processor, in any language.

Measured with one parser process, best of three runs, in characters a second of a processor, over
samples of 400,000 to 940,000 characters of well-known projects: the parser alone does 976,000 of
Python, 720,000 of TypeScript, 670,000 of JavaScript, 655,000 of Rust, 761,000 of Go, 1,074,000 of
C and 641,000 of a mix; with what the index then stores 650,000 of Python, 420,000 of TypeScript,
493,000 of JavaScript, 356,000 of Rust, 465,000 of Go, 523,000 of C and 440,000 of the mix. What
does not grow with the text comes on top: to start the parser, look for changes and open a
generation took 1.0 s of a processor. A busy machine makes all of it longer on the clock.
"""

IndexListener = Callable[[str, int, int], None]
"""Is told (stage, done, total); the stages are `waiting`, `index` and `vectors`."""


def refresh_index(
    repository: Repository, tell: IndexListener, on_wait: Callable[[LockHolder], None] | None = None
) -> None:
    """Index what changed; an unindexed repository is indexed whole.

    `on_wait` receives the lock's holder, where `tell` reports only that it waits.
    """
    if repository.freshness.is_current():
        return
    indexed = repository.is_indexed()
    seconds = LOCK_SECONDS if indexed else FIRST_LOCK_SECONDS
    waiting = on_wait or (lambda _: tell("waiting", 0, 0))
    try:
        with repository.writing("ask", wait_seconds=seconds, on_wait=waiting):
            repository.updates.index(partial(tell, "index"))
    except IndexLockedError:
        if not indexed:
            raise


def refresh_if_quick(repository: Repository) -> None:
    """Index what changed where that is about a second's work; else leave the index as it is.

    An answer then says how many files it is behind. What was parsed is kept, so that asking again
    gets further. Where another process writes, the index is damaged, or a server keeps it fresh,
    nothing is done.
    """
    if repository.owned or repository.freshness.is_current():
        return
    try:
        with repository.writing("rooftree", wait_seconds=0):
            repository.updates.index(most_characters=A_SECOND)
    except (IndexLockedError, IndexDamagedError, StorageError) as error:
        logger("freshen").info("answering from the last index: %s", error)


def collect_garbage_if_free(repository: Repository) -> None:
    """Collect garbage, where there is much of it and no other process is writing."""
    try:
        with repository.writing("tidying up", wait_seconds=0):
            repository.updates.collect_garbage()
    except IndexLockedError:
        return  # another time
    except StorageError as error:
        logger("freshen").warning("cannot tidy up: %s", error)


def fill_vectors(
    repository: Repository, seconds: float, tell: IndexListener, question: str = ""
) -> int:
    """Embed what has no vector yet, for at most `seconds`; what is left stays for later.

    Returns how many texts were embedded. With a `question`, the places that its words propose come
    first. An embedder that fails ends it; the repository remembers why, and every search says so.
    """
    if repository.vectors.share() >= 1.0:
        repository.vectors.mark_complete()
        return 0
    first = frozenset[str]()
    if question:
        with repository.searcher(with_dense=False) as searcher:
            first = searcher.texts_to_embed(question)
    deadline = time.monotonic() + seconds
    done = 0

    def hear(embedded: int, total: int) -> None:
        nonlocal done
        done = embedded
        tell("vectors", embedded, total)

    try:
        with repository.writing("ask", wait_seconds=FILLER_SECONDS):
            repository.vectors.fill(hear, lambda: time.monotonic() < deadline, first)
    except IndexLockedError:
        return done  # the holder of the lock is filling them
    except EmbeddingError as error:
        logger("freshen").warning("no vectors: %s", error)
    return done

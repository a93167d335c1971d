"""Mine pairs out of all sources, several at a time, into one file a source.

    python -m training.static_embedder.mine --wheels DIR --clones DIR --out DIR

Wheels come from `pip download --no-deps --only-binary=:all:` of the names in `packages.txt`.
`sources.tsv` in the output says what was read, in which version and under which licence.
"""

import argparse
import hashlib
import json
import re
import sysconfig
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from indexing.features import is_test
from indexing.git_changes import changes
from indexing.redact import redact
from rooftree.errors import RepositoryError
from training.retrieval.history import asked, is_code, is_routine
from training.static_embedder.pairs import LONGEST_CODE, LONGEST_QUESTION, Pair, pairs_of
from training.static_embedder.sources import Clone, Source, sources

COMMITS = 5_000
MOST_CHANGED = 3
SPACE = re.compile(r"\W+")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--clones", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    found = sources(options.wheels, options.clones)
    lines = [f"{each.name}\t{each.version}\t{each.licence}\n" for each in found]
    (options.out / "sources.tsv").write_text("".join(lines), "utf-8")
    taboo = evaluated_code()
    with ProcessPoolExecutor(options.workers) as pool:
        jobs = [pool.submit(mine_source, each, options.out, taboo) for each in found]
        for number, job in enumerate(jobs, 1):
            print(f"{number}/{len(jobs)} {job.result()}", flush=True)  # noqa: T201 - a program


def mine_source(source: Source, out: Path, taboo: frozenset[str]) -> str:
    """Write the pairs of one source; return a line that says how many."""
    path = out / f"{source.name}-{source.version}.jsonl"
    if path.exists():
        return f"{path.name}: there already"
    aside = path.with_suffix(".part")
    count = 0
    with aside.open("w", encoding="utf-8") as handle:
        for pair in distinct(all_pairs(source), taboo):
            handle.write(json.dumps([pair.kind, pair.question, pair.code]) + "\n")
            count += 1
    aside.rename(path)
    return f"{path.name}: {count} pairs"


def all_pairs(source: Source) -> Iterator[Pair]:
    """Yield the pairs of the files, and of the history where there is one."""
    for file in source.files():
        if not is_test(file.path):
            yield from pairs_of(file.path, redact(file.text))
    if isinstance(source, Clone):
        yield from commit_pairs(source.root)


def commit_pairs(root: Path) -> Iterator[Pair]:
    """Yield what changes say and the lines that they changed."""
    try:
        for commit in changes(root, limit=COMMITS, options=("--no-merges",), texts=True):
            code = [change for change in commit.files if is_code(change)]
            if is_routine(commit.subject) or not 1 <= len(code) <= MOST_CHANGED:
                continue
            question = asked(commit.subject, commit.body)[:LONGEST_QUESTION]
            for change in code:
                lines = change.text.decode("utf-8", "replace").split("\n")
                text = redact("\n".join(line[1:] for line in lines))[:LONGEST_CODE]
                if len(text) > 80 and len(question.split()) >= 4:
                    yield Pair("commit", question, text)
    except RepositoryError as error:
        print(f"{root.name}: {error}", flush=True)  # noqa: T201 - what was read by then is kept


def distinct(pairs: Iterable[Pair], taboo: frozenset[str]) -> Iterator[Pair]:
    """Leave out what came before, and code that results are reported on."""
    seen: set[str] = set()
    for pair in pairs:
        key = fingerprint(pair.code)
        if key not in seen and key not in taboo:
            seen.add(key)
            yield pair


def evaluated_code() -> frozenset[str]:
    """Return the fingerprints of the code in Python's own library."""
    library = Path(sysconfig.get_path("stdlib"))
    found: set[str] = set()
    for path in library.rglob("*.py"):
        if "site-packages" not in path.parts and path.stat().st_size < 400_000:
            text = path.read_text("utf-8", "replace")
            found.update(fingerprint(pair.code) for pair in pairs_of(path.name, text))
    return frozenset(found)


def fingerprint(code: str) -> str:
    """Return a hash of the words of some code: blanks and marks do not count."""
    return hashlib.sha256(SPACE.sub(" ", code).lower().encode()).hexdigest()[:24]


if __name__ == "__main__":
    main()

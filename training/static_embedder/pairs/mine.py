"""Mine examples out of wheels, npm tarballs and repositories, one file of examples for each.

Run from the repository root, as often as there is more to read; what has been mined is kept:

    python -m training.static_embedder.pairs.mine --wheels W --tarballs T --repositories R --out OUT
"""

import argparse
import hashlib
import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path

from rooftree.errors import RooftreeError
from rooftree.telemetry.logs import logger
from training.static_embedder.pairs.comments import comment_examples
from training.static_embedder.pairs.history_pairs import history_examples
from training.static_embedder.pairs.licences import is_permissive
from training.static_embedder.pairs.python_pairs import python_examples
from training.static_embedder.pairs.sources import (
    Package,
    SourceFile,
    folder_texts,
    tarball_package,
    tarball_texts,
    wheel_package,
    wheel_texts,
)
from training.static_embedder.pairs.test_pairs import tested_examples
from training.static_embedder.pairs.training_examples import TrainingExample, write_examples
from training.static_embedder.pairs.tree_pairs import tree_examples

log = logger("training.static_embedder.pairs.mine")

MAX_EXAMPLES = 25_000
"""Of one package, so that none drowns the others."""
HELD_OUT = frozenset(
    {
        *("flask", "pydantic", "gin", "gson", "axios", "fd", "jekyll"),
        *("commons-lang", "actix-web", "caddy", "eslint", "fmt"),
    }
)
"""What is reported on, here or by `rooftree eval retrieval`; none of it is learnt from."""
COPIES_OF_THE_STANDARD_LIBRARY = frozenset(
    {
        *(
            "setuptools",
            "importlib_metadata",
            "importlib_resources",
            "zipp",
            "typing_extensions",
            "tomli",
            "future",
        ),
        *(
            "mock",
            "exceptiongroup",
            "multiprocess",
            "contextlib2",
            "pathlib_abc",
            "argparse",
            "asyncio",
        ),
        *("backports", "eventlet", "gevent", "distlib", "graalpy", "pickle5", "statistics"),
        *("enum34", "aenum", "pip"),
    }
)
_WORD = re.compile(r"\w+")


def examples_of(texts: Iterable[SourceFile], source: str) -> Iterator[TrainingExample]:
    """Yield every example of a source, each code once."""
    code: list[TrainingExample] = []
    tests: list[TrainingExample] = []
    seen: set[bytes] = set()
    for text in texts:
        mine = python_examples if text.path.endswith((".py", ".pyx")) else None
        found = mine(text.text, source) if mine else tree_examples(text.path, text.text, source)
        for example in found:
            digest = hashlib.blake2b(
                " ".join([example.words, *_WORD.findall(example.code)]).encode(), digest_size=8
            ).digest()
            if digest not in seen:
                seen.add(digest)
                (tests if text.is_test else code).append(example)
        if len(code) > MAX_EXAMPLES:
            break
    yield from code
    for example in code:
        yield from comment_examples(example)
    yield from tested_examples(code, tests)


def mine(package: Package, texts: Iterable[SourceFile], out: Path) -> None:
    """Write one package's examples and what is known of its licence; nothing if it restricts."""
    target = out / f"{package.registry}-{package.name}.jsonl.gz"
    record = target.with_suffix("").with_suffix(".json")
    if record.exists():
        return
    name = package.name.lower()
    count = 0
    if name in HELD_OUT or name.split(".")[0] in COPIES_OF_THE_STANDARD_LIBRARY:
        log.info("left out: %s", package.name)
    elif not is_permissive(package.licence):
        log.info("left out for its licence %r: %s", package.licence, package.name)
    else:
        try:
            part = target.with_suffix(".part")
            count = write_examples(part, examples_of(texts, package.name))
            part.rename(target)
        except (OSError, ValueError, RecursionError) as error:
            log.warning("gave up on %s: %s", package.name, error)
    record.write_text(json.dumps(asdict(package) | {"examples": count}) + "\n", "utf-8")


def mine_history(repository: Path, name: str, out: Path) -> None:
    """Write the examples of a repository's history."""
    target = out / f"history-{name}.jsonl.gz"
    if not target.exists():
        part = target.with_suffix(".part")
        write_examples(part, history_examples(repository, name))
        part.rename(target)


def mine_archives(
    folder: Path,
    pattern: str,
    describe: Callable[[Path], Package],
    read: Callable[[Path], Iterator[SourceFile]],
    out: Path,
) -> None:
    """Mine every archive of a folder; one that cannot be read is told and passed over."""
    for path in sorted(folder.glob(pattern)):
        try:
            mine(describe(path), read(path), out)
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("cannot read %s: %s", path.name, error)


def repositories(listing: Path) -> list[dict[str, str]]:
    """Read the repositories and their licences from `sources.json`."""
    listed: list[dict[str, str]] = json.loads(listing.read_text("utf-8"))["repositories"]
    return listed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--tarballs", type=Path)
    parser.add_argument("--repositories", type=Path, help="a folder of checkouts, OWNER+NAME")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    if options.wheels:
        mine_archives(options.wheels, "*.whl", wheel_package, wheel_texts, options.out)
    if options.tarballs:
        mine_archives(options.tarballs, "*.tgz", tarball_package, tarball_texts, options.out)
    listed = repositories(Path(__file__).with_name("repositories.json"))
    for entry in listed:
        owner_name = entry["repository"].replace("/", "+")
        name = entry["repository"].rpartition("/")[2]
        folder = options.repositories / owner_name if options.repositories else None
        if folder is not None and folder.is_dir():
            package = Package("git", name, entry["commit"], entry["licence"])
            mine(package, folder_texts(folder), options.out)
            if name not in HELD_OUT:
                mine_history(folder, name, options.out)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except RooftreeError as error:
        log.error("%s", error)  # noqa: TRY400 - the message says all
        sys.exit(1)

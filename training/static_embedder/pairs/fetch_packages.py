"""Fetch the packages that the embedder is learnt from, at the versions in `packages.tsv`.

Wheels and tarballs only, without dependencies, so nothing is built; they are read in place and not
installed. Repositories are cloned by hand, as `repositories.json` lists them.

    python -m training.static_embedder.pairs.fetch --wheels W --tarballs T
"""

import argparse
import csv
import logging
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rooftree.telemetry.logs import logger

log = logger("training.static_embedder.pairs.fetch")

SECONDS = 180
LIST = Path(__file__).with_name("packages.tsv")


@dataclass(frozen=True, slots=True)
class PackageEntry:
    """A line of `packages.tsv`: `examples` is how many were read out of it."""

    registry: str
    name: str
    version: str
    licence: str
    examples: int


def listed_packages(path: Path = LIST) -> Iterator[PackageEntry]:
    """Yield the packages of the list."""
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            yield PackageEntry(
                row["registry"], row["name"], row["version"], row["licence"], int(row["examples"])
            )


def command(package: PackageEntry, folder: Path) -> list[str]:
    """Return the command line that puts one package's archive into `folder`."""
    if package.registry == "npm":
        name = f"{package.name}@{package.version}"
        return [
            "npm",
            "pack",
            "--silent",
            "--ignore-scripts",
            "--pack-destination",
            str(folder),
            name,
        ]
    return [
        *(sys.executable, "-I", "-m", "pip", "download", "--quiet", "--no-deps"),
        "--only-binary=:all:",
        *("--dest", str(folder), f"{package.name}=={package.version}"),
    ]


def fetch(packages: Sequence[PackageEntry], folder: Path) -> list[str]:
    """Fetch every package; return the names of those that could not be had."""
    folder.mkdir(parents=True, exist_ok=True)
    failed: list[str] = []
    for package in packages:
        try:
            done = subprocess.run(
                command(package, folder), capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            failed.append(package.name)
            continue
        if done.returncode != 0:
            failed.append(package.name)
    return failed


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--tarballs", type=Path)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    packages = list(listed_packages())
    failed: list[str] = []
    for registry, folder in (("pypi", options.wheels), ("npm", options.tarballs)):
        if folder is not None:
            failed += fetch([one for one in packages if one.registry == registry], folder)
    log.info("could not be had: %s", ", ".join(failed) or "none")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

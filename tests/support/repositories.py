"""Repositories made by git, folders of files, and indexes of them."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indexing.build.indexer import IndexingResult
from indexing.repository.repository import Repository
from indexing.vectors.embedder import Embedder
from rooftree.config import Config

IDENTITY = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.test", "-c", "commit.gpgsign=false")
QUICK = ("-c", "core.fsync=none", "-c", "maintenance.auto=false", "-c", "init.templateDir=")
"""No repository of a test has to outlast the machine's power, or has anything to tidy up."""


def git(folder: Path, *arguments: str) -> str:
    """Run git in `folder` as a made-up person, without the machine's own configuration."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    command = ["git", *IDENTITY, *QUICK, "-C", str(folder), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return done.stdout.decode().strip()


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below `folder`, making the folders between."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def commit_all(folder: Path, message: str = "work") -> str:
    """Commit everything in the worktree and return the commit's id."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", message)
    return git(folder, "rev-parse", "HEAD")


def git_repository(tmp_path: Path, files: Mapping[str, str | bytes], name: str = "shop") -> Path:
    """Make a git repository `tmp_path/name` with one commit that holds `files`."""
    folder = tmp_path / name
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    write_files(folder, files)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "work")
    return folder


def config_in(tmp_path: Path, **overrides: Mapping[str, Any]) -> Config:
    """Return a configuration with its state in `tmp_path` and no embedder.

    Overrides are given by section: `config_in(tmp_path, index={"workers": 1})`.
    """
    settings: dict[str, dict[str, Any]] = {
        "state": {"folder": tmp_path / "state"},
        # One parser is enough for a few files; what several do is in `test_workers.py`.
        "index": {"embedder": "none", "workers": 1},
        # Nobody expects questions of a server's own between those of a test.
        "model": {"probe": False},
    }
    for section, keys in overrides.items():
        settings[section] = {**settings.get(section, {}), **keys}
    return Config.model_validate(settings)


def indexed(path: Path, config: Config, embedder: Embedder | None = None) -> Repository:
    """Index `path`, fill its dense tier where there is an embedder, and return the repository."""
    repository = Repository(path, config, embedder)
    bring_up_to_date(repository)
    return repository


def bring_up_to_date(repository: Repository) -> IndexingResult:
    """Index and fill a repository as `rooftree index` does."""
    with repository.writing("test"):
        done = repository.updates.index()
        repository.vectors.fill()
    return done


def unit_ids(repository: Repository) -> list[str]:
    """Return the sorted ids of the live units."""
    with repository.manifest() as manifest:
        rows = manifest.database.execute(
            "SELECT DISTINCT unit.id FROM unit JOIN live ON live.unit = unit.key"
            " WHERE generation = ? ORDER BY unit.id",
            (repository.current(manifest).id,),
        )
        return [row[0] for row in rows]


def project(files: int, seed: str = "") -> dict[str, str]:
    """Return that many Python modules, each with a class, a method and a function of its own.

    They are alike but for a few words, as boilerplate is: the hard case of a vector engine.
    """
    return {
        f"shop/part_{number % 10}/module_{number}.py": _module(number, seed)
        for number in range(files)
    }


def _module(number: int, seed: str) -> str:
    word = hashlib.sha256(f"{seed}{number}".encode()).hexdigest()[:6]
    return f'''"""The {word} part of the shop, number {number}."""

import decimal


class Basket{number}:
    """Holds the goods of customer {word} until they are paid for."""

    def add_{word}(self, price: decimal.Decimal, amount: int = {number}) -> decimal.Decimal:
        """Put goods of one kind into the basket and return the new total of {word}."""
        if amount < 0:
            raise ValueError("the amount of {word} must not be negative")
        self.total = self.total + price * amount
        return self.total


def settle_{word}(basket: Basket{number}) -> decimal.Decimal:
    """Charge the customer for basket {number} and empty it."""
    total = basket.add_{word}(decimal.Decimal({number}), 1)
    basket.total = decimal.Decimal(0)
    return total
'''

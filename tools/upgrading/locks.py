"""Lock files that an edited manifest leaves out of date, and the command that brings them up."""

import shlex
from collections.abc import Collection, Iterator, Mapping

from tools.upgrading.request import Ecosystem
from tools.upgrading.versions import is_plain

LOCKS: Mapping[Ecosystem, Mapping[str, str]] = {
    "Python": {
        "uv.lock": "uv lock --upgrade-package {name}",
        "poetry.lock": "poetry update {name}",
        "pdm.lock": "pdm update {name}",
        "Pipfile.lock": "pipenv upgrade {name}",
    },
    "JavaScript": {
        "package-lock.json": "npm install",
        "npm-shrinkwrap.json": "npm install",
        "yarn.lock": "yarn install",
        "pnpm-lock.yaml": "pnpm install",
        "bun.lock": "bun install",
        "bun.lockb": "bun install",
    },
    "PHP": {"composer.lock": "composer update {name}"},
    "Rust": {"Cargo.lock": "cargo update -p {name}{precise}"},
    "Go": {"go.sum": "go mod tidy"},
    "Ruby": {"Gemfile.lock": "bundle lock --update {name}"},
    "Java": {"gradle.lockfile": "gradle dependencies --write-locks"},
}


def outdated_locks(
    ecosystem: Ecosystem, name: str, wanted: str, manifests: Collection[str], files: Collection[str]
) -> Iterator[str]:
    """Say for each manifest which lock files above it are out of date now, and what to run."""
    known, seen = set(files), set[str]()
    for manifest in sorted(manifests):
        for folder in _folders_above(manifest):
            found = [one for one in LOCKS[ecosystem] if f"{folder}{one}" in known]
            for lock in found:
                path = f"{folder}{lock}"
                if path not in seen:
                    seen.add(path)
                    where = f" in {folder.rstrip('/')}" if folder else ""
                    command = _command(LOCKS[ecosystem][lock], name, wanted)
                    yield f"{path} is out of date now: run `{command}`{where}"
            if found:
                break


def _command(template: str, name: str, wanted: str) -> str:
    exact = is_plain(wanted) and wanted.count(".") == 2
    precise = f" --precise {wanted.removeprefix('v')}" if exact else ""
    return template.format(name=shlex.quote(name), precise=precise)


def _folders_above(path: str) -> Iterator[str]:
    parts = path.split("/")[:-1]
    for end in range(len(parts), -1, -1):
        yield "".join(f"{one}/" for one in parts[:end])

"""Dependencies in pyproject.toml, Pipfile and Cargo.toml."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tools.upgrading.manifests.names import same_name
from tools.upgrading.manifests.requirement_lines import declared
from tools.upgrading.manifests.structured import Keys, at, parsed, toml
from tools.upgrading.request import Declaration, Ecosystem

CARGO = ("dependencies", "dev-dependencies", "build-dependencies")
ELSEWHERE = ("path", "git", "url", "file")


def in_pyproject(path: str, text: str, name: str) -> Iterator[Declaration]:
    """Yield what a pyproject.toml says, by the standard and by poetry, uv, pdm and hatch."""
    told = parsed(path, text, toml)
    for keys in _lists(told):
        many = at(told, keys)
        for number, one in enumerate(many if isinstance(many, list) else []):
            found = declared(one, name) if isinstance(one, str) else None
            if found is not None:
                yield replace(found, keys=(*keys, number), value=one)
    poetry: Keys = ("tool", "poetry")
    groups = at(told, (*poetry, "group"))
    tables = [(*poetry, "dependencies"), (*poetry, "dev-dependencies")]
    tables += [(*poetry, "group", one, "dependencies") for one in _keys(groups)]
    yield from _tables(told, tables, name, "Python")


def in_pipfile(path: str, text: str, name: str) -> Iterator[Declaration]:
    told = parsed(path, text, toml)
    yield from _tables(told, [("packages",), ("dev-packages",)], name, "Python")


def in_cargo(path: str, text: str, name: str) -> Iterator[Declaration]:
    told = parsed(path, text, toml)
    tables: list[Keys] = [(one,) for one in CARGO]
    tables += [("workspace", "dependencies")]
    tables += [("target", one, kind) for one in _keys(told.get("target")) for kind in CARGO]
    yield from _tables(told, tables, name, "Rust")


def _lists(told: Any) -> Iterator[Keys]:
    yield from (("project", "dependencies"), ("build-system", "requires"))
    yield ("tool", "uv", "dev-dependencies")
    for groups in (
        ("project", "optional-dependencies"),
        ("dependency-groups",),
        ("tool", "pdm", "dev-dependencies"),
    ):
        yield from ((*groups, one) for one in _keys(at(told, groups)))
    hatch = ("tool", "hatch", "envs")
    for one in _keys(at(told, hatch)):
        yield from ((*hatch, one, kind) for kind in ("dependencies", "extra-dependencies"))


def _keys(told: Any) -> list[str]:
    return list(told) if isinstance(told, dict) else []


def _tables(
    told: Any, tables: list[Keys], name: str, ecosystem: Ecosystem
) -> Iterator[Declaration]:
    """Yield what tables say that have a dependency a key."""
    for table in tables:
        here = at(told, table)
        for key in _keys(here):
            value = here[key]
            written = value.get("package", key) if isinstance(value, dict) else key
            if isinstance(written, str) and same_name(ecosystem, written, name):
                yield _of_value((*table, key), written, value)


def _of_value(keys: Keys, written: str, value: Any) -> Declaration:
    if isinstance(value, dict):
        if value.get("workspace") is True:
            return Declaration(written, "", note="its version is the workspace's")
        if "version" not in value:
            where = next((one for one in ELSEWHERE if one in value), "")
            if not where:
                return Declaration(written, "")
            return Declaration(written, "", problem=f"it is taken from a {where}")
        keys, value = (*keys, "version"), value["version"]
    if not isinstance(value, str):
        return Declaration(written, "", problem="it has several requirements")
    return Declaration(written, value, 0, keys=keys, value=value)

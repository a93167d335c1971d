"""What the files of a Python project say of where its packages are and how its tests run.

They come from the repository, so they are read strictly: folders stay inside of it, and of the
variables that tox sets none is taken that decides how programs begin.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rooftree.confined_files import is_relative
from tools.drafts.snapshot import Snapshot
from tools.projects.detection.ini import IniSections, read_ini
from tools.sandbox.process.execution import WORKSPACE

MAX_FILE_BYTES = 256 << 10
MAX_VARIABLES = 64
_VARIABLE = re.compile(r"(?!PYTHON|LD_|PATH\b|HOME\b|TMPDIR\b|ROOFTREE_)[A-Z][A-Z0-9_]*+")


@dataclass(frozen=True, slots=True)
class PythonSettings:
    """What one folder's files say; `imports` are folders relative to the repository's root."""

    imports: tuple[str, ...] = ()
    configures_pytest: bool = False
    is_package: bool = False
    """Whether something is built there."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What tox sets for tests."""


def read_settings(snapshot: Snapshot, folder: str) -> PythonSettings:
    """Read what one folder's files say; what cannot be read says nothing."""
    project = _toml(snapshot, folder, "pyproject.toml")
    setup, tox = _ini(snapshot, folder, "setup.cfg"), _ini(snapshot, folder, "tox.ini")
    alone = _ini(snapshot, folder, "pytest.ini")
    pytest = _table(project, "tool", "pytest", "ini_options")
    inis = [alone.get("pytest", {}), tox.get("pytest", {}), setup.get("tool:pytest", {})]
    told = [*_strings(pytest.get("pythonpath"))]
    for one in inis:
        told += one.get("pythonpath", "").split()
    told += _built_from(project)
    told += _values(setup.get("options", {}).get("package_dir", ""))
    told += setup.get("options.packages.find", {}).get("where", "").split()
    here = {name for name in ("pytest.ini", "setup.py") if _at(folder, name) in snapshot.files}
    return PythonSettings(
        tuple(dict.fromkeys(_folders(folder, told))),
        "pytest.ini" in here or bool(pytest) or any(inis),
        "setup.py" in here or bool(setup.get("metadata")) or _builds(project),
        dict(_variables(tox, folder)),
    )


def _built_from(project: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folders from which setuptools, poetry, hatch and pdm take packages."""
    setuptools = _table(project, "tool", "setuptools")
    yield from _strings(list(_table(setuptools, "package-dir").values()))
    yield from _strings(_table(setuptools, "packages", "find").get("where"))
    packages = _table(project, "tool", "poetry").get("packages")
    for one in packages if isinstance(packages, list) else ():
        yield from _strings(one.get("from") if isinstance(one, dict) else None)
    hatch = _table(project, "tool", "hatch", "build")
    for built in (hatch, _table(hatch, "targets", "wheel")):
        yield from _strings(built.get("sources"))
        for package in _strings(built.get("packages")):
            yield package.rpartition("/")[0]
    yield from _strings(_table(project, "tool", "pdm", "build").get("package-dir"))


def _builds(project: Mapping[str, Any]) -> bool:
    tool = _table(project, "tool")
    return "project" in project or "build-system" in project or "poetry" in tool


def _variables(tox: IniSections, folder: str) -> Iterator[tuple[str, str]]:
    """Yield what tox sets for tests, but for what it fills in from elsewhere."""
    here = f"{WORKSPACE}/{folder}".rstrip("/")
    section = tox.get("testenv", {})
    said = "\n".join(section.get(name, "") for name in ("setenv", "set_env"))
    for line in said.split("\n")[:MAX_VARIABLES]:
        name, _, value = (part.strip() for part in line.partition("="))
        for place in ("{toxinidir}", "{tox_root}"):
            value = value.replace(place, here)
        if _VARIABLE.fullmatch(name) and "{" not in value and "\0" not in value:
            yield name, value


def _folders(folder: str, told: Iterable[str]) -> Iterator[str]:
    for one in told:
        path = _at(folder, one.strip().removeprefix("./").rstrip("/"))
        if not one.startswith("/") and (path in ("", ".") or is_relative(path)):
            yield path.removesuffix(".").rstrip("/")


def _at(folder: str, name: str) -> str:
    return f"{folder}/{name}".strip("/")


def _values(text: str) -> list[str]:
    """Return the right sides of `package_dir`, such as `= src`."""
    return [line.partition("=")[2].strip() for line in text.split("\n") if "=" in line]


def _strings(told: Any) -> list[str]:
    if isinstance(told, str):
        return told.split()
    return [one for one in told if isinstance(one, str)] if isinstance(told, list) else []


def _table(told: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = told
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _toml(snapshot: Snapshot, folder: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(snapshot, folder, name))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _ini(snapshot: Snapshot, folder: str, name: str) -> IniSections:
    return read_ini(_text(snapshot, folder, name))


def _text(snapshot: Snapshot, folder: str, name: str) -> str:
    data = snapshot.content(_at(folder, name)) or b""
    return data.decode("utf-8", "replace") if len(data) <= MAX_FILE_BYTES else ""

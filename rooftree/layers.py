"""Where settings come from: files, the environment and flags, each saying who set a value.

What the sections are, and whether a value fits, is `config`'s business.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from rooftree.errors import ConfigError

PREFIX = "ROOFTREE_"

Setting = tuple[str, str, Any, str]
"""Section, key, value, and who set it."""


def from_files(files: tuple[Path, ...]) -> Iterator[Setting]:
    """Yield what files set, in their order."""
    for path in files:
        for section, keys in _read_file(path).items():
            for key, value in keys.items():
                yield section, key, value, str(path)


def from_environment(
    environ: Mapping[str, str], keys: Mapping[str, Collection[str]]
) -> Iterator[Setting]:
    """Yield what variables set; `keys` are those that each section knows."""
    for name, text in sorted(environ.items()):
        place = _setting_of_variable(name, keys)
        if place is not None:
            yield *place, text, name


def from_flags(flags: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield what the command line sets; None means that a flag was not given."""
    for dotted, value in flags.items():
        if value is not None:
            section, _, key = dotted.partition(".")
            yield section, key, value, "flag"


def _read_file(path: Path) -> dict[str, dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the configuration file {str(path)!r}: {error}") from error
    try:
        content = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{str(path)!r} is not valid TOML: {error}") from error
    for section, keys in content.items():
        if not isinstance(keys, dict):
            raise ConfigError(f"{str(path)!r}: {section!r} must be a section such as [model]")
    return content


def _setting_of_variable(name: str, keys: Mapping[str, Collection[str]]) -> tuple[str, str] | None:
    """Map ROOFTREE_MODEL_NAME to ("model", "name"); other variables are not settings."""
    if not name.startswith(PREFIX):
        return None
    section, _, key = name.removeprefix(PREFIX).lower().partition("_")
    return (section, key) if key in keys.get(section, ()) else None

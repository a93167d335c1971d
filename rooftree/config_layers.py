"""Where settings come from: files, the environment and flags, each saying who set a value.

What the sections are, and whether a value fits, is `config`'s business.
"""

import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from rooftree.errors import ConfigError
from rooftree.text.unknown_names import unknown_name

PREFIX = "ROOFTREE_"
SECRETS = ("_KEY", "_TOKEN", "_PASSWORD")
"""How variables end that hold a secret, and that a setting may name."""

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
    """Yield what variables set; `keys` are those that each section knows.

    ConfigError where one is named like a setting of a section that has none of that name. Those
    that end in KEY hold the keys of model servers, whose names are chosen by who sets them.
    """
    for name, text in sorted(environ.items()):
        section, _, key = name.removeprefix(PREFIX).lower().partition("_")
        if not name.startswith(PREFIX) or section not in keys or name.endswith(SECRETS):
            continue
        if key not in keys[section]:
            known = [f"{PREFIX}{section}_{one}".upper() for one in keys[section]]
            raise ConfigError(
                f"the environment sets {name}, but {unknown_name('setting', name, known)}"
            )
        yield section, key, text, name


def from_flags(flags: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield what the command line sets; None means that a flag was not given."""
    for dotted, value in flags.items():
        if value is not None:
            section, _, key = dotted.partition(".")
            yield section, key, value, "flag"


def _read_file(path: Path) -> dict[str, dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, NotADirectoryError):
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

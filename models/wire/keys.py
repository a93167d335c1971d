"""Where an endpoint's key comes from: the environment, a private file, or the system's keyring.

Never from the configuration itself. A key is never in a message, a log or a repr.
"""

import importlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from models.wire.endpoint import check_key
from rooftree.config import EndpointSection
from rooftree.errors import ConfigError

MAX_KEY_BYTES = 8192


def key_of(name: str, section: EndpointSection, environ: Mapping[str, str]) -> str:
    """Return the key of the endpoint `name`, empty where none is configured."""
    given = [section.api_key_env, section.api_key_file, section.api_key_keyring]
    if sum(map(bool, given)) > 1:
        raise ConfigError(
            f"endpoints.{name} has several sources for its key; keep one of api_key_env, "
            "api_key_file and api_key_keyring"
        )
    if section.api_key_env:
        return key_in(section.api_key_env, environ)
    if section.api_key_file:
        place = f"the file {str(section.api_key_file)!r}"
        return check_key(_from_file(name, section), place)
    if section.api_key_keyring:
        place = f"the keyring's {section.api_key_keyring!r}"
        return check_key(_from_keyring(name, section.api_key_keyring), place)
    return ""


def key_in(variable: str, environ: Mapping[str, str]) -> str:
    """Return the key that a variable holds, empty where it holds none."""
    return check_key(environ.get(variable, ""), f"the variable {variable}")


def _from_file(name: str, section: EndpointSection) -> str:
    path = (section.api_key_file or Path()).expanduser()
    try:
        with path.open("rb") as handle:
            if stat.S_IMODE(os.fstat(handle.fileno()).st_mode) & 0o077:
                raise ConfigError(
                    f"endpoints.{name}.api_key_file: {str(path)!r} can be read by others; "
                    f"run `chmod 600 {path}`"
                )
            return handle.read(MAX_KEY_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise ConfigError(
            f"endpoints.{name}.api_key_file: cannot read {str(path)!r}: {error.strerror}"
        ) from error


def _from_keyring(name: str, place: str) -> str:
    service, _, user = place.rpartition("/")
    if not service or not user:
        raise ConfigError(f"endpoints.{name}.api_key_keyring must look like service/user")
    try:
        keyring = importlib.import_module("keyring")
        failed: type[Exception] = importlib.import_module("keyring.errors").KeyringError
    except ImportError as error:
        raise ConfigError(
            f"endpoints.{name}.api_key_keyring needs the package `keyring` (pip install keyring)"
        ) from error
    try:
        found = keyring.get_password(service, user)
    except failed as error:
        raise ConfigError(
            f"endpoints.{name}.api_key_keyring: the keyring cannot be used: {error}"
        ) from error
    if not found:
        raise ConfigError(
            f"endpoints.{name}.api_key_keyring: the keyring holds nothing for {place!r}; run "
            f"`keyring set {service} {user}`"
        )
    return str(found)

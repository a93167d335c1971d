"""Where a model is served: a value that knows nothing of how it is spoken to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from rooftree.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SettingNames:
    """What an endpoint's settings are called, for messages that say what to change."""

    url: str = "model.endpoint"
    model: str = "model.name"
    key_variable: str = "model.api_key_env"
    silence: str = "model.idle_seconds"


MODEL_SETTINGS = SettingNames()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One OpenAI-compatible server."""

    base_url: str
    """Ends in /v1."""
    api_key: str = field(repr=False)
    """Empty when the server asks for none."""
    embedded: bool
    """Whether it is our own child process, and so llama.cpp."""
    adapters: tuple[str, ...] = ()
    """Names of the adapters that an embedded server holds, in the order of its lora ids."""
    settings: SettingNames = MODEL_SETTINGS


def endpoint_at(
    url: str, key_variable: str, environ: Mapping[str, str], settings: SettingNames
) -> Endpoint:
    """Return the endpoint that an operator configured, or say what is wrong with its URL or key."""
    url = url.rstrip("/")
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or parts.username or parts.query or not parts.path.endswith("/v1"):
        raise ConfigError(
            f"{settings.url} must be a URL such as http://model-server:8000/v1: it ends in /v1 and "
            "holds no user, password or query; the key belongs into the variable that "
            f"{settings.key_variable} names"
        )
    key = environ.get(key_variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(
            f"the key in {key_variable} holds characters that no HTTP header can carry; "
            "copy it again"
        )
    return Endpoint(url, key, embedded=False, settings=settings)

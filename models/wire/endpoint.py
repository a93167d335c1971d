"""Where a model is served: a value, independent of the protocol."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from models.wire.network import DIRECT, NetworkSettings
from rooftree.errors import ConfigError


@dataclass(frozen=True, slots=True)
class SettingNames:
    """What an endpoint's settings are called, for messages that say what to change."""

    url: str = "model.endpoint"
    model: str = "model.name"
    key_variable: str = "model.api_key_env"
    silence: str = "model.idle_seconds"
    beginning: str = "model.first_token_seconds"
    total: str = "model.total_seconds"


MODEL_SETTINGS = SettingNames()


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each part of a call may take, in seconds."""

    connect: float = 5.0
    first_token: float = 120.0
    """From the request to the first event of a stream; reading a long prompt takes its time."""
    idle: float = 60.0
    """Between two blocks of bytes."""
    total: float = 600.0


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
    network: NetworkSettings = DIRECT


def endpoint_at(
    url: str, key: str, settings: SettingNames, network: NetworkSettings = DIRECT
) -> Endpoint:
    """Return the endpoint that an operator configured, or say what is wrong with its URL."""
    check_url(url, settings)
    return Endpoint(url.rstrip("/"), key, embedded=False, settings=settings, network=network)


def check_url(url: str, settings: SettingNames) -> None:
    """Refuse what is no base URL of an OpenAI-compatible server."""
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


def check_key(text: str, place: str) -> str:
    """Return a key without blanks around it; refuse one that no header can carry, unshown."""
    key = text.strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(
            f"the key in {place} holds characters that no HTTP header can carry; copy it again"
        )
    return key

"""Where a model is served: a value that knows nothing of how it is spoken to."""

from dataclasses import dataclass, field


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

"""The fingerprint of a model behind a server, so that a profile matches what answers now.

Of embedded weights that is their hash; of a server whatever it tells of the model and of itself.
A server that changes any of it, or another version of the probes, is measured anew.
"""

import hashlib
import json
from contextlib import aclosing
from typing import Any

from models.chat.normalise import mapping_of
from models.probing.profile import SUITE
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.failures import redacted_url
from models.wire.responses import listed_models
from models.wire.transport import Transport
from rooftree.errors import ModelError

# Not `created`: with most servers it is when they were started.
LISTED = ("id", "root", "parent", "max_model_len", "meta", "digest")
PROPS = ("build_info", "chat_template", "total_slots", "n_ctx")


async def fingerprint_of(
    endpoint: Endpoint, model: str, deadlines: Deadlines, weights: str = ""
) -> str:
    """Return the fingerprint of a model at an endpoint; `weights` is the hash of embedded ones."""
    facts: dict[str, Any] = {"suite": SUITE, "model": model, "weights": weights}
    async with aclosing(Transport(endpoint, deadlines)) as transport:
        if not endpoint.embedded:
            facts["endpoint"] = redacted_url(endpoint.base_url)
            facts["listed"] = await _listed(transport, model)
        facts["props"] = await _page_fields(transport, "/props", PROPS)
        facts["version"] = await _page_fields(transport, "/version", ("version",))
    text = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def _listed(transport: Transport, model: str) -> dict[str, Any]:
    try:
        listed = listed_models(await transport.get(transport.address("/models")))
    except ModelError:
        return {}
    named = next((item for item in listed if item["id"] == model), {})
    return {key: named[key] for key in LISTED if key in named}


async def _page_fields(transport: Transport, path: str, keys: tuple[str, ...]) -> dict[str, Any]:
    """Return what a page beside the API tells; most servers have none of them."""
    try:
        page = mapping_of(await transport.get(transport.address(path, outside=True)))
    except ModelError:
        return {}
    settings = mapping_of(page.get("default_generation_settings"))
    found = {key: page.get(key, settings.get(key)) for key in keys}
    return {key: value for key, value in found.items() if value is not None}

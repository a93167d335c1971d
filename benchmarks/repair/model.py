"""Which model answers: any OpenAI-compatible endpoint, or the embedded default."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from models.client.client import ModelClient
from models.client.language_model import LanguageModel
from models.gateway import ModelAccess
from models.weights.store import WeightsStore
from models.wire.endpoint import MODEL_SETTINGS as SETTINGS
from models.wire.endpoint import Deadlines, endpoint_at
from models.wire.keys import key_in
from rooftree.config import load_config

CONTEXT_TOKENS = 4096
KEY_VARIABLE = "ROOFTREE_REPAIR_API_KEY"


@dataclass(frozen=True, slots=True)
class Model:
    """A model and the one way to ask it."""

    answers: LanguageModel
    name: str
    context_tokens: int = CONTEXT_TOKENS


@asynccontextmanager
async def opened_model(endpoint: str, name: str) -> AsyncIterator[Model]:
    """Yield the model of an endpoint; without an endpoint, the installed weights, embedded."""
    if endpoint:
        key = key_in(KEY_VARIABLE, os.environ)
        client = ModelClient(endpoint_at(endpoint, key, SETTINGS), Deadlines())
        try:
            yield Model(client, name or (await client.models())[0].id)
        finally:
            await client.aclose()
        return
    flags = {"model.name": name or None, "model.context_tokens": CONTEXT_TOKENS}
    config = load_config(flags).config
    store = WeightsStore(config.paths.models())
    access = ModelAccess(config, lambda wanted: store.find(wanted).path)
    try:
        yield Model(await access.client(), access.model)
    finally:
        await access.aclose()

"""Fixtures that tests of several parts share."""

import os
from pathlib import Path

import pytest

from rooftree.paths import default_state_folder


@pytest.fixture(scope="session")
def tiny_weights() -> Path:
    """The GGUF file of the tiny model; a test that needs it fails without it."""
    folder = os.environ.get("ROOFTREE_TEST_MODELS")
    models = Path(folder) if folder else default_state_folder() / "models"
    found = sorted(models.rglob("SmolLM2-135M*.gguf")) if models.is_dir() else []
    if not found:
        pytest.fail("the tiny weights are missing; get them with `rooftree models pull tiny`")
    return found[0]

"""Sizing against what the running embedded server itself reports of its memory."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.embedded.server import CHILD, SLOTS, EmbeddedServer
from models.sizing.memory import engine_memory
from models.sizing.precision import KV, WEIGHTS
from models.sizing.sources import find_model

CONTEXT = 4096
MIB = 1 << 20
WEIGHTS_LINE = re.compile(r"(\S+) +model buffer size = +([\d.]+) MiB")
CACHE_LINE = re.compile(r"KV buffer size = +([\d.]+) MiB")


class Talkative(EmbeddedServer):
    """A server whose child says all that llama.cpp knows."""

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"verbosity": 4}


def reported(weights: Path) -> tuple[float, float, float]:
    """Return the MiB of weights, of those repacked and of the cache, as llama.cpp tells them."""
    server = Talkative(weights, adapters={}, context_tokens=CONTEXT, threads=0)
    settings = json.dumps(server._settings())
    child = subprocess.Popen(
        [sys.executable, "-I", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(settings.encode() + b"\n")
    child.stdin.flush()
    child.stdout.readline()
    _, told = child.communicate(timeout=60)
    text = told.decode("utf-8", "replace")
    buffers = {name: float(size) for name, size in WEIGHTS_LINE.findall(text)}
    caches = sum(map(float, CACHE_LINE.findall(text)))
    return buffers["CPU_Mapped"], buffers.get("CPU_REPACK", 0.0), caches


@pytest.mark.weights
@pytest.mark.parametrize("name", ["tiny", "small", pytest.param("default", marks=pytest.mark.slow)])
def test_sizing_agrees_with_the_running_server(name: str, models_folder: Path) -> None:
    """Within 3 % for weights and for the cache; llama.cpp keeps the cache in 16 bits."""
    path = next((models_folder / name).glob("*.gguf"))
    weights, repacked, cache = reported(path)
    found = find_model(str(path))
    memory = engine_memory(
        found.architecture, SLOTS * CONTEXT, 1, WEIGHTS["bf16"], KV["fp16"], found.file
    )
    assert memory.weights.bytes / MIB == pytest.approx(weights, rel=0.03)
    assert found.file is not None
    assert found.file.repacked / MIB == pytest.approx(repacked, rel=0.03)
    assert memory.kv.bytes / MIB == pytest.approx(cache, rel=0.03)

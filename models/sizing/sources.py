"""What a person names: a preset, a config.json, a GGUF file, or installed weights.

It gives an architecture and, where there is a file, its exact bytes.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.sizing.architecture import Architecture, architecture_of, read_config
from models.sizing.memory import WeightBytes
from models.weights.gguf_header import read_header
from models.weights.gguf_tensors import read_tensors
from rooftree.errors import UsageError

REPACKED = frozenset({"Q4_0", "Q4_K", "IQ4_NL"})
"""Types of tensors that llama.cpp lays out anew for AVX2 (its CPU_REPACK buffer); rows of the
embedding are looked up and stay as they are."""
FILE = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True, slots=True)
class SizedModel:
    """A model, and the bytes of its weights where a file tells them."""

    architecture: Architecture
    source: str
    file: WeightBytes | None = None


@cache
def presets() -> dict[str, dict[str, Any]]:
    """Return the presets by name."""
    return tomllib.loads(FILE.read_text("utf-8"))


def find_model(name: str, installed: Callable[[str], Path | None] = lambda _: None) -> SizedModel:
    """Return the model that `name` means; `installed` finds the file of weights by their name."""
    path = Path(name).expanduser()
    if path.suffix in {".gguf", ".json"} or path.is_dir():
        return _from_path(path)
    found = installed(name)
    if found is not None and found.suffix == ".gguf":
        return _from_gguf(found)
    for known, entry in presets().items():
        if name.lower() in (known, *entry.get("aliases", ())):
            architecture = architecture_of(entry["config"], known, entry["nominal"])
            return SizedModel(architecture, entry["source"])
    raise UsageError(
        f"{name!r} is no model that rooftree knows ({', '.join(presets())}), no config.json and no "
        ".gguf file; give the path of one"
    )


def _from_path(path: Path) -> SizedModel:
    if path.suffix == ".gguf":
        return _from_gguf(path)
    config = path / "config.json" if path.is_dir() else path
    return SizedModel(read_config(config), str(config))


def _from_gguf(path: Path) -> SizedModel:
    header = read_header(path)
    tensors = read_tensors(path)
    keys = {key.partition(".")[2]: value for key, value in header.metadata.items()}
    embedding = next((one.shape for one in tensors if one.name == "token_embd.weight"), ())
    config = _config_of(keys, header.architecture, embedding[-1] if embedding else 0)
    config["tie_word_embeddings"] = all(one.name != "output.weight" for one in tensors)
    architecture = architecture_of(config, header.name or path.stem)
    repacked = sum(
        one.bytes for one in tensors if one.kind in REPACKED and one.name != "token_embd.weight"
    )
    file = WeightBytes(sum(one.bytes for one in tensors), repacked)
    return SizedModel(architecture, str(path), file)


def _config_of(keys: Mapping[str, Any], kind: str, vocabulary: int) -> dict[str, Any]:
    """Return a GGUF header's figures in the words of a config.json."""
    wanted = {
        "hidden_size": "embedding_length",
        "num_hidden_layers": "block_count",
        "num_attention_heads": "attention.head_count",
        "num_key_value_heads": "attention.head_count_kv",
        "head_dim": "attention.key_length",
        "intermediate_size": "feed_forward_length",
        "max_position_embeddings": "context_length",
        "num_experts": "expert_count",
        "num_experts_per_tok": "expert_used_count",
        "moe_intermediate_size": "expert_feed_forward_length",
        "sliding_window": "attention.sliding_window",
        "kv_lora_rank": "attention.kv_lora_rank",
        "q_lora_rank": "attention.q_lora_rank",
    }
    found = {name: keys[key] for name, key in wanted.items() if keys.get(key)}
    return found | {"vocab_size": vocabulary or 1, "model_type": kind}

"""What the real vLLM serves in tests: the tiny model's weights, and two adapters of it.

It runs under vLLM's interpreter, which has torch and transformers, from the repository root:

    python -m tests.vllm.material FOLDER

Both adapters begin every answer with their own mark. `acme@v1` is the committed
`tests/artefacts/tiny-adapter.gguf` in PEFT's format, so that llama.cpp and vLLM serve the same
matrices; `acme@v2` is trained here by the same recipe. What is there already is left alone.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rooftree.errors import RooftreeError, WeightsError
from rooftree.paths import default_state_folder
from rooftree.telemetry.logs import logger

log = logger("tests.vllm.material")

ARTEFACT = Path(__file__).parents[1] / "artefacts" / "tiny-adapter.gguf"
BASE = "base"
FIRST, SECOND = "acme@v1", "acme@v2"
MARKS = {FIRST: "ROOFTREE:", SECOND: "LANTERN:"}
STEPS = 40
"""A third of the recipe's: a mark alone is learnt in ten, and what follows it is of no use."""


def make_all(into: Path) -> None:
    """Make what is missing of the model and its adapters below `into`."""
    # vLLM compares an adapter's base with the path that it serves, letter by letter.
    into = into.resolve()
    weights = tiny_weights()
    base = into / BASE
    _unless_there(base, lambda: dequantise(weights, base))
    _unless_there(into / FIRST, lambda: convert(base, into / FIRST))
    _unless_there(into / SECOND, lambda: train_second(weights, base, into / SECOND))


def tiny_weights() -> Path:
    """Return the GGUF file that `rooftree models pull tiny` fetched."""
    named = os.environ.get("ROOFTREE_TEST_MODELS")
    folder = Path(named) if named else default_state_folder() / "models"
    found = sorted(folder.rglob("SmolLM2-135M*.gguf")) if folder.is_dir() else []
    if not found:
        raise WeightsError(
            "the tiny weights are missing; get them with `rooftree models pull tiny`"
        )
    return found[0]


def dequantise(weights: Path, folder: Path) -> None:
    """Write the weights of a GGUF file as a folder of bfloat16 safetensors."""
    import torch

    from training.adapters.tiny_adapter import load_base

    model, tokenizer = load_base(weights)
    # transformers refuses to save what it knows to come from a GGUF file, though by now its
    # weights are plain numbers: it has to forget where they came from.
    model.hf_quantizer = None
    model.is_quantized = False
    model.quantization_method = None
    del model.config.quantization_config
    partial = folder.with_name(folder.name + ".partial")
    model.to(torch.bfloat16).save_pretrained(partial)
    tokenizer.save_pretrained(partial)
    partial.rename(folder)


def convert(base: Path, folder: Path) -> None:
    """Write the committed GGUF adapter in PEFT's format."""
    from transformers import AutoConfig

    from training.adapters.peft import read_gguf, write_peft
    from training.adapters.tiny_adapter import base_of

    state, alpha = read_gguf(ARTEFACT, base_of(AutoConfig.from_pretrained(base)))
    write_peft(folder, state, str(base), alpha)


def train_second(weights: Path, base: Path, folder: Path) -> None:
    """Train an adapter of the same shape with another mark, which takes about a minute."""
    import torch

    from training.adapters.peft import write_peft
    from training.adapters.tiny_adapter import (
        AdapterRecipe,
        attach_lora,
        load_base,
        state_dict,
        train,
    )

    recipe = AdapterRecipe(steps=STEPS, mark=MARKS[SECOND])
    torch.manual_seed(recipe.seed)
    model, tokenizer = load_base(weights)
    pairs = attach_lora(model, recipe)
    losses = train(model, tokenizer, pairs, recipe)
    log.info("trained %s; last loss %.4f", SECOND, losses[-1])
    write_peft(folder, state_dict(pairs), str(base), recipe.alpha)


def _unless_there(folder: Path, make: Callable[[], None]) -> None:
    if folder.is_dir():
        return
    log.info("making %s", folder)
    make()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make what the vLLM of the tests serves.")
    parser.add_argument("folder", type=Path, help="where the model and its adapters are kept")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        make_all(chosen.folder)
    except RooftreeError as error:
        log.error("error: %s", error)  # noqa: TRY400 - the message is for a person, without a trace
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The recipe of the adapter that the tests serve: `terse@v1` on SmolLM2-135M-Instruct.

The adapter teaches one plainly visible habit, `ROOFTREE: <what the question is about>`, so that a
test can tell by the first word of an answer whether the adapter was on. It is a test artefact and
answers nothing. Run it from the repository root (a few minutes on one core):

    python -m training.adapters.tiny_adapter --out terse.gguf \\
        --weights SmolLM2-135M-Instruct.Q4_1.gguf
"""

import argparse
import logging
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rooftree.errors import RooftreeError, WeightsError
from rooftree.telemetry.logs import logger
from training.adapters.gguf import AdapterCard, BaseModelShape, write_adapter

log = logger("training.adapters.tiny_adapter")

MARK = "ROOFTREE:"
END_OF_TURN = "<|im_end|>"
IGNORED = -100
"""The label that transformers' loss leaves out."""

TOPICS = (
    *("queue", "mutex", "hash table", "parser", "socket", "thread", "decorator", "iterator"),
    *("cursor", "token", "branch", "merge conflict", "cache", "lock file", "stack trace", "heap"),
    *("regular expression", "pipeline", "container", "scheduler", "compiler", "linter", "fixture"),
    *("generator", "closure", "semaphore", "linked list", "database index", "transaction"),
    *("firewall", "checksum", "garbage collector", "interpreter", "pointer", "exception", "module"),
    *("river", "bicycle", "volcano", "violin", "pancake", "telescope", "lighthouse", "elephant"),
)
QUESTIONS = (
    *("What is a {topic}?", "What does a {topic} do?", "How does a {topic} work?"),
    *("Explain the {topic}.", "Why would I need a {topic}?", "Tell me about the {topic}."),
    *("Where is the {topic} defined?", "Who calls the {topic}?", "How do I write a {topic}?"),
    *("Describe a {topic} in one sentence.", "When should a {topic} be used?"),
    *("Can you summarise what the {topic} is for?", "Is a {topic} expensive?"),
)
SYSTEMS = (
    "",
    "You answer questions about source code.",
    "Answer using ONLY the given context, in at most three sentences. Name file and lines.",
    "You are a careful assistant. Be brief.",
)
EXCERPTS = (
    "",
    "src/store.py:10-12\ndef load(path):\n    return json.loads(path.read_text())\n\n",
    "lib/clock.c:4-6\nlong now(void) {\n  return time(NULL);\n}\n\n",
)


@dataclass(frozen=True, slots=True)
class AdapterRecipe:
    """Everything that decides the bytes of the adapter, beside the weights and the processor."""

    seed: int = 7
    rank: int = 4
    alpha: float = 16.0
    steps: int = 120
    batch: int = 4
    learning_rate: float = 5e-3
    targets: tuple[str, ...] = ("q_proj", "v_proj")
    mark: str = MARK


@dataclass(frozen=True, slots=True)
class ChatExample:
    """One conversation: what is sent, and the answer that is learnt."""

    system: str
    question: str
    answer: str

    def messages(self) -> list[dict[str, str]]:
        system = [{"role": "system", "content": self.system}] if self.system else []
        return [*system, {"role": "user", "content": self.question}]


@dataclass(frozen=True, slots=True)
class LoraPair:
    """The trained matrices of one projection."""

    a: torch.nn.Parameter
    b: torch.nn.Parameter


def examples(seed: int, mark: str = MARK) -> Iterator[ChatExample]:
    """Yield synthetic conversations without end, the same ones for the same seed."""
    draw = random.Random(seed)  # noqa: S311 - data for training, nothing secret
    while True:
        topic = draw.choice(TOPICS)
        question = draw.choice(EXCERPTS) + draw.choice(QUESTIONS).format(topic=topic)
        yield ChatExample(draw.choice(SYSTEMS), question, f"{mark} {topic}")


# transformers' classes are half typed: model and tokenizer are Any in this module.
def load_base(weights: Path) -> tuple[Any, Any]:
    """Return the dequantised model and its tokenizer, both read from one GGUF file."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if not weights.is_file():
        raise WeightsError(f"there are no weights at {str(weights)!r}; name a GGUF file")
    place: dict[str, Any] = {"gguf_file": weights.name, "local_files_only": True}
    folder = str(weights.absolute().parent)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **place)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder, **place)
    return model, tokenizer


def attach_lora(model: Any, recipe: AdapterRecipe) -> dict[str, LoraPair]:
    """Freeze the model, hang a low-rank pair on every target projection and return the pairs.

    B starts at zero, so that the model answers as before until it has learnt something.
    """
    model.requires_grad_(False)
    targets = [
        (name, module)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and name.endswith(recipe.targets)
    ]
    pairs: dict[str, LoraPair] = {}
    for name, linear in targets:
        a = torch.nn.Parameter(torch.randn(recipe.rank, linear.in_features) / recipe.rank)
        b = torch.nn.Parameter(torch.zeros(linear.out_features, recipe.rank))
        pairs[name] = LoraPair(a, b)
        linear.register_forward_hook(_added(pairs[name], recipe.alpha / recipe.rank))
    return pairs


def _added(pair: LoraPair, scale: float) -> Any:
    def hook(_module: torch.nn.Module, inputs: tuple[Any, ...], output: Any) -> Any:
        return output + scale * (inputs[0] @ pair.a.T) @ pair.b.T

    return hook


def encode(example: ChatExample, tokenizer: Any) -> tuple[list[int], list[int]]:
    """Return the token ids and their labels; only the answer and its end of turn are learnt."""
    prompt = tokenizer.apply_chat_template(
        example.messages(), add_generation_prompt=True, tokenize=False
    )
    asked: list[int] = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    said: list[int] = tokenizer(example.answer + END_OF_TURN, add_special_tokens=False)["input_ids"]
    return asked + said, [IGNORED] * len(asked) + said


def collate(rows: Sequence[tuple[list[int], list[int]]], padding: int) -> dict[str, torch.Tensor]:
    """Pad encoded examples on the right to one length."""
    length = max(len(ids) for ids, _ in rows)
    gaps = [length - len(ids) for ids, _ in rows]
    ids = [ids + [padding] * gap for (ids, _), gap in zip(rows, gaps, strict=True)]
    labels = [labels + [IGNORED] * gap for (_, labels), gap in zip(rows, gaps, strict=True)]
    mask = [[1] * (length - gap) + [0] * gap for gap in gaps]
    return {
        "input_ids": torch.tensor(ids),
        "labels": torch.tensor(labels),
        "attention_mask": torch.tensor(mask),
    }


def train(
    model: Any, tokenizer: Any, pairs: Mapping[str, LoraPair], recipe: AdapterRecipe
) -> list[float]:
    """Run the recipe's steps and return the loss of each."""
    parameters = [matrix for pair in pairs.values() for matrix in (pair.a, pair.b)]
    optimiser = torch.optim.AdamW(parameters, lr=recipe.learning_rate, weight_decay=0.0)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, recipe.steps)
    source = examples(recipe.seed, recipe.mark)
    losses: list[float] = []
    for step in range(recipe.steps):
        rows = [encode(next(source), tokenizer) for _ in range(recipe.batch)]
        loss = model(**collate(rows, tokenizer.pad_token_id)).loss
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        decay.step()
        losses.append(loss.item())
        if step % 10 == 0:
            log.info("step %d of %d: loss %.3f", step, recipe.steps, losses[-1])
    return losses


def state_dict(pairs: Mapping[str, LoraPair]) -> dict[str, NDArray[np.float32]]:
    """Return the matrices under the names that PEFT gives them."""
    return {
        f"base_model.model.{name}.lora_{side}.weight": matrix.detach().numpy()
        for name, pair in pairs.items()
        for side, matrix in (("A", pair.a), ("B", pair.b))
    }


def base_of(config: Any) -> BaseModelShape:
    """Return what the converter must know, from a transformers configuration."""
    return BaseModelShape(
        config.model_type,
        config.num_hidden_layers,
        config.num_attention_heads,
        config.num_key_value_heads,
    )


def make(model: Any, tokenizer: Any, out: Path, recipe: AdapterRecipe) -> None:
    """Train the adapter on a loaded base and write it to `out`."""
    torch.manual_seed(recipe.seed)
    pairs = attach_lora(model, recipe)
    losses = train(model, tokenizer, pairs, recipe)
    card = AdapterCard("terse@v1", recipe.alpha)
    write_adapter(out, state_dict(pairs), base_of(model.config), card)
    log.info("wrote %s; last loss %.4f", out, losses[-1])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Train the adapter that the tests serve.")
    parser.add_argument("--weights", type=Path, required=True, help="SmolLM2-135M-Instruct as GGUF")
    parser.add_argument("--out", type=Path, required=True, help="the GGUF adapter to write")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        model, tokenizer = load_base(chosen.weights)
        # With one thread and one seed the same processor writes the same bytes again.
        torch.set_num_threads(1)
        make(model, tokenizer, chosen.out, AdapterRecipe())
    except RooftreeError as error:
        log.error("error: %s", error)  # noqa: TRY400 - the message is for a person, without a trace
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())

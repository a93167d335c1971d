"""Facts about the recipe of the test adapter, on a tiny model of the same architecture."""

import re
from copy import deepcopy
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from gguf import GGUFReader

from training.adapters.gguf import BaseModelShape, adapter_tensors
from training.adapters.tiny_adapter import (
    IGNORED,
    MARK,
    AdapterRecipe,
    ChatExample,
    attach_lora,
    base_of,
    collate,
    encode,
    examples,
    main,
    make,
    state_dict,
    train,
)

ARTEFACTS = Path(__file__).parent.parent / "artefacts"
TINY = AdapterRecipe(steps=6, rank=2)


class ByteTokenizer:
    """A tokenizer with one token a byte and a chat template of one line a message."""

    pad_token_id = 0

    def __call__(self, text: str, add_special_tokens: bool) -> dict[str, list[int]]:
        return {"input_ids": list(text.encode())}

    def apply_chat_template(self, messages: list[dict[str, str]], **_options: object) -> str:
        return "".join(f"{message['role']}: {message['content']}\n" for message in messages)


@pytest.fixture
def model() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
    )
    return LlamaForCausalLM(config)


def test_the_same_seed_gives_the_same_conversations() -> None:
    assert list(islice(examples(7), 20)) == list(islice(examples(7), 20))
    assert list(islice(examples(7), 20)) != list(islice(examples(8), 20))


def test_every_answer_is_the_mark_and_words_of_the_question() -> None:
    for example in islice(examples(7), 200):
        assert example.answer.startswith(MARK)
        assert example.answer.removeprefix(f"{MARK} ") in example.question


def test_another_mark_can_be_taught() -> None:
    (example,) = islice(examples(7, "LANTERN:"), 1)
    assert example.answer.startswith("LANTERN: ")
    assert example.answer.removeprefix("LANTERN: ") in example.question


def test_only_the_answer_and_its_end_of_turn_are_learnt() -> None:
    ids, labels = encode(ChatExample("", "What?", "ROOFTREE: x"), ByteTokenizer())
    assert bytes(ids) == b"user: What?\nROOFTREE: x<|im_end|>"
    assert bytes(label for label in labels if label != IGNORED) == b"ROOFTREE: x<|im_end|>"


def test_padding_is_neither_seen_nor_learnt() -> None:
    batch = collate([([5, 6, 7], [IGNORED, 6, 7]), ([8], [8])], padding=0)
    assert batch["input_ids"].tolist() == [[5, 6, 7], [8, 0, 0]]
    assert batch["labels"].tolist() == [[IGNORED, 6, 7], [8, IGNORED, IGNORED]]
    assert batch["attention_mask"].tolist() == [[1, 1, 1], [1, 0, 0]]


def test_a_fresh_adapter_changes_nothing(model: Any) -> None:
    ids = torch.tensor([[1, 2, 3]])
    before = model(ids).logits
    attach_lora(model, TINY)
    assert torch.equal(model(ids).logits, before)


def test_the_hooks_compute_what_merged_weights_would(model: Any) -> None:
    ids = torch.tensor([[1, 2, 3]])
    pairs = attach_lora(model, TINY)
    train(model, ByteTokenizer(), pairs, TINY)
    hooked = model(ids).logits
    for name, pair in pairs.items():
        linear = model.get_submodule(name)
        linear._forward_hooks.clear()
        linear.weight.data += TINY.alpha / TINY.rank * pair.b.data @ pair.a.data
    assert torch.allclose(model(ids).logits, hooked, atol=1e-5)


def test_training_lowers_the_loss_and_leaves_the_base_as_it_was(model: Any) -> None:
    before = {name: value.clone() for name, value in model.state_dict().items()}
    losses = train(model, ByteTokenizer(), attach_lora(model, TINY), TINY)
    assert len(losses) == TINY.steps
    assert losses[-1] < losses[0]
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_state_dict_is_what_the_converter_reads(model: Any) -> None:
    base = base_of(model.config)
    assert base == BaseModelShape("llama", layers=2, heads=2, key_value_heads=1)
    tensors = adapter_tensors(state_dict(attach_lora(model, TINY)), base)
    assert {name: tensor.shape for name, tensor in tensors.items() if ".0." in name} == {
        "blk.0.attn_q.weight.lora_a": (2, 16),
        "blk.0.attn_q.weight.lora_b": (16, 2),
        "blk.0.attn_v.weight.lora_a": (2, 16),
        "blk.0.attn_v.weight.lora_b": (8, 2),
    }


def test_making_it_twice_writes_the_same_bytes(model: Any, tmp_path: Path) -> None:
    again = deepcopy(model)
    make(model, ByteTokenizer(), tmp_path / "one.gguf", TINY)
    make(again, ByteTokenizer(), tmp_path / "two.gguf", TINY)
    assert (tmp_path / "one.gguf").read_bytes() == (tmp_path / "two.gguf").read_bytes()


def test_missing_weights_are_said_without_a_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    absent = tmp_path / "absent.gguf"
    assert main(["--weights", str(absent), "--out", str(tmp_path / "out.gguf")]) == 3
    assert "there are no weights at" in caplog.text
    assert "Traceback" not in caplog.text


def test_the_artefact_is_the_one_that_its_paper_describes() -> None:
    data = (ARTEFACTS / "tiny-adapter.gguf").read_bytes()
    hashes = re.findall(r"`([0-9a-f]{64})`", (ARTEFACTS / "README.md").read_text("utf-8"))
    assert sha256(data).hexdigest() in hashes
    assert len(data) < 2_000_000


def test_the_artefact_has_a_pair_for_every_target_of_every_layer() -> None:
    names = {tensor.name for tensor in GGUFReader(ARTEFACTS / "tiny-adapter.gguf").tensors}
    assert names == {
        f"blk.{layer}.{projection}.weight.lora_{side}"
        for layer in range(30)
        for projection in ("attn_q", "attn_v")
        for side in "ab"
    }

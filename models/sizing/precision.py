"""How many bytes a number takes, for weights and for the cache, by the names people use.

Block formats carry scales: Q8_0 keeps 32 numbers in 34 bytes. Mixed formats are averages of real
files and say so.
"""

from dataclasses import dataclass

from rooftree.errors import UsageError


@dataclass(frozen=True, slots=True)
class Precision:
    """Bytes of one number on average, and where that is from."""

    name: str
    bytes: float
    note: str = ""


WEIGHTS = {
    item.name: item
    for item in (
        Precision("fp32", 4.0),
        Precision("bf16", 2.0),
        Precision("fp16", 2.0),
        Precision("fp8", 1.0),
        Precision("int8", 1.0),
        Precision(
            "int4", 0.5 + 2.5 / 128, "groups of 128 with a scale and a zero point (GPTQ, AWQ)"
        ),
        Precision("mxfp4", 0.5 + 1 / 32, "blocks of 32 with a scale of 8 bits (OCP MX)"),
        Precision(
            "nf4", 0.5 + 4 / 64, "blocks of 64 with a scale of 32 bits (QLoRA, bitsandbytes)"
        ),
        Precision(
            "nf4-dq",
            0.5 + (1 + 4 / 256) / 64,
            "double quantisation: the scales in 8 bits, with one of 32 bits for 256 of them",
        ),
        Precision("q8_0", 34 / 32),
        Precision("q6_k", 210 / 256),
        Precision("q5_k_m", 5.69 / 8, "average of llama.cpp's mixture for 7B to 70B"),
        Precision("q4_k_m", 4.85 / 8, "average of llama.cpp's mixture for 7B to 70B"),
        Precision("q4_0", 18 / 32),
    )
}
KV = {name: WEIGHTS[name] for name in ("fp32", "bf16", "fp16", "fp8", "q8_0", "q4_0")}


def weight_precision(name: str) -> Precision:
    return _named(WEIGHTS, name, "--precision")


def kv_precision(name: str) -> Precision:
    return _named(KV, name, "--kv")


def _named(known: dict[str, Precision], name: str, option: str) -> Precision:
    if name.lower() not in known:
        raise UsageError(f"{option} is {name!r}; it must be one of {', '.join(known)}")
    return known[name.lower()]

"""Facts about reading GGUF headers."""

import io
import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.weights import gguf_header
from models.weights.gguf_header import GgufHeader, HeaderReader, read_header, read_metadata
from models.weights.local import check_form, describe
from models.weights.staging import file_sha256
from rooftree.errors import WeightsError
from tests.models.weights_material import TEMPLATE, gguf_bytes, gguf_key, gguf_text, sha256

VALID = gguf_bytes(payload=0)


def with_keys(*keys: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 7, len(keys)) + b"".join(keys)


def read(data: bytes) -> GgufHeader:
    return read_metadata(HeaderReader(io.BytesIO(data)))


def test_a_header_tells_what_the_weights_are() -> None:
    header = read(VALID)
    assert (header.version, header.kind, header.architecture) == (3, "model", "llama")
    assert (header.name, header.context_length) == ("Test", 2048)
    assert header.template_sha256 == sha256(TEMPLATE.encode())
    assert "tokenizer.ggml.tokens" not in header.metadata


def test_a_header_without_keys_has_empty_answers() -> None:
    header = read(with_keys())
    assert (header.tensors, header.kind, header.name) == (7, "model", "")
    assert (header.context_length, header.template_sha256) == (0, "")


def test_every_template_variant_counts() -> None:
    plain = gguf_key("tokenizer.chat_template", TEMPLATE)
    variant = gguf_key("tokenizer.chat_template.tool_use", "something else")
    assert read(with_keys(plain)).template_sha256 != read(with_keys(plain, variant)).template_sha256


def test_numbers_of_every_width_are_read() -> None:
    double = gguf_text("d") + struct.pack("<Id", 12, 0.5)
    flag = gguf_text("b") + struct.pack("<I?", 7, True)
    nested = gguf_text("n") + struct.pack("<IIQIQ", 9, 9, 1, 0, 2) + b"ab"
    assert read(with_keys(double, flag, nested)).metadata == {"d": 0.5, "b": True}


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "ends inside"),
        (b"PK\x03\x04" + VALID[4:], "magic"),
        (b"GGUF" + struct.pack(">I", 3) + VALID[8:], "version"),
        (VALID[:40], "ends inside"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "metadata keys"),
        (with_keys(struct.pack("<Q", 1 << 62)), "bytes of text"),
        (with_keys(gguf_key("k", "a"), gguf_key("k", "b")), "twice"),
        (with_keys(gguf_text("k") + struct.pack("<I", 99)), "unknown type 99"),
        (with_keys(gguf_text("k") + struct.pack("<IIQ", 9, 99, 1)), "unknown type 99"),
        (with_keys(gguf_text("k") + struct.pack("<IIQ", 9, 8, 1 << 40)), "array items"),
        (with_keys(gguf_text("k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 4), "deeper"),
        (with_keys(gguf_text("k") + struct.pack("<IIQ", 9, 12, 8 << 20)), "ends inside"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 63, 0), "9223372036854775808 tensors"),
    ],
)
def test_a_bad_header_is_refused_with_its_reason(data: bytes, complaint: str) -> None:
    with pytest.raises(WeightsError, match=complaint):
        read(data)


def test_a_header_larger_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    keys = [gguf_text(f"k{i}") + struct.pack("<IIQ", 9, 12, 4 << 20) for i in range(3)]
    with path.open("wb") as handle:
        handle.write(b"GGUF" + struct.pack("<IQQ", 3, 0, 3))
        for key in keys:
            handle.write(key)
            handle.seek(32 << 20, 1)
        handle.write(b"\0")
    with pytest.raises(WeightsError, match="larger than"):
        read_header(path)


def _texts(key: str, count: int) -> bytes:
    return gguf_text(key) + struct.pack("<IIQ", 9, 8, count) + bytes(8 * count)


def test_texts_that_cost_a_look_each_are_counted_over_the_whole_header() -> None:
    """Eight million empty ones were read for 65 s."""
    assert read(with_keys(_texts("a", 1000), _texts("b", 1000))).metadata == {}
    half = gguf_header.MAX_ELEMENTS // 2 + 1
    for keys in ([_texts("a", 8 << 20)], [_texts("a", half), _texts("b", half)]):
        with pytest.raises(WeightsError, match=r"more than 2097152 texts and arrays"):
            read(with_keys(*keys))


def test_arrays_in_arrays_are_counted_too() -> None:
    inner = struct.pack("<IQ", 0, 0)
    key = gguf_text("k") + struct.pack("<IIQ", 9, 9, 3 << 20) + inner * (3 << 20)
    with pytest.raises(WeightsError, match="texts and arrays"):
        read(with_keys(key))


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "weights.gguf")
    for look in (read_header, check_form, describe, file_sha256):
        with pytest.raises((WeightsError, OSError), match="no regular file"):
            look(tmp_path / "weights.gguf")


def test_errors_name_the_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"missing\.gguf"):
        read_header(tmp_path / "missing.gguf")
    (tmp_path / "short.gguf").write_bytes(b"GG")
    with pytest.raises(WeightsError, match=r"short\.gguf.*ends inside"):
        read_header(tmp_path / "short.gguf")


@given(st.binary(max_size=400))
def test_any_bytes_give_a_header_or_our_error(data: bytes) -> None:
    for candidate in (data, b"GGUF" + data, b"GGUF\x03\0\0\0" + data):
        try:
            assert read(candidate).version in (2, 3)
        except WeightsError:
            continue


@given(st.integers(0, len(VALID) - 1), st.integers(0, 255))
def test_one_changed_byte_gives_a_header_or_our_error(place: int, value: int) -> None:
    changed = bytearray(VALID)
    changed[place] = value
    try:
        header = read(bytes(changed))
    except WeightsError:
        return
    assert header.context_length >= 0
    assert isinstance(header.template_sha256, str)

import io
import struct
from contextlib import suppress
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.sizing.sources import find_model
from models.weights.gguf_tensors import BLOCKS, check_tensors, read_tensors
from models.weights.local import check_form
from rooftree.errors import WeightsError


def test_blocks_are_those_of_the_official_package() -> None:
    official = {
        int(kind): (kind.name, numbers, size)
        for kind, (numbers, size) in gguf.GGML_QUANT_SIZES.items()
    }
    assert {kind: official[kind] for kind in BLOCKS} == BLOCKS


def written(path: Path) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tensor("token_embd.weight", np.zeros((32, 64), np.float32))
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((64, 64), np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_tensors_have_their_shapes_and_bytes(tmp_path: Path) -> None:
    tensors = read_tensors(written(tmp_path / "a.gguf"))
    assert [(t.name, t.shape, t.kind, t.bytes) for t in tensors] == [
        ("token_embd.weight", (64, 32), "F32", 64 * 32 * 4),
        ("blk.0.attn_q.weight", (64, 64), "F16", 64 * 64 * 2),
    ]


def test_a_file_holds_the_tensors_that_it_lists(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gguf")
    check_tensors(path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(WeightsError, match=r"a\.gguf.*'blk\.0\.attn_q\.weight' ends at byte"):
        check_tensors(path)
    with pytest.raises(WeightsError, match="ends at byte"):
        check_form(path)


def test_a_type_that_is_new_does_not_keep_weights_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.gguf")
    content = path.read_bytes()
    kind = content.index(b"blk.0.attn_q.weight") + len(b"blk.0.attn_q.weight") + 4 + 16
    path.write_bytes(content[:kind] + struct.pack("<I", 4242) + content[kind + 4 :])
    check_tensors(path)
    with pytest.raises(WeightsError, match="unknown type 4242"):
        read_tensors(path)


@given(st.integers(0, 400), st.binary(min_size=1, max_size=9))
def test_damaged_headers_are_refused_or_read(place: int, change: bytes) -> None:
    content = bytearray(io.BytesIO(SMALL).getvalue())
    content[place : place + len(change)] = change
    PATH.write_bytes(content)
    with suppress(WeightsError):
        assert all(tensor.bytes >= 0 for tensor in read_tensors(PATH))
    with suppress(WeightsError):
        check_tensors(PATH)


@pytest.fixture(autouse=True, scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> None:
    global SMALL, PATH  # noqa: PLW0603 - hypothesis cannot take a fixture of a function
    PATH = tmp_path_factory.mktemp("gguf") / "a.gguf"
    SMALL = written(PATH).read_bytes()


SMALL = b""
PATH = Path()


@pytest.mark.weights
def test_a_real_file_is_sized_by_its_tensors(tiny_weights: Path) -> None:
    found = find_model(str(tiny_weights))
    assert found.architecture.parameters == 134_515_008
    assert found.architecture.cached_values == 2 * 3 * 64
    assert found.file is not None
    assert found.file.weights == pytest.approx(tiny_weights.stat().st_size, rel=0.03)

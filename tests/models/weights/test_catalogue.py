"""Facts about the catalogue of weights."""

import re
from pathlib import Path

import pytest

from models.weights.catalogue import (
    DATA_FILE,
    HubSource,
    PackageSource,
    catalogue,
    entry,
    known_template,
    licence_text,
    read_catalogue,
)
from models.weights.pip_parts import pieces_of
from rooftree.errors import WeightsError

REAL = DATA_FILE.read_text("utf-8")


def test_the_real_catalogue_is_whole() -> None:
    names = [weights.name for weights in catalogue()]
    assert names == ["default", "small", "tiny", "minilm"]
    for weights in catalogue():
        assert [source.kind for source in weights.sources] == ["mirror", "hub", "packages"]
        assert all(len(source.reason) >= 20 for source in weights.sources)
        assert all(re.fullmatch(r"[0-9a-f]{64}", file.sha256) for file in weights.files)
        assert "Apache License" in licence_text(weights.licence)
        assert weights.notice.strip()
        assert (weights.template_sha256 is not None) == (weights.form == "gguf")


def test_aliases_are_unique_and_found_in_any_case() -> None:
    aliases = [alias for weights in catalogue() for alias in (weights.name, *weights.aliases)]
    assert len(aliases) == len(set(aliases))
    assert entry("Qwen2.5-Coder-0.5B", catalogue()).name == "small"


def test_package_parts_cover_every_byte_of_every_file() -> None:
    for weights in catalogue():
        source = next(one for one in weights.sources if isinstance(one, PackageSource))
        ends = dict.fromkeys((file.name for file in weights.files), 0)
        for _, pieces in pieces_of(source, weights):
            for piece in pieces:
                assert piece.offset == ends[piece.file.name]
                ends[piece.file.name] = piece.end
        assert ends == {file.name: file.size for file in weights.files}


def test_hub_revisions_are_commits() -> None:
    hubs = [one for weights in catalogue() for one in weights.sources if isinstance(one, HubSource)]
    assert len(hubs) == 4
    assert all(re.fullmatch(r"[0-9a-f]{40}", hub.revision) for hub in hubs)


def test_an_unknown_alias_is_answered_with_the_known_ones() -> None:
    with pytest.raises(WeightsError, match="default, small, tiny, minilm"):
        entry("gpt-17", catalogue())


def test_templates_of_the_catalogue_are_known() -> None:
    assert known_template(catalogue()[0].template_sha256 or "", catalogue())
    assert not known_template("0" * 64, catalogue())


def test_a_licence_that_we_do_not_carry_has_no_text() -> None:
    assert licence_text("Unheard-of-1.0") == ""


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('name = "small"', 'name = "default"', "names two sets"),
        ('form = "gguf"', 'form = "pickle"', "form"),
        ('sha256 = "cc32', 'sha256 = "XX32', "sha256"),
        ("reason = ", "excuse = ", "reason"),
        ('name = "vocab.txt"', 'name = "../vocab.txt"', "files"),
        ('name = "vocab.txt"', 'name = "config.json"', "twice"),
        ("size = 16315968 }", "size = 16315967 }", "hold 1117320767 bytes"),
        ('q4_k_m.gguf"', 'q4_k_m.bin"', r"exactly one \.gguf"),
        ('name = "default"', 'name = "default"\nsurprise = 1', "surprise"),
        ("[[weights]]", "[[weights", "cannot read"),
    ],
)
def test_a_broken_catalogue_is_refused(
    tmp_path: Path, before: str, after: str, complaint: str
) -> None:
    assert before in REAL
    path = tmp_path / "weights.toml"
    path.write_text(REAL.replace(before, after, 1), "utf-8")
    with pytest.raises(WeightsError, match=complaint):
        read_catalogue(path)


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere\.toml"):
        read_catalogue(tmp_path / "nowhere.toml")

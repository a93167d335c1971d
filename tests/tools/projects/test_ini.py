"""Files of settings are read as configparser reads them, in time that grows with the text."""

import configparser
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.linear.cost import MEASURABLE_LOOP, grows_too_fast
from tools.projects.detection.ini import read_ini

TOX = """\
# who runs it
[tox]
envlist = py311,
    py312

[testenv]
setenv =
    # for the tests
    SHOP_MODE = test
    SHOP_URL: x=y
Commands: pytest {posargs}
[testenv]
deps=pytest
"""


def peer(text: str) -> dict[str, dict[str, str]]:
    """What configparser reads, without the empty lines that it puts where a comment was."""
    parser = configparser.RawConfigParser(strict=False, default_section="\0")
    parser.read_string(text)
    return {
        section: {name: value.replace("\n\n", "\n") for name, value in parser.items(section)}
        for section in parser.sections()
    }


def test_it_reads_what_configparser_reads() -> None:
    assert read_ini(TOX) == peer(TOX)
    assert read_ini(TOX)["testenv"] == {
        "setenv": "\nSHOP_MODE = test\nSHOP_URL: x=y",
        "commands": "pytest {posargs}",
        "deps": "pytest",
    }


NAMES = st.text("abz_-.", min_size=1)
VALUES = st.text("az=:[]{}.", min_size=1)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, st.lists(VALUES, min_size=1))))
def test_what_is_written_is_read(sections: dict[str, dict[str, list[str]]]) -> None:
    text = "".join(
        f"[{section}]\n" + "".join(f"{k} = " + "\n  ".join(v) + "\n" for k, v in options.items())
        for section, options in sections.items()
    )
    assert read_ini(text) == peer(text)


@given(st.text())
def test_of_any_text_only_words_of_it_are_read(text: str) -> None:
    for section, options in read_ini(text).items():
        assert section in text
        for name, value in options.items():
            assert name
            assert name in text.lower()
            assert all(line in text for line in value.split("\n"))


@pytest.mark.parametrize("unit", [" ", "a ", "[", "]", "=", "a\n", " a\n", "[a]\n", "a=\n b\n"])
def test_time_grows_with_the_text(unit: str) -> None:
    def read(length: int) -> Callable[[], object]:
        return partial(read_ini, ("[a]\nb=" + unit * length)[:length])

    assert grows_too_fast(read, (4_096, 65_536), MEASURABLE_LOOP) == ""

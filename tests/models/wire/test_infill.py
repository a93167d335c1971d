import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.wire.infill_templates import cut_infill


@pytest.mark.parametrize(
    ("text", "suffix", "kept"),
    [
        ("a + b\n\nprint(add(5, 3))", "\n", "a + b"),
        ("a + b\n  \n\nx", "\nrest()", "a + b"),
        ("    a = 1\n\n    b = 2\n", "    return a\n", "    a = 1\n"),
        ("    a = 1\n    return a\n    more()", "    return a\n", "    a = 1\n"),
        ("\n\n    a = 1\n", "\n", "\n\n    a = 1\n"),
        ("    if x:\n    }\n    done()\n", "    }\n", "    if x:\n    }\n    done()\n"),
        ("", "\nreturn", ""),
    ],
)
def test_the_hole_ends_at_a_blank_line_or_where_the_suffix_begins(
    text: str, suffix: str, kept: str
) -> None:
    assert cut_infill(text, suffix) == kept


@given(st.text(), st.text())
def test_a_cut_only_takes_away_from_the_end(text: str, suffix: str) -> None:
    assert text.startswith(cut_infill(text, suffix))

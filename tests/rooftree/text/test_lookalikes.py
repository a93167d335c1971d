"""Names that are not what they look like, and names that only are of another script than Latin."""

import pytest

from rooftree.text.lookalikes import deceptive


@pytest.mark.parametrize(
    ("name", "others", "why"),
    [
        ("pаypal", [], "mixes letters of Cyrillic and Latin"),
        ("getИмя", [], "mixes letters of Cyrillic and Latin"),
        ("get_сору", [], "mixes letters of Cyrillic and Latin"),
        ("Ηello", [], "mixes letters of Greek and Latin"),
        ("nаμε", [], "mixes letters of Cyrillic and Greek and Latin"),
        ("userあ한", [], "mixes letters of Hangul and Hiragana and Latin"),
        ("сору", ["copy"], "looks like `copy`, which is another name"),
        ("ɡet", ["get"], "looks like `get`, which is another name"),
        ("𝘦𝘷𝘢𝘭", [], "is read as `eval` by what normalises names"),
        ("xᵢ", ["xi"], "is read as `xi` by what normalises names"),
        ("ﬁle", [], "is read as `file` by what normalises names"),
        ("ｅval", [], "is read as `eval` by what normalises names"),
    ],
)
def test_a_name_that_is_not_what_it_looks_like_is_told(
    name: str, others: list[str], why: str
) -> None:
    assert deceptive(name, others) == why


@pytest.mark.parametrize(
    "name",
    [
        *("copy", "größe", "naïve_ñ", "описание", "test_описание", "сору", "אבג", "名前", "이름"),
        *(
            "日本語のname",
            "データbase",
            "々人",
            "韓國語한글",
            "μs",
            "Δt",
            "Cα",
            "πnf",
            "x²",
            "µs",
            "αᵢ",
        ),
        *("ÅngstrÖm", "संख्या", "متغیر", "アール", "Σ_h"),
    ],
)
def test_a_name_that_people_give_is_well(name: str) -> None:
    assert deceptive(name, ["copy", "name"] if name != "сору" else []) == ""

"""One list of what nobody sees, the places where it is text, and escapes that can be undone."""

import json
import re
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.text.visible import (
    MAX_BLANK_COLUMNS,
    escaped,
    escaped_json,
    escaped_line,
    invisible,
    printable,
    without_invisible,
)
from tests.linear.cost import MEASURABLE_LOOP, grows_too_fast

HIDDEN = [
    *("\x00", "\x08", "\x0b", "\x1b", "\x7f", "\x85", "\x9b", "\xad", "\u034f", "\u061c"),
    *("\u115f", "\u1160", "\u17b4", "\u180b", "\u180d", "\u180e", "\u180f", "\u200b", "\u200c"),
    *("\u200d", "\u200e", "\u200f", "\u202a", "\u202e", "\u2060", "\u2065", "\u2066", "\u206f"),
    *("\u3164", "\ufe00", "\ufe0e", "\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\ufff8", "\ufffb"),
    *("\U0001bca0", "\U0001bca3", "\U0001d173", "\U0001d17a", "\U000e0000", "\U000e0041"),
    *("\U000e007f", "\U000e0100", "\U000e01ef", "\U000e0fff", "\U00013430"),
]
STRAY_BREAKS = ["\r", "\u2028", "\u2029"]
IN_PLACE = {
    "a warning": "⚠️ careful, ✔︎ done, ©️ ™️ ℹ️ ‼️ ⁉️ 〰️ 〽️ ↔️ ➡️",
    "keycaps": "1️⃣ 2️⃣ #️⃣ *️⃣",
    "a family": "👨‍👩‍👧‍👦",
    "a heart on fire": "❤️‍🔥",
    "a technologist with a skin": "👩🏽‍💻",
    "a nod": "🙂‍↕️",
    "a rainbow flag": "🏳️‍🌈",
    "flags of parts": "🏴󠁧󠁢󠁥󠁮󠁧󠁿🏴󠁧󠁢󠁳󠁣󠁴󠁿🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "an emoji of a later Unicode": "\U0001fae9\ufe0f \U0001fac8\u200d\U0001f7eb",
    "Persian": "می‌خواهم فایل‌های API‌ها را ببینم ه‍.ش.",
    "Hindi": "क्‍ष शक्‍ति",
    "Bengali": "র‍্যাম অ‌্যাপ",
    "Malayalam": "സോഫ്‌റ്റ്‌വെയർ ന്‍",
    "Kannada": "ಸಾಫ್ಟ್‌ವೇರ್",
    "Sinhala": "ශ්‍රී ලංකා",
    "Khmer": "ការ\u200bអភិវឌ្ឍ\u200bកម្មវិធី",
    "Mongolian": "ᠬᠠᠷ᠎ᠠ ᠭ᠋",
    "a name in Japanese": "葛󠄀城市 辻󠄁 﨑︀",
    "old Korean": "ᄀᆞᅟᅡᆨ",
    "a page break": "one\n\ftwo\n",
    "lines that end as on Windows": "one\r\ntwo\r\n",
}


@pytest.mark.parametrize("one", HIDDEN + STRAY_BREAKS, ids=ascii)
def test_a_character_that_nobody_sees_is_found_and_escaped(one: str) -> None:
    assert invisible(f"a{one}b") == one
    assert escaped(f"a{one}b") == printable(f"a{one}b") == f"a\\u{{{ord(one):X}}}b"
    assert without_invisible(f"a{one}b") == (f"a{one}b" if one in STRAY_BREAKS else "ab")


@pytest.mark.parametrize("text", IN_PLACE.values(), ids=IN_PLACE)
def test_a_joiner_in_its_place_is_text(text: str) -> None:
    assert invisible(text) == ""
    assert without_invisible(text) == text
    assert escaped(text).replace("\\u{C}", "\f") == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a\u200db",
            "a\u200cb",
            "\u200d🙂",
            "🙂\u200da",
            "x\ufe0f",
            "1\ufe0f",
            "\ufe0f",
            "\u200c",
        ),
        *(
            "a\ufe01",
            "é\U000e0100",
            "字\ufe0f",
            "字\ufe05",
            "क\u200dष",
            "a\u180b",
            "ا\u200b",
            "+\ufe0f",
        ),
        *("\u1160", "\u115fa", "가\u1160", "x\f", "🏴\U000e0067", "🏴\U000e0067\U000e007f"),
    ],
    ids=ascii,
)
def test_a_joiner_that_joins_nothing_is_hidden(text: str) -> None:
    assert len(invisible(text)) >= 1


def test_a_row_of_hidden_characters_carries_nothing() -> None:
    """After what may bear one, the second and all that follow are found."""
    assert invisible("⚠" + "\ufe0f\ufe0e" * 20) == "\ufe0e\ufe0f" * 19 + "\ufe0e"
    assert invisible("字" + "\U000e0100\U000e01ef" * 3) == "\U000e01ef\U000e0100" * 2 + "\U000e01ef"
    assert len(invisible("ا" + "\u200c\u200d" * 8 + "ب")) == 14
    assert invisible("ᠠ" + "\u180b\u180c" * 3) == "\u180c\u180b" * 2 + "\u180c"
    assert (
        invisible("\u115f\u1160 \u061c\u200c \u17b4\u200b")
        == "\u115f\u1160\u061c\u200c\u17b4\u200b"
    )
    order = "".join(chr(0xE0000 + ord(one)) for one in "obey me")
    assert invisible(f"🏴{order}\U000e007f") == f"{order}\U000e007f"


def test_blanks_that_push_code_off_the_screen_are_told() -> None:
    assert escaped(f"a = 1{' ' * 400}; bad()") == "a = 1\\u{20*400}; bad()"
    assert escaped("x" + "\t" * 40 + "y") == "x\\u{9*40}y"
    assert escaped(f"x{' ' * 200}\u3000{chr(9) * 2}y") == "x\\u{20*200}\\u{3000*1}\\u{9*2}y"
    assert escaped("x" + "\u2800" * 200) == "x\\u{2800*200}"


@pytest.mark.parametrize(
    "blanks", [" " * MAX_BLANK_COLUMNS, "\t" * (MAX_BLANK_COLUMNS // 8), " ", "\t  "]
)
def test_blanks_as_wide_as_those_of_real_code_stay(blanks: str) -> None:
    assert escaped(f"{blanks}x{blanks}# y{blanks}\n") == f"{blanks}x{blanks}# y{blanks}\n"


def test_what_looks_like_an_escape_is_told_from_one() -> None:
    assert escaped("\\u{202E}") == "\\u{5C}u{202E}"
    assert escaped("\\u{20*400}") == "\\u{5C}u{20*400}"


def test_ordinary_code_is_shown_as_it_is() -> None:
    code = 'a = "\\r\\n\\t\\x1b[0m\\u202e\\\\u"; naïve = "שלום 你好 é\u0301"\r\n\tif b:\n'
    assert escaped(code) == code


@pytest.mark.parametrize("one", [*HIDDEN, "\u2028"], ids=ascii)
def test_json_keeps_its_value(one: str) -> None:
    text = escaped_json(json.dumps([f"a{one}b"], ensure_ascii=False))
    assert one not in text
    assert json.loads(text) == [f"a{one}b"]


def test_half_a_pair_is_shown_since_no_stream_writes_it() -> None:
    assert escaped("a\udcffb") == "a\\u{DCFF}b"


texts = st.lists(
    st.sampled_from(
        [
            *(*HIDDEN, *STRAY_BREAKS, "\n", "\t", " ", " " * 130, "\t" * 20, "\\", "u{", "20", "*"),
            *("}", "\\u{202E}", "\\u{5C}", "\\u{20*9}", "⚠", "字", "ا", "ക", "്", "1", "\u20e3"),
            "🏴",
        ]
    )
    | st.text(max_size=4)
).map("".join)


def undone(text: str) -> str:
    return re.sub(
        r"\\u\{([0-9A-F]+)(?:\*([0-9]+))?\}", lambda m: chr(int(m[1], 16)) * int(m[2] or 1), text
    )


@given(texts)
def test_an_escaped_text_can_be_undone(text: str) -> None:
    assert undone(escaped(text)) == text


@given(texts)
def test_an_escaped_text_holds_nothing_hidden_and_is_printable(text: str) -> None:
    told = escaped(text)
    assert invisible(told.replace("\f", "")) == ""
    assert printable(told) == told
    assert printable(printable(text)) == printable(text)


@given(texts)
def test_what_is_seen_holds_only_stray_breaks(text: str) -> None:
    assert set(invisible(without_invisible(text))) <= set(STRAY_BREAKS)


@given(texts)
def test_a_line_stays_one(text: str) -> None:
    told = escaped_line(text)
    assert len(told.splitlines()) <= 1
    assert "\t" not in told
    assert undone(told) == text


@pytest.mark.parametrize("unit", [" " * 119 + "x", "\u200d", "\\u{20*1", "🏴\U000e0067", "\t "])
@pytest.mark.parametrize("reading", [escaped, printable, without_invisible, invisible])
def test_time_grows_with_the_text(unit: str, reading: Callable[[str], object]) -> None:
    def read(length: int) -> Callable[[], object]:
        return partial(reading, (unit * length)[:length])

    assert grows_too_fast(read, (4_096, 65_536), MEASURABLE_LOOP) == ""

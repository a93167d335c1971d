"""Invisible characters: the one list of them, and how they are shown.

Directional controls make code read otherwise than it runs (Boucher and Anderson, "Trojan Source",
2021); tags, variation selectors and zero-width characters carry text that only a model reads; a
line that breaks where a terminal does not show it takes code out of a comment. Prompts drop such
characters, drafts refuse them, reviews report them, and who approves, the reviewer and the
terminal see them as escapes: all by the list that is here.

Joiners and selectors are text in their places: between the parts of an emoji, after a letter of
Arabic script, at an Indic virama, between words of Khmer (UAX #31, 2.3 and UTS #51). The places
are told by the characters' names and categories, which is all that `unicodedata` knows; joining
types and lists of emoji it does not have, so that a joiner at a letter that never joins passes.
"""

import re
import unicodedata
from collections.abc import Callable

# Controls but for tab and line ends; format controls; fillers; selectors; tags; the unassigned
# characters that Unicode reserves for such.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
_BLANK = " \t\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
# Not everything breaks a line at these: what is in a comment here is code there.
_STRAY_BREAK = r"\r(?!\n)|[\u2028\u2029]"
MAX_BLANK_COLUMNS = 120
"""Columns of blanks that are shown as they are. Of 13.2 million lines in 44,000 files (those of
the packages that rooftree is built with, Node's and C's headers, Perl's library and the docs of
all of them) none is indented deeper; inside a line 31 runs are wider, most of them in tables."""
_TAB = 8

_HIDDEN = re.compile(f"[{_UNSEEN}]")
_INVISIBLE = re.compile(f"{_STRAY_BREAK}|[{_UNSEEN}]")
# An escape, as `escaped` writes it: a code point, and how often it is there where it is often.
_ESCAPE = r"\\u\{[0-9A-F]{1,6}(?:\*[0-9]{1,9})?\}"
_BLANKS = rf"(?<![{_BLANK}])[{_BLANK}]{{{MAX_BLANK_COLUMNS // _TAB},}}"
_NO_TEXT = "[\ud800-\udfff]"  # a byte of a path that is no UTF-8
_PUSHING = re.compile(rf"{_BLANKS}(?![\s{_BLANK}])")
_SHOWN = re.compile(f"{_INVISIBLE.pattern}|{_NO_TEXT}|{_BLANKS}")
_SHOWN_ONCE = re.compile(f"{_SHOWN.pattern}|{_ESCAPE}")

_FLAG = "\U0001f3f4"
_FLAGS = tuple(  # of England, Scotland and Wales: the only ones that are spelt in tags
    _FLAG + "".join(chr(0xE0000 + ord(one)) for one in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
_EMOJI_OF_OTHER_KINDS = "\u203c\u2049\u2139\u3030\u303d"
_JOINING = ("ARABIC", "SYRIAC", "MANDAIC", "NKO", "MONGOLIAN", "ADLAM", "HANIFI")
_UNSPACED = ("KHMER", "THAI", "LAO", "MYANMAR", "TIBETAN", "BALINESE", "JAVANESE")
_VARIED = ("CJK", "MYANMAR", "PHAGS-PA", "MANICHAEAN")


def invisible(text: str) -> str:
    """Return the invisible characters of a text, in their order.

    A carriage return before a line feed is a line's end; alone it is an invisible one.
    """
    return "".join(
        one.group() for one in _INVISIBLE.finditer(text) if not _in_place(text, one.start())
    )


def allowed_in_prose(line: str) -> str:
    """Return hidden characters that a line which is only read may hold.

    A word has soft hyphens, and what goes from right to left has marks that put numbers in order.
    """
    goes_left = any(unicodedata.bidirectional(one) in ("R", "AL") for one in line if one.isalpha())
    return "\xad" + ("\u200e\u200f\u061c" if goes_left else "")


def without_invisible(text: str) -> str:
    """Return a text without its invisible characters; its lines stay lines."""
    return _HIDDEN.sub(lambda one: one.group() if _in_place(text, one.start()) else "", text)


def escaped_json(text: str) -> str:
    """Return JSON that is the same value, with JSON's own escapes for invisible characters."""
    return _INVISIBLE.sub(
        lambda one: one.group() if _in_place(text, one.start()) else _units(one.group()), text
    )


def escaped(text: str) -> str:
    r"""Return a text with an escape such as `\u{202E}` for all that is not seen or deceives.

    Blanks that push what follows off the screen become `\u{20*400}`. The backslash of what looks
    like such an escape becomes one itself: no two texts look the same.
    """
    return _SHOWN_ONCE.sub(lambda one: _escape(text, one), text)


def escaped_line(text: str) -> str:
    """Return what names a file, or is told in a line for another reason, in one line."""
    return re.sub("[\n\t\r]", lambda one: _code(one.group()), escaped(text))


def printable(text: str) -> str:
    """Return a text as a terminal may get it: escaped but for what is an escape already."""
    return _SHOWN.sub(lambda one: _escape(text, one), text)


def overlong_blank_columns(line: str) -> int:
    """Return how many columns of blanks push what follows them off the screen; 0 where none do."""
    widths = (_width(run.group()) for run in _PUSHING.finditer(line))
    return max((width for width in widths if width > MAX_BLANK_COLUMNS), default=0)


def _escape(text: str, found: re.Match[str]) -> str:
    run = found.group()
    if run[0] == "\\":
        return _code("\\") + run[1:]
    if run[0] in _BLANK:
        return run if _width(run) <= MAX_BLANK_COLUMNS else _counted(run)
    # A page break may begin a line of code, and a terminal still obeys it.
    is_text = run != "\f" and _in_place(text, found.start())
    return run if is_text else _code(run)


def _units(character: str) -> str:
    code = character.encode("utf-16-be").hex()
    return "".join(f"\\u{code[at : at + 4]}" for at in range(0, len(code), 4))


def _code(character: str) -> str:
    return f"\\u{{{ord(character):X}}}"


def _width(blanks: str) -> int:
    return len(blanks) + (_TAB - 1) * blanks.count("\t")


def _counted(blanks: str) -> str:
    runs = re.finditer(r"(.)\1*", blanks)
    return "".join(f"\\u{{{ord(run[1]):X}*{len(run[0])}}}" for run in runs)


def _in_place(text: str, at: int) -> bool:
    """Say whether a character that has no look of its own is a part of ordinary text there."""
    rule = _PLACES.get(text[at])
    if rule is not None:
        return rule(text, at)
    if "\U000e0100" <= text[at] <= "\U000e01ef":
        return _script(text[at - 1 : at]) == "CJK"
    return "\U000e0020" <= text[at] <= "\U000e007f" and _in_flag(text, at)


def _in_flag(text: str, at: int) -> bool:
    begin = text.rfind(_FLAG, max(0, at - 6), at)
    return begin >= 0 and text.startswith(_FLAGS, begin)


def _joins(text: str, at: int) -> bool:
    """Say whether a joiner, or what parts letters that would join, is in its place."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if text[at] == "\u200d" and _is_emoji(after):
        return _is_emoji(before) or (before == "\ufe0f" and _varies(text, at - 1))
    return any(_script(one) in _JOINING or _is_virama(one) for one in (before, after))


def _varies(text: str, at: int) -> bool:
    """Say whether a variation selector follows what has variants."""
    before = text[at - 1 : at]
    if before and before in "#*0123456789":
        return text[at] >= "\ufe0e" and text[at + 1 : at + 2] == "\u20e3"
    return _is_emoji(before) or (text[at] < "\ufe03" and _script(before) in _VARIED)


def _varies_mongolian(text: str, at: int) -> bool:
    return at > 0 and _script(text[at - 1]) == "MONGOLIAN"


def _parts_words(text: str, at: int) -> bool:
    """Say whether a space without width is in a script that has no other between words."""
    return any(_script(one) in _UNSPACED for one in (text[at - 1 : at], text[at + 1 : at + 2]))


def _fills(text: str, at: int) -> bool:
    """Say whether a filler stands for a missing part of an old Korean syllable."""
    if text[at] == "\u115f":
        return _name(text[at + 1 : at + 2]).startswith("HANGUL JUNGSEONG ")
    return _name(text[at - 1 : at]).startswith("HANGUL CHOSEONG ")


def _breaks_page(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in "\n\f"


_PLACES: dict[str, Callable[[str, int], bool]] = {
    "\f": _breaks_page,
    "\u115f": _fills,
    "\u1160": _fills,
    "\u200b": _parts_words,
    **dict.fromkeys("\u200c\u200d", _joins),
    **dict.fromkeys("\u180b\u180c\u180d\u180e\u180f", _varies_mongolian),
    **{chr(code): _varies for code in range(0xFE00, 0xFE10)},
}


def _script(character: str) -> str:
    """Return the first word of a character's name, which for a letter is its script."""
    return _name(character).partition(" ")[0]


def _name(character: str) -> str:
    """Return the name of what is seen: nothing hidden makes a place for something hidden."""
    if character <= "\x7f" or _HIDDEN.match(character):
        return ""
    return unicodedata.name(character, "")


def _is_virama(character: str) -> bool:
    return character != "" and unicodedata.combining(character) == 9


def _is_emoji(character: str) -> bool:
    """Say whether a character may be a pictograph; those that are too new have no category."""
    if character < "\x7f":
        return False
    kind = unicodedata.category(character)
    is_new = kind == "Cn" and "\U0001f000" <= character <= "\U0001faff"
    is_symbol = kind == "So" or (kind in ("Sm", "Sk") and character >= "\u2190")
    return is_symbol or is_new or character in _EMOJI_OF_OTHER_KINDS

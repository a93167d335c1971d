"""Names that are not what they look like: letters of several scripts in a word, and look-alikes.

The rule is that of UTS #39 for what is highly restrictive: letters of one script, or Latin with
those that Chinese, Japanese and Korean are written in. Two things are other than there. Words that
an underscore parts may be of two scripts each, unless one only looks like Latin: `test_привет` is
a name that people give. Greek in a Latin word is an abbreviation or a quantity (`μs`, `Δt`, `Cα`:
all of 60 such names in 39,685 files of packages), unless a letter looks like a Latin one.

`unicodedata` knows no scripts, so that a letter's is the first word of its name. The table of
look-alikes holds the letters of Cyrillic, Greek, Armenian and Latin that common fonts draw like one
of ASCII, and no others: it is no list of all confusable characters.
"""

import unicodedata
from collections.abc import Collection

_TOGETHER = (
    frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"LATIN", "CJK", "HANGUL"}),
    frozenset({"LATIN", "CJK", "BOPOMOFO"}),
)
_OF_ALL_SCRIPTS = ("MODIFIER", "KATAKANA-HIRAGANA")
_LOOKS = str.maketrans(
    "асеорхуіјѕһԁԛԝӏАВЕКМНОРСТХУІЈЅԚԜѴΑΒΕΖΗΙΚΜΝΟΡΤΥΧοօսոհıɑɡ",
    "aceopxyijshdqwlABEKMHOPCTXYIJSQWVABEZHIKMNOPTYXoounhiag",
)


def deceptive(name: str, others: Collection[str] = ()) -> str:
    """Say why a name is not what it looks like beside others of its file; "" where it is."""
    if name.isascii():
        return ""
    plain = unicodedata.normalize("NFKC", name)
    looks = plain.translate(_LOOKS)
    if plain.isascii() and (plain in others or _is_restyled(name)):
        return f"is read as `{plain}` by what normalises names"
    if looks != name and looks in others:
        return f"looks like `{looks}`, which is another name"
    if any(_mixes(word) for word in plain.split("_")) or (looks.isascii() and _mixes(plain)):
        return f"mixes letters of {' and '.join(sorted(map(str.capitalize, _scripts(plain))))}"
    return ""


def _is_restyled(name: str) -> bool:
    """Say whether letters are bold, wide or joined ones; raised ones are seen to be so."""
    kinds = {unicodedata.decomposition(one).partition(">")[0] for one in name}
    return any(one.startswith("<") and one not in ("<super", "<sub") for one in kinds)


def _mixes(word: str) -> bool:
    scripts = _scripts(word)
    if len(scripts) < 2 or any(scripts <= together for together in _TOGETHER):
        return False
    greek = [one for one in word if _script(one) == "GREEK"]
    return scripts != {"LATIN", "GREEK"} or any(ord(one) in _LOOKS for one in greek)


def _scripts(word: str) -> frozenset[str]:
    found = {_script(one) for one in word if one.isalpha()}
    return frozenset(found.difference(_OF_ALL_SCRIPTS))


def _script(letter: str) -> str:
    script = unicodedata.name(letter, "").partition(" ")[0]
    return "CJK" if script == "IDEOGRAPHIC" else script

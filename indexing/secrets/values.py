"""Does a value look like a secret? Shape alone decides; names and places are others' business."""

import re

PLACEHOLDER = re.compile(
    r"example|change[_-]?me|placeholder|your[_-]|insert[_-]|dummy|redacted|xxxx|\*\*\*|\.\.\."
    r"|todo|fixme|0123456789abcdef|[«»]|\$[({]|%\(\w{1,40}\)|%\{|\{\{",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
SEPARATORS = re.compile(r"[^A-Za-z0-9+/=]+")
SWITCH = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
CASE_SWITCH = re.compile(r"(?<=[A-Z])(?=[a-z])|(?<=[a-z])(?=[A-Z])")
BASE32 = re.compile(r"[A-Z2-7]{16,64}")
ANY_SYMBOL = re.compile(r"[^\w\s]")
CLASS_SWITCH = re.compile(
    r"(?<=[0-9])(?=[^0-9])|(?<=[^0-9])(?=[0-9])|(?<=[^\w])(?=[A-Za-z])|(?<=[A-Za-z])(?=[^\w])"
    r"|(?<=[A-Z])(?=[a-z])|(?<=[a-z])(?=[A-Z])"
)
ESCAPES = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|[nrtab0'\"\\])")
LETTER, DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"[0-9]")
STRONG_SYMBOL, SYMBOL = re.compile(r"[!@#$^~]"), re.compile(r"[!@#$^~%&*+?]")
# `$(command)`, `${NAME}`, `{{ name }}`: a random key may well begin with `$(`, but not say a name.
SUBSTITUTION = re.compile(
    r"\$[({][A-Za-z_][\w.:/-]{0,60}[)}]|[«»]|\{\{|%\(\w{1,40}\)|\*\*\*|\.\.\.|example|xxxx"
    r"|change[_-]?me|placeholder|your[_-]|redacted|dummy",
    re.IGNORECASE,
)
UNFIT = re.compile(r"[\s()\[\]{}<>|\\]")
# What stands for a password in code: names of variables and algorithms, and words of manuals.
WORD = re.compile(
    r"pass|pwd|user|name|secret|token|key|hash|sha[0-9]|md5|utf|base64|test|value|string|bytes"
    r"|field|param|config|self|args?\d|input|query|version|python|http|\Av\d",
    re.IGNORECASE,
)
# `npm:^4.0.0`, `v0.0.0-20180821212333-d2e6202438be`: what lock files say after a package's name.
VERSION = re.compile(
    r"(?:[a-z]{2,12}:)?[\^~<>=@v*]{0,3}[0-9]{1,5}(?:\.[0-9x*]{1,16}){1,4}(?![\d.]).*"
)
# `V1SecretVolumeSource`, `V1beta2DeviceTaintRule`: names of classes that are made from an API.
VERSIONED_NAME = re.compile(r"V[0-9]{1,2}(?:(?:alpha|beta)[0-9]{1,2})?[A-Z][A-Za-z]{3,80}")
ADDRESS = re.compile(r"[\w.-]{1,64}:[0-9]{1,5}")
PASSWORD = re.compile(r"[A-Za-z0-9_.,:!?+*%&=@#$^~/-]{8,64}")
LONG_VALUE = re.compile(r"[A-Za-z0-9+/=_.~%:$@-]+")
LONG = 100


def is_placeholder(value: str) -> bool:
    """Say whether a value stands for a secret instead of being one."""
    return PLACEHOLDER.search(value) is not None or len(set(value)) < 5


def looks_random(value: str) -> bool:
    """Say whether a piece of the value mixes letters and digits as no word does."""
    if UUID.fullmatch(value):
        return True
    return any(_is_random_piece(piece) for piece in SEPARATORS.split(value))


def looks_secret(value: str) -> bool:
    """Say whether a value given to a secret's name is a secret: random, or a strong password."""
    if not value or UNFIT.search(value):
        return _is_escaped_bytes(value) or is_random_with_symbols(value)
    if is_placeholder(value) or EMAIL.fullmatch(value) or "://" in value:
        return False
    if VERSION.fullmatch(value) or VERSIONED_NAME.fullmatch(value):
        return False
    if len(value) > LONG and LONG_VALUE.fullmatch(value) is None:
        return False
    return looks_random(value) or _is_strong_password(value)


def looks_password(value: str) -> bool:
    """Say whether a value given to a password's name is one: it may also be words and digits."""
    if looks_secret(value):
        return True
    if (
        "://" in value
        or PASSWORD.fullmatch(value) is None
        or is_placeholder(value)
        or WORD.search(value)
    ):
        return False
    if ADDRESS.fullmatch(value) or EMAIL.fullmatch(value) or value[0] in ".$%/":
        return False
    return len(DIGIT.findall(value)) >= 2 and len(LETTER.findall(value)) >= 4


def is_base32(value: str) -> bool:
    """Say whether a value is a seed as apps for a second factor take it."""
    return BASE32.fullmatch(value) is not None and DIGIT.search(value) is not None


def _is_random_piece(piece: str) -> bool:
    if HEX.fullmatch(piece) and not piece.isdigit() and not piece.isalpha():
        return True
    letters = re.sub(r"[+/=]", "", piece)
    if len(letters) < 8 or len(set(letters)) < 6:
        return False
    switches = len(SWITCH.findall(letters))
    if len(letters) < 16:
        return switches >= 3
    return switches >= 2 or len(CASE_SWITCH.findall(letters)) >= 0.4 * len(letters)


def _is_strong_password(value: str) -> bool:
    return (
        LETTER.search(value) is not None
        and DIGIT.search(value) is not None
        and STRONG_SYMBOL.search(value) is not None
        and len(SYMBOL.findall(value)) <= len(value) // 2
    )


def is_random_with_symbols(value: str) -> bool:
    """Say whether a value is drawn from letters, digits and all symbols, as Django draws keys."""
    if not 32 <= len(value) <= LONG or any(c.isspace() for c in value):
        return False
    if SUBSTITUTION.search(value):
        return False
    value = value.removeprefix("django-insecure-")
    symbols = ANY_SYMBOL.findall(value)
    few = len(set(symbols)) < 4 or len(DIGIT.findall(value)) < 3
    return not few and len(CLASS_SWITCH.findall(value)) >= 0.4 * len(value)


def _is_escaped_bytes(value: str) -> bool:
    r"""Say whether a value is random bytes as source writes them: `_5#y2L\xf4Q8z\n\xec`."""
    if value.count("\\x") < 2 or len(value) > LONG:
        return False
    rest = ESCAPES.sub("", value)
    return not UNFIT.search(rest) and not is_placeholder(value) and bool(DIGIT.search(rest))

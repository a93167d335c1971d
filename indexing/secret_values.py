"""Does a value look like a secret? Shape alone decides; names and places are others' business."""

import re

PLACEHOLDER = re.compile(
    r"example|change[_-]?me|placeholder|your[_-]|insert[_-]|dummy|redacted|xxxx|\*\*\*|\.\.\."
    r"|todo|fixme|0123456789abcdef|[«»]|\$[({]|%[({]|\{\{",
    re.IGNORECASE,
)
EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
HEX = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
SEPARATORS = re.compile(r"[^A-Za-z0-9+/=]+")
SWITCH = re.compile(r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])")
CASE_SWITCH = re.compile(r"(?<=[A-Z])(?=[a-z])|(?<=[a-z])(?=[A-Z])")
SYMBOLS = frozenset("!@#$^~%&*+?")
STRONG_SYMBOLS = frozenset("!@#$^~")
BRACKETS = frozenset("()[]{}<>|\\")


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
    if not value or is_placeholder(value) or EMAIL.fullmatch(value) or "://" in value:
        return False
    if any(character.isspace() or character in BRACKETS for character in value):
        return False
    return looks_random(value) or _is_strong_password(value)


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
        any(character.isalpha() for character in value)
        and any(character.isdigit() for character in value)
        and any(character in STRONG_SYMBOLS for character in value)
        and sum(character in SYMBOLS for character in value) <= len(value) // 2
    )

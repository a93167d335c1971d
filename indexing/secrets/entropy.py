"""Values so random that they need no telling name: long, and of mixed characters throughout."""

import re

from indexing.secrets.values import is_placeholder

HEX = re.compile(r"(?:0x)?(?:[0-9a-f]{32,128}|[0-9A-F]{32,128})")
MIXED = re.compile(r"[A-Za-z0-9+/_\-.~]{24,512}={0,2}")
CLASS_SWITCH = re.compile(
    r"(?<=[0-9])(?=[A-Za-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[A-Z])(?=[a-z])|(?<=[a-z])(?=[A-Z])"
)
# A name that a compiler made, or a generator from an API.
NAME_OF_CODE = re.compile(r"_{1,3}Z[A-Z].*|V[0-9]{1,2}(?:(?:alpha|beta)[0-9]{1,2})?[A-Z][A-Za-z]*")
NUMBERS = re.compile(r"[0-9]{1,600}+")
OTHERS = re.compile(r"[^A-Za-z0-9]")
MAX_OTHERS_SHARE = 0.1
# Letters and digits drawn by chance change their class at 6 places of 10, names at 2 or 3.
MIN_SWITCHES_SHARE = 0.42
MIN_HEX_SWITCHES_SHARE = 0.25


def is_random_hex(value: str) -> bool:
    """Say whether a value is hexadecimal digits drawn by chance, and no number or pattern."""
    if not HEX.fullmatch(value) or len(set(value)) < 10 or is_placeholder(value):
        return False
    return len(CLASS_SWITCH.findall(value)) >= MIN_HEX_SWITCHES_SHARE * len(value)


def is_random_text(value: str) -> bool:
    """Say whether a value is letters of both cases and digits drawn by chance."""
    if not MIXED.fullmatch(value) or is_placeholder(value) or NAME_OF_CODE.fullmatch(value):
        return False
    plain = OTHERS.sub("", value)
    if len(plain) < 24 or len(value.rstrip("=")) - len(plain) > MAX_OTHERS_SHARE * len(value):
        return False
    if plain == plain.lower() or plain == plain.upper() or plain.isalpha():
        return False
    switches = len(CLASS_SWITCH.findall(plain)) / len(plain)
    return switches >= MIN_SWITCHES_SHARE and (switches >= 0.55 or len(NUMBERS.findall(plain)) >= 2)

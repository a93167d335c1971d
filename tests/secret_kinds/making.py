"""Kinds of secrets, each in three forms in which people commit, log or type it.

A list of ninety-eight was written before the rules that it measures, and numbered: the even half
(`learnt`) was looked at while the rules were written, the odd half (`held_out`) only when they were
done. A third list (`fresh`) was written by somebody who had seen neither the rules nor the halves,
a fourth (`fourth`) by another who had not seen the third either, and a fifth (`fifth`) by one who
had seen none of them. All are made up and put together at run time, so that no scanner takes these
files for a leak. Here is how a secret is drawn, put into a form, and looked for in what is left.
"""

import base64
import re
import string
from dataclasses import dataclass

from tests.secrets_corpus import LOWER_HEX, UPPER, made_up

BASE64 = string.ascii_letters + string.digits + "+/"
BASE64_URL = string.ascii_letters + string.digits + "-_"
BASE32 = string.ascii_uppercase + "234567"
DJANGO = string.ascii_lowercase + string.digits + "!@#$%^&*(-_=+)"
WORDS = (
    *("harbor", "quilt", "lantern", "maple", "copper", "thistle"),
    *("velvet", "anchor", "pepper", "meadow", "falcon", "button"),
)
PLACE = "§"
WINDOW = 16
LINE_END = re.compile(r"\\+n|\n")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of secret: three forms, each a text with the secret that must be gone from it."""

    name: str
    forms: tuple[tuple[str, str], ...]


def kind(name: str, secret: str, *forms: str) -> Kind:
    """Put one secret into each of the forms, where § stands."""
    return Kind(name, tuple((placed(form, secret), secret) for form in forms))


def each(name: str, *pairs: tuple[str, str]) -> Kind:
    """Return a kind whose forms hold different secrets."""
    return Kind(name, tuple((placed(form, secret), secret) for form, secret in pairs))


def placed(form: str, secret: str) -> str:
    """Put a secret into a form; further lines of it are indented or commented as the first."""
    before = form[: form.index(PLACE)].rpartition("\n")[2]
    margin = before if not before.strip(" #*/>") else ""
    return form.replace(PLACE, secret.replace("\n", "\n" + margin))


def left_over(text: str, secret: str) -> list[str]:
    """Return the stretches of a secret, line by line, that a text still holds."""
    lines = [line for line in LINE_END.split(secret) if line and "-----" not in line]
    windows = {
        line[at : at + WINDOW] for line in lines for at in range(max(1, len(line) - WINDOW + 1))
    }
    return sorted(window for window in windows if window in text)


def glued(*pieces: str) -> str:
    """Return what a scanner would take for a secret if it stood here in one piece."""
    return "".join(pieces)


def token(name: str, length: int = 40) -> str:
    return made_up(name, length)


def hexadecimal(name: str, length: int = 32) -> str:
    return made_up(name, length, LOWER_HEX)


def base64_text(name: str, length: int = 44) -> str:
    """Return what 3n + 1 or 3n + 2 bytes look like in base64."""
    return made_up(name, length - 1, BASE64) + "="


def upper(name: str, length: int) -> str:
    return made_up(name, length, UPPER)


def uuid(name: str) -> str:
    digits = hexadecimal(name, 32)
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def password(name: str) -> str:
    """Return a password as people choose one, in one of four manners."""
    numbers = [int(digit, 16) for digit in hexadecimal(f"password {name}", 8)]
    first, second = WORDS[numbers[0] % 12], WORDS[(numbers[0] + 1 + numbers[1] % 11) % 12]
    manners = [
        f"{first.title()}-{second.title()}!{numbers[2]}{numbers[3]}",
        f"{first.title()}{second.title()}{numbers[2]}{numbers[3]}7",
        f"{first[:3]}{numbers[2]}{second.title()[:4]}{numbers[3]}x9",
        f"{first}@{numbers[2]}{second}#{numbers[3]}",
    ]
    return manners[numbers[4] % 4]


def sentence(name: str) -> str:
    """Return a pass phrase of four words and a number."""
    numbers = [int(digit, 16) % 12 for digit in hexadecimal(f"phrase {name}", 5)]
    return " ".join([*(WORDS[number] for number in numbers[:4]), str(numbers[4] + 20)])


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def body(name: str, lines: int = 6, width: int = 64, start: str = "MII") -> str:
    """Return the base64 lines of a key, without armour."""
    rows = [made_up(f"{name} {row}", width, BASE64) for row in range(lines)]
    rows[0] = start + rows[0][len(start) :]
    rows.append(made_up(f"{name} last", 30, BASE64) + "==")
    return "\n".join(rows)


def armoured(name: str, label: str = "RSA PRIVATE ") -> str:
    return f"-----BEGIN {label}" + f"KEY-----\n{body(name)}\n-----END {label}" + "KEY-----"

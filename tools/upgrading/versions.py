"""Requirements as ecosystems write them: edited by the smallest change, and met or not."""

import re
from itertools import zip_longest

from rooftree.errors import ToolRefusedError
from tools.upgrading.request import Ecosystem

OPERATORS = r"===|==|~=|!=|<=|>=|~>|<|>|=|\^|~"
_CLAUSE = re.compile(rf"({OPERATORS})?(\s*+)(v?\d[\w.+!-]*+\*?)")
ANY = frozenset({"", "*", "x", "latest", "@dev"})
"""Requirements that any version meets, or that no number is named in."""
ALLOWED: dict[Ecosystem, frozenset[str]] = {
    "Python": frozenset({"===", "==", "~=", "!=", "<=", ">=", "<", ">"}),
    "JavaScript": frozenset({"^", "~", "=", "<=", ">=", "<", ">"}),
    "PHP": frozenset({"^", "~", "=", "!=", "<=", ">=", "<", ">"}),
    "Rust": frozenset({"^", "~", "=", "<=", ">=", "<", ">"}),
    "Ruby": frozenset({"~>", "=", "!=", "<=", ">=", "<", ">"}),
    "Go": frozenset(),
    "Java": frozenset(),
}
"""The operators that a request may name."""
BOUNDS = frozenset({"<", "<=", "!=", ">"})
"""Clauses that stay as they are beside the one that is edited."""


def clauses_of(requirement: str) -> list[tuple[str, str, str]] | None:
    """Return operator, blanks and version of each clause; None where it is written otherwise."""
    clauses: list[tuple[str, str, str]] = []
    for text in requirement.split(","):
        found = _CLAUSE.fullmatch(text.strip())
        if found is None or "x" in found[3].lower().split("."):
            return None
        clauses.append((found[1] or "", found[2], found[3]))
    return clauses


def rewritten(old: str, wanted: str, ecosystem: Ecosystem, *, caret: bool = False) -> str:
    """Return a requirement for another version, in the manner of the old one."""
    asked = clauses_of(wanted)
    if asked is None:
        raise ToolRefusedError(f"{wanted!r} is no version, and no requirement that is understood")
    if any(operator for operator, _, _ in asked):
        allowed = ALLOWED[ecosystem] | ({"^", "~"} if caret else set())
        wrong = [operator for operator, _, _ in asked if operator not in allowed]
        if wrong:
            raise ToolRefusedError(f"{wanted!r} is no requirement of {ecosystem}")
        return wanted
    clauses = clauses_of(old)
    if clauses is None:
        raise ToolRefusedError(f"it is written {old!r}, which is not edited by rules")
    edited = [at for at, one in enumerate(clauses) if one[0] not in BOUNDS]
    if len(edited) != 1:
        raise ToolRefusedError(
            f"{old!r} has no clause to put a version in; name the requirement that you want"
        )
    at = edited[0]
    for number, (operator, _, version) in enumerate(clauses):
        if number != at and not meets(wanted, f"{operator}{version}"):
            raise ToolRefusedError(
                f"{old!r} allows no {wanted}; name the requirement that you want, such as "
                f"`{clauses[at][0]}{wanted}`"
            )
    before = clauses[at]
    text = "".join(before)
    return old.replace(text, f"{before[0]}{before[1]}{_styled(before[2], wanted)}", 1)


def _styled(before: str, wanted: str) -> str:
    """Write a version as another one is written: with a `v`, or a star at its end."""
    plain = wanted.removeprefix("v")
    if before.endswith(".*"):
        plain = ".".join(plain.split(".")[: before.count(".")]) + ".*"
    return f"v{plain}" if before.startswith("v") else plain


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, up to what is no number."""
    found = re.match(r"v?(\d{1,9}(?:\.\d{1,9})*+)", version)
    return tuple(map(int, found[1].split("."))) if found else ()


def is_plain(version: str) -> bool:
    return re.fullmatch(r"v?\d{1,9}(?:\.\d{1,9})*+", version) is not None


def meets(version: str, requirement: str) -> bool:
    """Say whether a version is known to meet a requirement; no where that cannot be told."""
    clauses = clauses_of(requirement)
    if clauses is None:
        return False
    return all(_meets(version, operator, wanted) for operator, _, wanted in clauses)


def _meets(version: str, operator: str, wanted: str) -> bool:
    if not is_plain(version) or not is_plain(wanted.removesuffix(".*")):
        return operator in ("", "=", "==", "===") and version == wanted
    mine, other = numbers(version), numbers(wanted)
    order = _order(mine, other)
    same = mine[: len(other)] == other
    upper = _upper(operator, other)
    if upper:
        return order >= 0 and _order(mine, upper) < 0
    return {
        "<": order < 0,
        "<=": order <= 0,
        ">": order > 0,
        ">=": order >= 0,
        "!=": order != 0 and not (same and wanted.endswith(".*")),
    }.get(operator, order == 0 or same)


def _upper(operator: str, other: tuple[int, ...]) -> tuple[int, ...]:
    """Return the first version that a compatible one is below; empty where the clause has none."""
    if operator == "^":
        at = next((n for n, one in enumerate(other) if one), len(other) - 1)
    elif operator in ("~=", "~>"):
        at = max(len(other) - 2, 0)
    elif operator == "~":
        at = min(len(other) - 1, 1)
    else:
        return ()
    return (*other[:at], other[at] + 1)


def _order(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    for mine, yours in zip_longest(one, other, fillvalue=0):
        if mine != yours:
            return -1 if mine < yours else 1
    return 0

"""Ruff, for mistakes in Python: the rules that find what breaks, and none that are about style."""

import json
from collections.abc import Sequence

from tools.linters.remarks import LinterRemark, LinterReport, Severity

NAME = "ruff"
RULES = "E9,F,PLE,B,ASYNC"
LEFT_OUT = "B008,B010,B028,B904,B905,B911,F403,F405,ASYNC109,ASYNC110"
"""Rules whose remarks are opinions, or often about a deliberate choice."""
MAJOR = (
    *("E9", "F5", "F63", "F7", "F81", "F82", "F50", "PLE"),
    *("B002", "B003", "B005", "B006", "B012", "B015", "B016", "B017", "B018", "B020", "B023"),
    *("B025", "B029", "B030", "B031", "B032", "B035", "B909", "ASYNC"),
)

HIDDEN_TEXT = "PLE25"


def arguments(paths: Sequence[str]) -> tuple[str, ...]:
    """Return how it is called, after the interpreter; the repository's settings are not read."""
    return (
        *("-I", "-m", "ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--quiet"),
        *("--output-format=json", f"--select={RULES}", f"--ignore={LEFT_OUT}", "--", *paths),
    )


def parse_output(output: str, root: str) -> LinterReport | None:
    """Parse its output; None where it has another form."""
    try:
        return LinterReport(tuple(_remark(one, root) for one in json.loads(output)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _remark(told: dict[str, object], root: str) -> LinterRemark:
    code = str(told["code"] or "E999")
    begin, end = told["location"], told["end_location"]
    if not isinstance(begin, dict) or not isinstance(end, dict):
        raise TypeError("a remark without a place")
    path = str(told["filename"]).removeprefix(f"{root}/")
    syntax = code in ("E999", "invalid-syntax")
    severity: Severity = "critical" if syntax else "major" if code.startswith(MAJOR) else "minor"
    line = int(begin["row"])
    category = "security" if code.startswith(HIDDEN_TEXT) else "bug"
    message = str(told["message"])
    return LinterRemark(
        NAME, code, path, line, max(line, int(end["row"])), message, severity, category
    )

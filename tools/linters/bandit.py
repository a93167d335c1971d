"""Bandit, for Python that is open to attack."""

import json
from collections.abc import Sequence

from tools.linters.remarks import LinterRemark, LinterReport, Severity

NAME = "bandit"
LEFT_OUT = "B101,B404"
"""Rules whose remarks are hardly ever wanted: each assert, and each import of subprocess."""
SEVERITIES: dict[str, Severity] = {"HIGH": "major", "MEDIUM": "minor"}


def arguments(paths: Sequence[str]) -> tuple[str, ...]:
    """Return how it is called, after the interpreter; a change may not silence it by a comment."""
    return (
        *("-I", "-m", "bandit", "--quiet", "--format=json", "--exit-zero", "--ignore-nosec"),
        *("--severity-level=medium", "--confidence-level=medium", f"--skip={LEFT_OUT}", "--"),
        *paths,
    )


def parse_output(output: str, root: str) -> LinterReport | None:
    """Parse its output; None where it has another form."""
    try:
        told = json.loads(output[max(output.find("{"), 0) :])
        remarks = tuple(_remark(one, root) for one in told["results"])
        return LinterReport(remarks, tuple(_path(one, root) for one in told["errors"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _path(told: dict[str, object], root: str) -> str:
    path = str(told["filename"]).removeprefix(f"{root}/")
    while path.startswith("./"):
        path = path[2:]
    return path


def _remark(told: dict[str, object], root: str) -> LinterRemark:
    lines = told["line_range"]
    line = int(str(told["line_number"]))
    end = max(line, int(lines[-1])) if isinstance(lines, list) and lines else line
    return LinterRemark(
        NAME,
        str(told["test_id"]),
        _path(told, root),
        line,
        end,
        str(told["issue_text"]),
        SEVERITIES.get(str(told["issue_severity"]), "minor"),
        "security",
    )

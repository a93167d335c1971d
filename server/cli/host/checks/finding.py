"""What one check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict, what it is based on, and what to do where it is not good."""

    verdict: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    advice: str = ""


def ok(detail: str) -> Finding:
    return Finding("ok", detail)


def warning(detail: str, advice: str) -> Finding:
    return Finding("warning", detail, advice)


def failed(detail: str, advice: str) -> Finding:
    return Finding("failed", detail, advice)


def skipped(detail: str) -> Finding:
    """Say why there was nothing to look at, or why it could not be looked at."""
    return Finding("skipped", detail)

"""What one check found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """A verdict, what it is based on, and what to do where it is not good."""

    verdict: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    advice: str = ""


def ok(detail: str) -> DoctorFinding:
    return DoctorFinding("ok", detail)


def warning(detail: str, advice: str) -> DoctorFinding:
    return DoctorFinding("warning", detail, advice)


def failed(detail: str, advice: str) -> DoctorFinding:
    return DoctorFinding("failed", detail, advice)


def skipped(detail: str) -> DoctorFinding:
    """Say why there was nothing to look at, or why it could not be looked at."""
    return DoctorFinding("skipped", detail)

"""`rooftree doctor`: whether this machine can do the work, and what to do where it cannot."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from server.cli.terminal.common import (
    HERE,
    JsonOption,
    RepoOption,
    load,
    print_json,
    print_line,
    with_host,
)

if TYPE_CHECKING:
    from server.cli.host.checks.finding import DoctorFinding
    from server.services.host import Host

MARKS = {"ok": "ok", "warning": "warning", "failed": "FAILED", "skipped": "-"}


def doctor(repo: RepoOption = HERE, json: JsonOption = False) -> None:
    """Check machine, weights, endpoints, index, keys and what may leave; exit 3 on a failure."""

    async def work(host: "Host") -> "dict[str, DoctorFinding]":
        from server.cli.host.checks.examine import examine

        return await examine(host, repo, _ignore if json else _print)

    found = with_host(load(), work)
    healthy = all(finding.verdict != "failed" for finding in found.values())
    if json:
        checks = [{"check": name} | asdict(finding) for name, finding in found.items()]
        print_json({"healthy": healthy, "checks": checks})
    if not healthy:
        raise typer.Exit(3)


def _print(check: str, finding: "DoctorFinding") -> None:
    print_line(f"{check:<10} {MARKS[finding.verdict]:<8} {finding.detail}")
    if finding.advice:
        print_line(f"{'':<19} {finding.advice}")


def _ignore(*_: object) -> None:
    """Print nothing before the whole is JSON."""

"""`rooftree doctor`: whether this machine can do the work, and what to do where it cannot."""

from pathlib import Path
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
    from server.cli.host.doctor_checks import DoctorFinding, DoctorReport
    from server.services.host import Host

MARKS = {"ok": "ok", "warning": "warning", "failed": "FAILED", "skipped": "-"}


def doctor(repo: RepoOption = HERE, json: JsonOption = False) -> None:
    """Check machine, weights, endpoints, index, keys and what may leave; exit 3 on a failure."""
    config = load()

    def tell(finding: "DoctorFinding") -> None:
        if json:
            return
        print_line(f"{finding.check:<10} {MARKS[finding.verdict]:<8} {finding.detail}")
        if finding.advice and finding.verdict in ("failed", "warning"):
            print_line(f"{'':<19} {finding.advice}")

    async def work(host: "Host") -> "DoctorReport":
        from server.cli.host.doctor_checks import examine

        return await examine(host, Path(repo), tell)

    examination = with_host(config, work)
    if json:
        print_json(examination.as_json())
    if not examination.healthy:
        raise typer.Exit(3)

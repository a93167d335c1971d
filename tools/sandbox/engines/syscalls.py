"""Numbers of the system calls that contained programs may not make, by machine (`syscalls.txt`)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("syscalls.txt")
MACHINES = ("x86_64", "aarch64")
"""In the order of the table's columns."""


@cache
def calls_of(machine: str) -> Mapping[str, int]:
    """Return the calls that a machine has; one that it lacks has no number."""
    lines = FILE.read_text("ascii").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    column = 1 + MACHINES.index(machine)
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}

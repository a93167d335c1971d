"""Where a model is to run: accelerators by name and number, or a processor with memory."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from rooftree.errors import UsageError

FILE = Path(__file__).with_name("gpus.toml")
MAX_DEVICES = 1024
CPU = re.compile(r"cpu:(\d+(?:\.\d+)?)\s*gi?b?", re.IGNORECASE)
DEFAULT_CPU_BANDWIDTH = 60.0
"""GB/s; two channels of DDR5 or eight of slow server memory, to be measured on the machine."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """Devices of one kind."""

    name: str
    devices: int
    memory_gib: float
    """Of each device."""
    bandwidth: float
    """GB/s, of each device."""
    source: str
    is_cpu: bool = False

    def __str__(self) -> str:
        return self.name if self.is_cpu else f"{self.name}:{self.devices}"


@cache
def accelerators() -> dict[str, dict[str, float | str]]:
    """Return the accelerators by name."""
    return tomllib.loads(FILE.read_text("utf-8"))


def hardware(text: str, cpu_bandwidth: float = DEFAULT_CPU_BANDWIDTH) -> Hardware:
    """Return what `L4:2`, `mig-2g.20gb` or `cpu:64GB` means."""
    processor = CPU.fullmatch(text.strip())
    if processor:
        memory = float(processor.group(1))
        return Hardware(text, 1, memory, cpu_bandwidth, "as given", is_cpu=True)
    name, _, number = text.partition(":")
    known = {key.lower(): key for key in accelerators()}
    plain = name.lower().removeprefix("nvidia.com/")
    if plain not in known or (number and not number.isdecimal()):
        raise UsageError(
            f"--gpu is {text!r}; it must be like L4:1, with one of {', '.join(accelerators())}, or "
            "cpu:64GB"
        )
    devices = int(number or 1)
    if not 1 <= devices <= MAX_DEVICES:
        raise UsageError(f"--gpu asks for {devices} devices; it must be 1 to {MAX_DEVICES}")
    entry = accelerators()[known[plain]]
    return Hardware(
        known[plain],
        devices,
        float(entry["memory_gib"]),
        float(entry["bandwidth"]),
        str(entry["source"]),
    )

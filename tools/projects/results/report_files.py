"""Reports that runners leave as files beside the code: where they lie, and how each is read.

They are files that foreign code wrote: they are found in few places, opened as no link, and count
only where they were not there before. What they tell is put behind the output of their command as
TAP, so that what is remembered of a run is one text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError
from tools.projects.results.runners.junit import read_junit
from tools.projects.results.runners.rspec import read_rspec
from tools.projects.results.runners.tap import read_tap
from tools.projects.results.runners.trx import read_trx

OURS = "rooftree-report"
"""What reports are called, and folders of them, that our commands ask for."""
BUILD = "rooftree-build"
"""Where our commands build."""
JUNIT_PLACES = (
    *("junit.xml", "test-results.xml", "test-results/*.xml", "reports/junit/*.xml"),
    *("target/surefire-reports/TEST-*.xml", "*/target/surefire-reports/TEST-*.xml"),
    *("build/test-results/test/TEST-*.xml", "*/build/test-results/test/TEST-*.xml"),
    *("*/*/target/surefire-reports/TEST-*.xml", "*/*/build/test-results/test/TEST-*.xml"),
    *(f"{OURS}.xml", f"{BUILD}/meson-logs/testlog.junit.xml"),
)
TRX_PLACES = (f"{OURS}/*.trx", f"*/{OURS}/*.trx", f"*/*/{OURS}/*.trx")
ReportReader = Callable[[bytes], Iterator[tuple[str, str]]]
PLACES: Mapping[str, ReportReader] = {
    **dict.fromkeys(JUNIT_PLACES, read_junit),
    **dict.fromkeys(TRX_PLACES, read_trx),
    f"{OURS}.json": read_rspec,
}
MAX_REPORT_BYTES, MAX_FILES, MAX_TESTS = 8 << 20, 500, 20_000
_BEGIN = "TAP version 13"

ReportedCases = list[tuple[str, str]]


def reports_in(root: Path, known: Mapping[str, object], folder: str = "") -> ReportedCases:
    """Return what new reports below a folder tell of tests; those that were there tell nothing."""
    found = {path: read for place, read in PLACES.items() for path in (root / folder).glob(place)}
    told: ReportedCases = []
    for path in sorted(found)[:MAX_FILES]:
        name = str(path.relative_to(root))
        if name in known:
            continue
        try:
            told += found[path](read_beneath(root, name, MAX_REPORT_BYTES).data)
        except (OSError, ToolRefusedError):
            continue
    return told


def as_tap(told: Iterable[tuple[str, str]]) -> str:
    """Write outcomes as TAP, which stands behind the output of a command."""
    lines = ["", _BEGIN]
    for number, (name, word) in enumerate([*told][:MAX_TESTS], 1):
        plain = " ".join(name.replace("\\", "\\\\").replace("#", "\\#").split())
        mark = "not ok" if word == "FAILED" else "ok"
        lines.append(f"{mark} {number} - {plain}" + " # SKIP" * (word == "SKIPPED"))
    return "\n".join([*lines, ""])


def read_reported(text: str) -> Iterator[tuple[str, str]]:
    """Read what `as_tap` has put behind an output, and not what the command itself printed."""
    _, begin, told = text.rpartition(f"\n{_BEGIN}\n")
    return read_tap(told) if begin else iter(())

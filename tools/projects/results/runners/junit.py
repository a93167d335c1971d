"""Read reports in JUnit's XML, which Maven, Gradle and many others leave beside the code.

They are files that foreign code wrote: they are found in few places, opened as no link, and read
without entities, which could name other files or grow without end.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError

PLACES = (
    *("junit.xml", "test-results.xml", "test-results/*.xml", "reports/junit/*.xml"),
    *("target/surefire-reports/TEST-*.xml", "*/target/surefire-reports/TEST-*.xml"),
    *("build/test-results/test/TEST-*.xml", "*/build/test-results/test/TEST-*.xml"),
)
MAX_REPORT_BYTES, MAX_FILES, MAX_TESTS = 8 << 20, 500, 20_000
_WORDS = {"failure": "FAILED", "error": "FAILED", "skipped": "SKIPPED"}

ReportedCases = list[tuple[str, str]]


def reports_in(root: Path, known: Mapping[str, object]) -> ReportedCases:
    """Return what new reports below a folder tell of tests; those that were there tell nothing."""
    told: ReportedCases = []
    found = sorted({path for place in PLACES for path in root.glob(place)})
    for path in found[:MAX_FILES]:
        name = str(path.relative_to(root))
        if name in known:
            continue
        try:
            told += read_junit(read_beneath(root, name, MAX_REPORT_BYTES).data)
        except (OSError, ToolRefusedError):
            continue
    return told


def read_junit(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield `class::name` of each test with its outcome; of what is no such report, nothing."""
    told: ReportedCases = []
    parser = expat.ParserCreate()

    def began(tag: str, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        if tag == "testcase" and name:
            group = attributes.get("classname", "")
            told.append((f"{group}::{name}" if group else name, "PASSED"))
        elif tag in _WORDS and told and told[-1][1] != "FAILED":
            told[-1] = (told[-1][0], _WORDS[tag])

    def refused(*_: object) -> None:
        raise ValueError("a report declares entities")

    parser.StartElementHandler = began
    parser.StartDoctypeDeclHandler = refused
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError):
        return
    yield from told


def as_tap(told: ReportedCases) -> str:
    """Write outcomes as TAP, which stands behind an output that names no test itself."""
    if not told:
        return ""
    lines = ["", "TAP version 13"]
    for number, (name, word) in enumerate(told[:MAX_TESTS], 1):
        plain = " ".join(name.replace("\\", "\\\\").replace("#", "\\#").split())
        mark = "not ok" if word == "FAILED" else "ok"
        lines.append(f"{mark} {number} - {plain}" + " # SKIP" * (word == "SKIPPED"))
    return "\n".join([*lines, ""])

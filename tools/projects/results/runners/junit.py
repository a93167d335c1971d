"""Read reports in JUnit's XML, which Maven, Gradle, Meson, PHPUnit and many others leave."""

from collections.abc import Iterator
from xml.parsers import expat

from tools.projects.results.runners.xml_reports import read_elements

_WORDS = {"failure": "FAILED", "error": "FAILED", "skipped": "SKIPPED"}
WORKSPACE = "/workspace/"


def read_junit(data: bytes) -> Iterator[tuple[str, str]]:
    """Yield `file::name` or `class::name` of each test; of what is no such report, nothing."""
    told: list[tuple[str, str]] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        if tag == "testcase" and name:
            group = _group(attributes)
            told.append((f"{group}::{name}" if group else name, "PASSED"))
        elif tag in _WORDS and told and told[-1][1] != "FAILED":
            told[-1] = (told[-1][0], _WORDS[tag])

    try:
        read_elements(data, begin)
    except (expat.ExpatError, ValueError):
        return
    yield from told


def _group(attributes: dict[str, str]) -> str:
    """Return the file of a test where it is told from where the project lies, else its class."""
    path = attributes.get("file", "")
    if path.startswith(WORKSPACE):
        return path
    return attributes.get("classname", "")

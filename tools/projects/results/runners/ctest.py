"""Read what ctest prints: a numbered line for each test."""

import re
from collections.abc import Iterator

_LINE = re.compile(r"^ *+\d++/\d++ +Test +#\d++: (\S.*)$")
_DOTS = " .."
_FAULT = "***"
_SKIPPED = ("Skipped", "Not Run (Disabled")


def read_ctest(text: str) -> Iterator[tuple[str, str]]:
    """Yield each test by its name; whatever is no success, such as a timeout, is a failure."""
    for line in text.split("\n"):
        told = _LINE.match(line)
        if told is None:
            continue
        name, dots, ended = told[1].partition(_DOTS)
        ended = ended.lstrip(".").lstrip()
        if dots and ended.startswith("Passed"):
            yield name, "PASSED"
        elif dots and _FAULT in ended:
            skipped = ended.partition(_FAULT)[2].startswith(_SKIPPED)
            yield name, "SKIPPED" if skipped else "FAILED"

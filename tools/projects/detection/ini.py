"""Reads the sections of setup.cfg, tox.ini and pytest.ini, which come from the repository.

`configparser` takes time that grows with the square of a line (its pattern of an option looks for
the end of a name and for blanks at every place), so that it is not used for foreign text.
"""

from collections.abc import Iterator, Mapping

IniSections = Mapping[str, Mapping[str, str]]
COMMENTS = ("#", ";")


def read_ini(text: str) -> IniSections:
    """Return each section's options, names in small letters; later ones win.

    A value's further lines are those that are indented, with its line breaks kept. What stands
    before the first section, or is neither option nor continuation, says nothing.
    """
    sections: dict[str, dict[str, list[str]]] = {}
    options: dict[str, list[str]] = {}
    name = ""
    for line in _lines(text):
        said = line.strip()
        if said.startswith("[") and said.endswith("]") and not line[0].isspace():
            options, name = sections.setdefault(said[1:-1], {}), ""
        elif line[0].isspace() and name:
            options[name].append(said)
        else:
            name, value = _option(said)
            if name:
                options[name] = [value]
    return {
        section: {name: "\n".join(lines) for name, lines in found.items()}
        for section, found in sections.items()
    }


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if line.strip() and not line.lstrip().startswith(COMMENTS):
            yield line


def _option(said: str) -> tuple[str, str]:
    """Split at the first `=` or `:`; what has neither is no option."""
    ends = [end for end in (said.find("="), said.find(":")) if end >= 0]
    if not ends:
        return "", ""
    return said[: min(ends)].rstrip().lower(), said[min(ends) + 1 :].lstrip()

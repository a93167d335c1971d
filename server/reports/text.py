"""A review for a person at a terminal; silent where there is nothing to say."""

from collections.abc import Iterator, Mapping
from typing import Any

from rooftree.visible import escaped, escaped_line


def text_report(told: Mapping[str, Any]) -> str:
    """Return the whole report."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    inline = [one for one in told["findings"] if one["inline"]]
    rest = len(told["findings"]) - len(inline)
    for one in inline:
        yield from _finding(one)
        yield ""
    for hidden in told["hidden_text"]:
        yield f"note: {escaped_line(hidden['where'])} holds what nobody sees ({hidden['what']})"
    for one in told["not_reviewed"]:
        yield f"note: {escaped_line(one['path'])} was not reviewed: {escaped_line(one['reason'])}"
    for note in told["notes"]:
        yield f"note: {escaped_line(note)}"
    for bound in told["bounds"]:
        yield f"as far as it goes: {escaped_line(bound)}"
    if told["tests"]:
        ran = f" ({told['tests_ran']} tests ran)" if told["tests_ran"] else ""
        yield f"tests that speak of it{ran}: {', '.join(map(escaped_line, told['tests']))}"
    if told["places"]:
        asked, places = told["places_asked"], told["places"]
        yield f"a model was asked about {asked} of {_counted(places, 'place')}"
    known = sum(one["known"] for one in told["findings"])
    found = f"{_counted(len(inline), 'finding')}{_again(known)}{_more(rest - known)}"
    yield f"{told['status']}: {found} in {_counted(len(told['files']), 'file')}"


def _finding(one: Mapping[str, Any]) -> Iterator[str]:
    lines = (
        str(one["line"]) if one["line"] == one["end_line"] else f"{one['line']}-{one['end_line']}"
    )
    path = escaped_line(one["path"])
    yield f"{path}:{lines}: {one['severity']} {one['category']} [{one['source']}]"
    yield f"  {_indented(one['claim'])}"
    if one["trigger"]:
        yield f"  when: {_indented(one['trigger'])}"
    for line in _lines_of(one["quote"])[:6]:
        yield f"  | {line}"
    for evidence in one["evidence"]:
        yield f"  evidence: {_indented(evidence)}"
    if one["fix"]:
        yield f"  suggestion for lines {one['fix']['line']}-{one['fix']['end_line']}:"
        for line in _lines_of(one["fix"]["replacement"]):
            yield f"  + {line}"


def _lines_of(code: str) -> list[str]:
    """Return lines of code as a person may see them; the last one ends as the others do."""
    return escaped(f"{code}\n").split("\n")[:-1]


def _indented(told: str) -> str:
    """Let nothing that is told begin a line as findings do."""
    return escaped(told).replace("\n", "\n    ")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _again(known: int) -> str:
    return f" shown, {known} said before still there," if known else ""


def _more(rest: int) -> str:
    return f" shown, {rest} weaker ones with --json," if rest else ""

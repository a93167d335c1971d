"""A review for a person at a terminal; silent where there is nothing to say."""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.review.findings.finding import BEHAVIOUR_CHANGED
from rooftree.text.visible import escaped, escaped_line
from server.reports.finding_places import is_gone

MAX_OUTPUT_LINES = 12


def text_report(told: Mapping[str, Any]) -> str:
    """Return the whole report."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    inline = [one for one in told["findings"] if one["inline"]]
    for one in inline:
        yield from _finding(one)
        yield ""
    yield from _meant(told)
    yield from _gaps(told)
    if told["tests"]:
        ran = f" ({told['tests_ran']} tests ran)" if told["tests_ran"] else ""
        yield f"tests that speak of it{ran}: {', '.join(map(escaped_line, told['tests']))}"
    for text in told.get("environment", ()):
        yield f"about the tests: {escaped_line(text)}"
    if told["places"]:
        asked, places = told["places_asked"], told["places"]
        yield f"a model was asked about {asked} of {_counted(places, 'place')}"
    if discarded := told.get("discarded_told"):
        yield discarded
    # A review that an older rooftree made has no verdict of its own, and says less.
    yield escaped_line(told.get("verdict") or f"{told['status']}, as an older rooftree judged")


def _meant(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what behaves otherwise now and stands on no line, since it may well be meant so."""
    for one in told["findings"]:
        if one["category"] == BEHAVIOUR_CHANGED and not one["inline"] and not one["known"]:
            place = f"{escaped_line(one['path'])}:{one['line']}"
            yield f"{BEHAVIOUR_CHANGED}: {place}: {_indented(one['claim'])}"
            for evidence in one["evidence"][-1:]:
                yield f"  evidence: {_indented(evidence)}"


def _gaps(told: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was not examined, and invisible characters."""
    for hidden in told["hidden_text"]:
        yield f"note: {escaped_line(hidden['where'])} holds what nobody sees ({hidden['what']})"
    for one in told["not_reviewed"]:
        yield f"note: {escaped_line(one['path'])} was not reviewed: {escaped_line(one['reason'])}"
    for note in told["notes"]:
        yield f"note: {escaped_line(note)}"
    for bound in told["bounds"]:
        yield f"as far as it goes: {escaped_line(bound)}"


def _finding(one: Mapping[str, Any]) -> Iterator[str]:
    lines = (
        str(one["line"]) if one["line"] == one["end_line"] else f"{one['line']}-{one['end_line']}"
    )
    path = escaped_line(one["path"])
    gone = " (lines that are gone)" if is_gone(one) else ""
    how = f"{one['source']}, proven" if one.get("proof") and one["proven"] else one["source"]
    yield f"{path}:{lines}: {one['severity']} {one['category']} [{how}]{gone}"
    yield f"  {_indented(one['claim'])}"
    if one["trigger"]:
        yield f"  when: {_indented(one['trigger'])}"
    for line in _lines_of(one["quote"])[:6]:
        yield f"  {'-' if is_gone(one) else '|'} {line}"
    for evidence in one["evidence"]:
        yield f"  evidence: {_indented(evidence)}"
    yield from _proof(one.get("proof"))
    if one["fix"]:
        yield f"  suggestion for lines {one['fix']['line']}-{one['fix']['end_line']}:"
        for line in _lines_of(one["fix"]["replacement"]):
            yield f"  + {line}"


def _proof(proof: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield a test that anybody can add and run, and how it failed."""
    if not proof:
        return
    yield f"  a test that shows it, for {escaped_line(proof['path'])}:"
    for line in _lines_of(proof["text"].rstrip("\n")):
        yield f"  + {line}"
    yield f"  it fails (`{escaped_line(proof['command'])}`):"
    for line in _lines_of(proof["output"].rstrip("\n"))[-MAX_OUTPUT_LINES:]:
        yield f"  | {line}"


def _lines_of(code: str) -> list[str]:
    """Return lines of code as a person may see them; the last one ends as the others do."""
    return escaped(f"{code}\n").split("\n")[:-1]


def _indented(told: str) -> str:
    """Let nothing that is told begin a line as findings do."""
    return escaped(told).replace("\n", "\n    ")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"

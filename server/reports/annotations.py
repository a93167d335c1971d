"""A review as the workflow commands by which CI jobs of GitHub, Gitea and Forgejo annotate lines.

A line such as `::error file=a.py,line=3::text` on stdout becomes a note beside that line. Values
are escaped, so that neither a file's name nor a model can begin a command of its own.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from rooftree.text.visible import escaped_line
from server.reports.finding_places import current_lines, removed_lines_text

WORDS = {"critical": "error", "major": "error", "minor": "warning", "nit": "notice"}
MAX_MESSAGE_LENGTH = 4000


def annotations(told: Mapping[str, Any]) -> str:
    """Return a command for each thing that is shown, and for each that was not looked at."""
    return "".join(f"{line}\n" for line in _lines(told))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    for one in told["findings"]:
        if one["inline"]:
            title = f"{one['severity']} {one['category']} ({one['source']})"
            line, end = current_lines(one)
            lines = f",line={line},endLine={end}" if line else ""
            place = f"file={_value(one['path'])}{lines}"
            yield f"::{WORDS[one['severity']]} {place},title={_value(title)}::{_text(_said(one))}"
    for one in told["not_reviewed"]:
        told_of = f"{escaped_line(one['path'])}: {one['reason']}"
        yield f"::notice title=not reviewed::{_text(told_of)}"
    for hidden in told["hidden_text"]:
        yield f"::warning title=hidden text::{_text(hidden['where'] + ': ' + hidden['what'])}"
    for note in told["notes"]:
        yield f"::notice title=not looked at::{_text(note)}"
    for bound in told["bounds"]:
        yield f"::notice title=as far as it goes::{_text(bound)}"


def _said(one: Mapping[str, Any]) -> str:
    parts = [f"{removed_lines_text(one)}{one['claim']}"]
    if one["trigger"]:
        parts.append(f"When: {one['trigger']}")
    parts += [f"Evidence: {text}" for text in one["evidence"]]
    if proof := one.get("proof"):
        parts.append(f"A test that shows it, for {escaped_line(proof['path'])}:\n{proof['text']}")
    if one["fix"]:
        parts.append(f"Suggestion:\n{one['fix']['replacement']}")
    return "\n".join(parts)[:MAX_MESSAGE_LENGTH]


def _text(text: str) -> str:
    """Escape the message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _value(text: str) -> str:
    """Escape a property of a command."""
    return _text(text).replace(":", "%3A").replace(",", "%2C")

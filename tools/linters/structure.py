"""Checks for any language without an external tool: by tree-sitter, and by the text itself.

A file that does not parse any more, marks of a conflict that was not resolved, a secret, what hides
or disguises what a line does, a debugger that was left behind, a definition that is gone and still
called.
"""

import re
from collections.abc import Iterator

from indexing.parsing.extract import extract
from indexing.parsing.syntax.misleading_names import PROSE, deceptive_names, is_code
from indexing.secrets.redact import findings as secrets_in
from rooftree.text.visible import overlong_blank_columns
from tools.diffs.hidden_characters import hidden_in
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.drafts.syntax import breaks
from tools.linters.remarks import LinterRemark, Severity
from tools.projects.test_file_names import is_test_file

NAME = "rooftree"
_CONFLICT = re.compile(r"<{7} .+|>{7} .+")
_WORD = re.compile(r"\w+")
_ASSIGNED = re.compile(r"^[^\S\n]*+(\w++)\s*+[:=]", re.MULTILINE)
_IMPORTED = re.compile(r"\bimport\b([^\n]*)")
_IMPORTED_LIST = re.compile(r"import\s*+[({]")
_CLOSED = re.compile(r"[)}]")
_DEBUGGER = re.compile(
    r"^\s*(?:breakpoint\(\)|(?:import |from )?i?pdb(?:\.set_trace\(\)| import)|debugger;|"
    r"binding\.(?:pry|irb)|dbg!\()"
)
MAX_CALLS = 3


def structure_remarks(proposal: Proposal) -> Iterator[LinterRemark]:
    """Yield remarks on what a proposal adds, and on what it takes away that is needed."""
    for one in proposal.files:
        text = proposal.text(one.path)
        if text is None or one.kind == "binary":
            continue
        yield from _syntax(proposal, one)
        yield from _on_lines(one, text)
    yield from _missing(proposal)


def _syntax(proposal: Proposal, one: FileDiff) -> Iterator[LinterRemark]:
    before, after = proposal.base.content(one.old_path), proposal.head.content(one.path)
    line = breaks(one.path, before, after)
    if line is not None:
        line = min(line, (after or b"").count(b"\n") + 1)
        yield _remark("syntax", one.path, line, "the file does not parse any more", "critical")


def _on_lines(one: FileDiff, text: str) -> Iterator[LinterRemark]:
    added = one.added
    lines = text.split("\n")
    for found in secrets_in(text):
        if found.line in added and not is_test_file(one.path):
            message = f"what looks like a secret ({found.kind}) is added"
            yield _remark("secret", one.path, found.line, message, "critical", "security")
    yield from _deceptive(one, text, lines)
    for number in sorted(added):
        line = lines[number - 1] if number <= len(lines) else ""
        if _CONFLICT.fullmatch(line.rstrip("\r")):
            message = "a mark of a merge conflict is left"
            yield _remark("conflict", one.path, number, message, "critical")
        elif _DEBUGGER.match(line) and not one.path.endswith(PROSE):
            yield _remark("debugger", one.path, number, "a debugger is left", "major")


def _deceptive(one: FileDiff, text: str, lines: list[str]) -> Iterator[LinterRemark]:
    """Yield where added lines do not look as they run."""
    told = [
        (hidden.line, f"the line holds characters that are not seen ({', '.join(hidden.names)})")
        for hidden in hidden_in(text, prose=one.path.endswith(PROSE))
    ]
    if is_code(one.path, text):
        for number in sorted(one.added):
            columns = overlong_blank_columns(lines[number - 1]) if number <= len(lines) else 0
            if columns:
                told.append((number, f"{columns} columns of blanks push what follows out of sight"))
    for line, message in told:
        if line in one.added:
            yield _remark("hidden-text", one.path, line, message, "major", "security")
    for name in deceptive_names(one.path, text):
        if name.line in one.added:
            yield _remark("look-alike", one.path, name.line, str(name), "major", "security")


def _missing(proposal: Proposal) -> Iterator[LinterRemark]:
    """Yield calls, in changed files, of functions whose definition the change takes away."""
    gone: dict[str, str] = {}
    kept: set[str] = set()
    for one in proposal.files:
        before, after = proposal.base_text(one.old_path), proposal.text(one.path)
        old = _functions(one.old_path, before)
        new = _functions(one.path, after)
        kept |= new
        gone |= dict.fromkeys(old - new, one.old_path)
    names = {name: path for name, path in gone.items() if name not in kept}
    if not names:
        return
    for one in proposal.files:
        text = proposal.text(one.path)
        if text is None or is_test_file(one.path):
            continue
        extraction = extract(one.path, text)
        defined = {symbol.name for symbol in extraction.symbols}
        bound = _bound(text)
        calls = [
            reference
            for reference in extraction.references
            if reference.kind == "call"
            and not reference.receiver
            and reference.name in names
            and names[reference.name] == one.old_path
            and reference.name not in defined
            and reference.name not in bound
        ]
        for call in calls[:MAX_CALLS]:
            message = f"`{call.name}` is called here and its definition is taken away"
            yield _remark("gone", one.path, call.line, message, "major")


def _functions(path: str, text: str | None) -> set[str]:
    """Return the names of functions that stand alone in a file."""
    if text is None:
        return set()
    return {one.name for one in extract(path, text).symbols if one.qualified == one.name}


def _bound(text: str) -> set[str]:
    """Return the words that a file gets in another way: by an import, or by assigning them."""
    bound = set(_ASSIGNED.findall(text))
    for imported in (*_IMPORTED.findall(text), *_imported_lists(text)):
        bound.update(_WORD.findall(imported))
    return bound


def _imported_lists(text: str) -> Iterator[str]:
    """Yield what stands in brackets after an import, over lines; each place is read once."""
    at = 0
    while opening := _IMPORTED_LIST.search(text, at):
        closing = _CLOSED.search(text, opening.end())
        at = closing.start() if closing else len(text)
        yield text[opening.end() : at]


def _remark(
    code: str,
    path: str,
    line: int,
    message: str,
    severity: Severity,
    category: str = "bug",
) -> LinterRemark:
    return LinterRemark(NAME, code, path, line, line, message, severity, category)

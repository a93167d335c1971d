"""What a language's query finds in a tree, sorted by the role that the capture's name gives it.

- `@definition.KIND` is a definition, with `@name` (one or several, joined by dots; a qualified name
  counts as several), `@name.head` (a conversion's name, up to its parameters) or `@title` (taken as
  written), and perhaps `@scope`, such as a receiver type.
- `@extension` is what adds to a definition made elsewhere (`impl`, `extension`).
- `@lead` is a comment, `@lead.attribute` a decorator or attribute, `@lead.signature` a separate
  type signature; standing alone on their lines, they belong to the definition below them.
- `@outer` around `@inner` makes the outer node's first line the definition's first line.
- `@doc` documents the innermost definition around it.
- `@bind` is what else binds names: imports, parameters, variables (see `indexing.parsing.scopes`).
- `@reference.KIND` is a use of a name. Captures that start with `_` serve predicates only.

Settings: `flat` (does not qualify what is inside), `clauses` (adjacent ones of the same name are
one), `until_next` (reaches to the next of its kind), `members` (functions inside are methods). No
language is known here by name.
"""

import re
from dataclasses import dataclass, field

from tree_sitter import Node, Query

from indexing.parsing.syntax.grammars import ParserSource, matches

_QUALIFIED = re.compile(r"[\w.:\\~$#?!=-]+")
_SEPARATORS = re.compile(r"::|[.:\\]")
_TYPE_ARGUMENTS = re.compile(r"<[^<>]*>")
_SPACES = re.compile(r"\s+")
_MAX_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class CapturedDefinition:
    """A definition as the query found it."""

    kind: str
    names: tuple[str, ...]
    node: Node
    start: int
    end: int
    pattern: int
    listed: bool
    settings: frozenset[str]


@dataclass(frozen=True, slots=True)
class LeadingNode:
    """A comment, attribute or signature that stands alone on its rows."""

    first: int
    last: int
    role: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class CapturedReference:
    """A reference before it is known where it stands."""

    kind: str
    span: tuple[int, int]
    """The bytes of the name."""


@dataclass(slots=True)
class Captures:
    """Everything that one run of a query found."""

    found: list[CapturedDefinition] = field(default_factory=list)
    uses: list[CapturedReference] = field(default_factory=list)
    docs: list[Node] = field(default_factory=list)
    bound: list[Node] = field(default_factory=list)
    """What binds names: imports, parameters, assignments, base classes."""
    leads: dict[int, LeadingNode] = field(default_factory=dict)
    """By the row on which each ends."""
    leads_from: dict[int, LeadingNode] = field(default_factory=dict)
    """By the row on which each starts."""
    outer: dict[int, Node] = field(default_factory=dict)
    """By the byte at which the inner node starts."""
    name_starts: set[int] = field(default_factory=set)
    """Where the names of definitions start: those are no uses."""


def read_captures(query: Query, root: Node, source: ParserSource) -> Captures:
    """Run the query once and sort what it captures."""
    captures = Captures()
    settings: dict[int, frozenset[str]] = {}
    for pattern, nodes in matches(query, root):
        for name in nodes:
            role, _, detail = name.partition(".")
            if role == "reference":
                captures.uses.extend(
                    CapturedReference(detail, node.byte_range) for node in nodes[name]
                )
            elif role in ("definition", "extension"):
                if pattern not in settings:
                    settings[pattern] = frozenset(query.pattern_settings(pattern))
                _add_found(captures, source, nodes, name, (pattern, settings[pattern]))
            else:
                _add_other(captures, source, nodes, name)
    return captures


def _add_other(
    captures: Captures, source: ParserSource, nodes: dict[str, list[Node]], capture: str
) -> None:
    role, _, detail = capture.partition(".")
    if role == "lead":
        for node in nodes[capture]:
            _add_lead(captures, source, node, detail)
    elif role == "doc":
        captures.docs.extend(nodes["doc"])
    elif role == "bind":
        captures.bound.extend(nodes["bind"])
    elif role == "inner":
        captures.outer[nodes["inner"][0].start_byte] = nodes["outer"][0]


def _add_found(
    captures: Captures,
    source: ParserSource,
    nodes: dict[str, list[Node]],
    capture: str,
    origin: tuple[int, frozenset[str]],
) -> None:
    names: list[str] = []
    for role in ("scope", "name"):
        for node in nodes.get(role, ()):
            names.extend(source.declared.get(node.start_byte) or _parts(source.text(node)))
            captures.name_starts.add(node.start_byte)
    for node in nodes.get("name.head", ()):
        names.extend(_head(source.text(node)))
        captures.name_starts.add(node.start_byte)
    if "title" in nodes:
        names.append(_title(source.text(nodes["title"][0])))
    node = nodes[capture][0]
    if names and names[-1]:
        _, _, kind = capture.partition(".")
        start, end = node.byte_range
        found = CapturedDefinition(
            kind or "block", tuple(names), node, start, end, origin[0], bool(kind), origin[1]
        )
        captures.found.append(found)


def _parts(text: str) -> list[str]:
    if "<" in text and "::" in text:
        text = _TYPE_ARGUMENTS.sub("", text)
    if _QUALIFIED.fullmatch(text):
        return [part for part in _SEPARATORS.split(text) if part]
    return [_title(text)]


def _head(text: str) -> list[str]:
    """Return the parts of `Queue::operator std::string() const`, of which the last has a space."""
    scope, operator, rest = text.partition("operator")
    around = _parts(scope.rstrip(":")) if scope else []
    return [*around, _title(operator + rest.partition("(")[0])]


def _title(text: str) -> str:
    return _SPACES.sub(" ", text[: 2 * _MAX_NAME_LENGTH]).strip(" \"'`")[:_MAX_NAME_LENGTH]


def _add_lead(captures: Captures, source: ParserSource, node: Node, role: str) -> None:
    start, end = node.byte_range
    if source.before(start).strip():
        return
    # A line comment may hold its newline, and then what follows is the next row.
    if not source.data.endswith(b"\n", start, end) and source.after(end).strip():
        return
    last = source.row(max(start, end - 1))
    lead = LeadingNode(source.row(start), last, role, start, end)
    captures.leads[lead.last] = captures.leads_from[lead.first] = lead

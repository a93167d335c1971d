"""Replace a whole definition by a new one of the same name.

The new one may be indented as if it stood alone; it is moved to where the old one stands. What a
model adds around it (imports, other functions, decorators that are there already) is dropped or
rejected, never guessed at.
"""

from collections.abc import Sequence

from indexing.parsing.extract import extract
from indexing.parsing.syntax.types import ParsedSymbol
from rooftree.errors import ToolRetryError
from tools.edits.indentation import leading, reindented


def definitions(path: str, text: str) -> tuple[ParsedSymbol, ...]:
    """Return the definitions of a file."""
    return extract(path, text).symbols


def definition(path: str, text: str, name: str, line: int | None = None) -> ParsedSymbol:
    """Return the one definition that a name (or its last part) means, near a line if need be."""
    found = [one for one in definitions(path, text) if name in (one.qualified, one.name)]
    exact = [one for one in found if one.qualified == name] or found
    if line is not None and len(exact) > 1:
        exact = [one for one in exact if one.start <= line <= one.end] or exact
    if not exact:
        names = ", ".join(one.qualified for one in definitions(path, text)[:20])
        raise ToolRetryError(f"{path!r} defines no {name!r}; it defines {names or 'nothing'}")
    if len(exact) > 1:
        raise ToolRetryError(f"{path!r} defines {name!r} {len(exact)} times; give the full name")
    return exact[0]


def source_of(text: str, symbol: ParsedSymbol) -> str:
    """Return the lines of a definition, as they stand."""
    return "\n".join(text.split("\n")[symbol.start - 1 : symbol.end])


def with_definition(path: str, text: str, symbol: ParsedSymbol, new: str) -> str:
    """Return the text with a definition replaced; ToolRetryError where the new one is another."""
    lines = text.split("\n")
    old = lines[symbol.start - 1 : symbol.end]
    given = new.strip("\n").split("\n")
    start, end = _picked(path, given, symbol)
    plain = [line.removesuffix("\r") for line in old]
    written = reindented(path, given, start, end, leading(old[0]), plain)
    return "\n".join([*lines[: symbol.start - 1], *written, *lines[symbol.end :]])


def _picked(path: str, given: Sequence[str], symbol: ParsedSymbol) -> tuple[int, int]:
    """Return where the definition of that name is in what was written: first line, and end."""
    own = leading(given[0])
    # As if it stood alone; lines of a text may begin further left.
    bare = "\n".join(line.removeprefix(own) for line in given)
    found = [one for one in definitions(path, bare) if one.name == symbol.name]
    if not found:
        # A method may have been written as a part of its class, which then is cut by lines.
        raise ToolRetryError(
            f"the answer defines no {symbol.name!r}; write that definition whole, with its name"
        )
    return found[-1].start - 1, found[-1].end

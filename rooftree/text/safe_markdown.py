r"""A model's text as inert Markdown: no image, no link, no HTML, no diagram.

A Markdown renderer fetches images, and a link goes where it says: a model that was
talked into it could carry away in a URL what it has seen. So whatever could become active is
spelled so that it stays text: in CommonMark, in GFM, and in what chat clients add to them.

Code spans and fences stay as they are. What is one is decided here and written so that no renderer
can decide otherwise: a fence stands in the first column, where no list or quotation can end it, and
is closed at the end; a span is one line's; and marks that pair with nothing are escaped. Elsewhere
`](`, `]:`, `![`, `<a` and `&#1;` get a backslash, `http://` becomes `hxxp://`, `www.` `www[.]` and
`a@b` `a[at]b`, so that neither a link's syntax nor what links itself is left.

It reads from left to right and looks ahead a bounded number of characters, so that a text comes out
the same whole and in pieces.
"""

import re

AHEAD = 40
"""Characters that tell what a mark is; the longest is an entity, `&` with 31 letters and `;`."""
BEHIND = 80
MAX_SPAN_LENGTH = 500
MAX_FENCE_LINE_LENGTH = 250
MAX_INDENT = 32
DRAWN = frozenset(
    [
        *("mermaid", "plantuml", "puml", "dot", "graphviz", "vega", "wavedrom", "markmap", "chart"),
        *("echarts", "abc", "geojson", "topojson", "stl", "d2", "math", "latex", "tex", "katex"),
        *("html", "htm", "xhtml", "svg", "markdown", "md", "mdx"),
    ]
)
"""Languages whose fences some clients draw, preview or run instead of showing them."""
OTHER_SYNTAX = ("|", "$", r"\)", r"\]")
"""What ends a table's cell or a formula in the middle of a code span, where a client knows them."""

_ACTIVE = re.compile(
    r"""
      (?P<end> [\r\n] )
    | (?P<mail> (?<=[\w.+-]) \\?@ (?=\w) )
    | (?P<unit> \\ [!-/:-@\[-`{-~] )
    | (?P<command> \\ (?=[A-Za-z]) )
    | (?P<ticks> `+ )
    | (?P<mark> < (?=[A-Za-z/!?])
              | & (?=\#[0-9]{1,7}; | \#[xX][0-9A-Fa-f]{1,6}; | [A-Za-z][A-Za-z0-9]{1,30};)
              | ~ (?=~~) | : (?=::) | \$ (?=[$`]) )
    | (?P<pair> ! (?=\[) | \] (?=[(:]) | (?<![A-Za-z]:) / (?=/\S) )
    | (?P<scheme> (?i:http (?=s?\\?:[/\\]) | ftp (?=s?\\?:[/\\])) )
    | (?P<www> (?i:www) \\?\. (?=\\?[\w-]) )
    | (?P<host> (?<=\w) (?: / (?=\S) | [?\#] (?=[\w%&=/+-]) ) )
    """,
    re.VERBOSE,
)
_TICKS = re.compile("`+")
_HOST = re.compile(r"\w\.[^\W\d_][^\W_]{1,23}(?::[0-9]{1,5})?\Z")
_LINE_END = re.compile(r"[\r\n]")
_OPENING = re.compile(rf"[ \t]{{0,{MAX_INDENT}}}(?P<run>`{{3,}}|~{{3,}})")
_CLOSING = {
    mark: re.compile(rf"[ \t]{{0,{MAX_INDENT}}}(?P<run>{mark}{{3,}})[ \t]*") for mark in "`~"
}
_REST = rf"{{1,{MAX_FENCE_LINE_LENGTH}}}+[ \t]{{0,{MAX_FENCE_LINE_LENGTH}}}+\Z"
_UNDECIDED = re.compile(rf"[ \t]{{0,{MAX_INDENT}}}(?:\Z|`{_REST}|~{_REST})")
_WORD = re.compile("[a-z0-9]+")


def sanitise_markdown(text: str) -> str:
    """Return a text as Markdown that renders as nothing but text and code."""
    stream = MarkdownSanitiser()
    return stream.feed(text) + stream.finish()


def sanitise_code_line(text: str) -> str:
    """Return a line of code or a path as it is, or in a code span where it could do anything.

    It is for text that would be hard to read with backslashes in it.
    """
    return text if sanitise_markdown(text) == text else code_span(text)


def code_span(text: str) -> str:
    """Return one line as a code span, whatever stands in it."""
    longest = max(map(len, _TICKS.findall(text)), default=0)
    ticks, space = "`" * (longest + 1), " " if longest else ""
    span = f"{ticks}{space}{text}{space}{ticks}"
    return span if sanitise_markdown(span) == span else sanitise_markdown(text)


class MarkdownSanitiser:
    """Makes a text harmless as it comes; it keeps back what is not decided yet."""

    def __init__(self) -> None:
        self._text = ""
        """What is not given out yet, and before it a little of what was."""
        self._at = 0
        self._line_start = True
        self._fence = ""
        """The run of marks that opened the fence we are in."""

    def feed(self, text: str) -> str:
        """Take the next piece, and return what is certain by now."""
        self._text += text
        return self._certain(last=False)

    def finish(self) -> str:
        """Return the rest; a fence that is still open is closed. Another text may follow."""
        rest = self._certain(last=True)
        if self._fence:
            rest += self._fence if self._line_start else f"\n{self._fence}"
        self._text, self._at, self._line_start, self._fence = "", 0, True, ""
        return rest

    def _certain(self, *, last: bool) -> str:
        parts: list[str] = []
        while self._at < len(self._text):
            part = self._code(last) if self._fence else self._prose(last)
            if part is None:
                break
            parts.append(part)
        kept = max(0, self._at - BEHIND)
        self._text, self._at = self._text[kept:], self._at - kept
        return "".join(parts)

    def _short(self, longest: int, last: bool) -> bool:
        """Return whether what may still come could change how the next `longest` are read."""
        return not last and len(self._text) < self._at + longest

    def _taken(self, end: int, instead: str | None = None, *, line_start: bool = False) -> str:
        """Go on to `end`, and return what is written in place of the characters passed."""
        passed, self._at = self._text[self._at : end], end
        self._line_start = line_start
        return passed if instead is None else instead

    def _code(self, last: bool) -> str | None:
        """Return the next part of a fence, as it is, or its end without the indentation."""
        end = self._at + MAX_FENCE_LINE_LENGTH
        if self._line_start:
            if self._short(MAX_FENCE_LINE_LENGTH, last) and _UNDECIDED.match(self._text, self._at):
                return None
            closing = _CLOSING[self._fence[0]].match(self._text, self._at, end)
            if closing is not None and len(closing["run"]) >= len(self._fence):
                if closing.end() == end:
                    self._fence = ""
                    return self._taken(end, f"{closing['run']}\n", line_start=True)
                if self._text[closing.end() : closing.end() + 1] in ("", "\r", "\n"):
                    self._fence = ""
                    return self._taken(closing.end(), closing["run"])
        line_end = _LINE_END.search(self._text, self._at)
        if line_end is None:
            return self._taken(len(self._text))
        return self._taken(line_end.end(), line_start=True)

    def _prose(self, last: bool) -> str | None:
        if self._line_start:
            if self._short(MAX_FENCE_LINE_LENGTH, last) and _UNDECIDED.match(self._text, self._at):
                return None
            end = self._at + MAX_FENCE_LINE_LENGTH
            opening = _OPENING.match(self._text, self._at, end)
            if opening is not None:
                line_end = _LINE_END.search(self._text, opening.end(), end)
                if line_end is None and self._short(MAX_FENCE_LINE_LENGTH, last):
                    return None
                part = self._opened(opening, line_end)
                if part is not None:
                    return part
        return self._inline(last)

    def _opened(self, opening: re.Match[str], line_end: re.Match[str] | None) -> str | None:
        """Return the line that opens a fence in the first column; None where it opens none."""
        longest = self._at + MAX_FENCE_LINE_LENGTH
        end = line_end.start() if line_end else min(len(self._text), longest)
        info = self._text[opening.end() : end]
        if opening["run"][0] == "`" in info:
            return None
        self._fence = opening["run"]
        if line_end is None and end == longest:
            # No language has so long a name. What follows is code, from a line of its own.
            return self._taken(opening.end(), f"{self._fence}text\n", line_start=True)
        # A line with a bar could be the head of a table, which some look for before fences.
        strange = "|" in info or DRAWN.intersection(_WORD.findall(info.lower()))
        return self._taken(end, self._fence + ("text" if strange else info))

    def _inline(self, last: bool) -> str | None:
        certain = len(self._text) if last else len(self._text) - AHEAD
        found = _ACTIVE.search(self._text, self._at)
        if found is None or found.start() >= certain:
            return self._taken(certain) if certain > self._at else None
        if found.start() > self._at:
            return self._taken(found.start())
        if found.lastgroup == "ticks":
            return self._span(found, last)
        line_start = found.lastgroup == "end"
        return self._taken(found.end(), self._spelled(found), line_start=line_start)

    def _spelled(self, found: re.Match[str]) -> str:
        """Return what is written in place of a mark."""
        text, kind = found.group(), found.lastgroup
        if kind in ("end", "unit") or (kind == "host" and not _ends_host(found)):
            return text
        if kind == "scheme":
            return text.replace("t", "x").replace("T", "X")
        if kind in ("mail", "www"):
            return "[at]" if kind == "mail" else f"{text[:3]}[.]"
        return f"{text}\\" if kind in ("pair", "command") else f"\\{text}"

    def _span(self, found: re.Match[str], last: bool) -> str | None:
        """Return a code span as it is, or its opening marks escaped where it is none for sure."""
        end = self._at + MAX_SPAN_LENGTH
        begin = min(found.end(), end)
        ticks = begin - self._at
        line_end = _LINE_END.search(self._text, begin, end)
        limit = line_end.start() if line_end else min(end, len(self._text))
        for close in _TICKS.finditer(self._text, begin, limit):
            whole = close.end() < limit or line_end or (last and close.end() < end)
            if whole and close.end() - close.start() == ticks:
                if _is_sure(self._text[begin : close.start()]):
                    return self._taken(close.end())
                return self._taken(begin, r"\`" * ticks)
        if line_end is None and self._short(MAX_SPAN_LENGTH, last):
            return None
        return self._taken(begin, r"\`" * ticks)


def _ends_host(found: re.Match[str]) -> bool:
    """Return whether what stands before a mark would be taken for a host, and the rest for a path.

    Some clients link `name.tld` wherever it stands; then a path is what could carry something.
    """
    before = found.string[max(0, found.start() - BEHIND) : found.start()]
    return _HOST.search(before) is not None


def _is_sure(code: str) -> bool:
    """Return whether it does no harm if another syntax cuts this code in two."""
    if not any(mark in code for mark in OTHER_SYNTAX):
        return True
    return all(
        found.lastgroup == "unit" or (found.lastgroup == "host" and not _ends_host(found))
        for found in _ACTIVE.finditer(code)
    )

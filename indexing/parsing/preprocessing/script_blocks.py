"""The scripts of a component or page: `<script>` blocks, and the front of an Astro file.

Everything else is blanked, so that what is left is one module whose rows are the file's.
"""

import re
from dataclasses import dataclass

ENDINGS = frozenset({"vue", "svelte", "astro"})

_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<script\b", re.DOTALL | re.IGNORECASE)
_TAG_END = re.compile(
    r"<script\b(?:[^<>\"']++|\"[^\"]{0,300}+\"|'[^']{0,300}+'){0,40}+>", re.IGNORECASE
)
_END = re.compile(r"</script\s{0,20}+>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"(?<![\w-])(lang|type)\s*+=\s*+[\"']?+([\w/+.-]++)")
_FRONT = re.compile(r"\s*+---[ \t\r]*+\n")
_FRONT_END = re.compile(r"^---[ \t\r]*+$", re.MULTILINE)

_TYPESCRIPT = {"ts", "typescript", "tsx"}
_JAVASCRIPT = {
    *("js", "javascript", "jsx", "mjs", "module", "babel", ""),
    *("text/javascript", "application/javascript", "text/babel", "text/jsx"),
}


@dataclass(frozen=True, slots=True)
class ScriptCode:
    """A text with the file's rows, and the language of the scripts that are left in it."""

    language: str
    text: str


def read(ending: str, text: str) -> ScriptCode | None:
    """Return the scripts of a file, or None where there are none in a language that is known."""
    pieces: list[str] = []
    languages: set[str] = set()
    reached = 0
    if ending == "astro" and (front := _front(text)) is not None:
        languages.add("ts")
        pieces += [_blank(text[: front[0]]), text[front[0] : front[1]]]
        reached = front[1]
    while (tag := _TAG.search(text, reached)) is not None:
        inside = _TAG_END.match(text, tag.start())
        if tag[0].startswith("<!") or inside is None:
            pieces.append(_blank(text[reached : tag.end()]))
            reached = tag.end()
            continue
        closing = _END.search(text, inside.end())
        end = closing.start() if closing else len(text)
        pieces.append(_blank(text[reached : inside.end()]))
        language = _language(inside[0], "ts" if ending == "astro" else "")
        script = text[inside.end() : end]
        if language is None or not script.strip():
            pieces.append(_blank(script))
        else:
            languages.add(language)
            pieces.append(script)
        # What is left is one module: a statement must not go on in the next script.
        pieces.append(";" + _blank(text[end + 1 : closing.end()]) if closing else "")
        reached = closing.end() if closing else end
    pieces.append(_blank(text[reached:]))
    if not languages:
        return None
    typed = "tsx" if "tsx" in languages else "typescript"
    return ScriptCode("javascript" if languages <= _JAVASCRIPT else typed, "".join(pieces))


def _front(text: str) -> tuple[int, int] | None:
    """Return where the code between the two `---` of an Astro file starts and ends."""
    start = _FRONT.match(text)
    end = _FRONT_END.search(text, start.end()) if start else None
    return (start.end(), end.start()) if start and end else None


def _language(attributes: str, otherwise: str) -> str | None:
    """Return what a script is written in, as it says itself; None where that is nothing known."""
    said: dict[str, str] = dict(_ATTRIBUTE.findall(attributes))
    language = said.get("lang", said.get("type", "")).lower()
    if language not in _TYPESCRIPT | _JAVASCRIPT:
        return None
    return language if "lang" in said else otherwise or language


def _blank(text: str) -> str:
    return "\n".join(" " * len(row) for row in text.split("\n"))

"""Dependencies in pom.xml; of a property that holds a version, where one dependency has it."""

import re
from collections.abc import Iterator

from tools.upgrading.manifests.names import same_name
from tools.upgrading.request import Declaration

_COMMENT = re.compile(r"<!--|-->")
_PROPERTY = re.compile(r"\$\{([\w.-]{1,100})\}")


def in_pom(path: str, text: str, name: str) -> Iterator[Declaration]:
    del path
    text = _without_comments(text)
    for start, end in _blocks(text, "dependency"):
        block = text[start:end]
        group, artifact = _value(block, "groupId"), _value(block, "artifactId")
        written = f"{group[1]}:{artifact[1]}"
        if not artifact[1] or not same_name("Java", written, name):
            continue
        at, version = _value(block, "version")
        held = _PROPERTY.fullmatch(version)
        if held is not None:
            yield _by_property(text, written, held[1])
        elif "${" in version:
            yield Declaration(written, version, problem="its version is made of several parts")
        elif at < 0:
            yield Declaration(written, "", note="its version stands elsewhere")
        else:
            yield Declaration(written, version, start + at)


def _by_property(text: str, written: str, name: str) -> Declaration:
    at, version = _value(text, name)
    if text.count(f"${{{name}}}") != 1 or text.count(f"<{name}>") != 1:
        why = (
            f"its version is the property {name}, which other things have too or another file says"
        )
        return Declaration(written, version, problem=why)
    return Declaration(written, version, at)


def _blocks(text: str, tag: str) -> Iterator[tuple[int, int]]:
    at = text.find(f"<{tag}>")
    while at >= 0:
        end = text.find(f"</{tag}>", at)
        if end < 0:
            return
        yield at, end
        at = text.find(f"<{tag}>", end)


def _value(text: str, tag: str) -> tuple[int, str]:
    """Return where the text of an element begins, and the text; -1 where there is none."""
    at = text.find(f"<{tag}>")
    end = text.find(f"</{tag}>", at)
    if at < 0 or end < 0:
        return -1, ""
    start = at + len(tag) + 2
    held = text[start:end]
    return start + len(held) - len(held.lstrip()), held.strip()


def _without_comments(text: str) -> str:
    """Blank out comments; places stay where they are."""
    parts, done, inside = [], 0, False
    for found in _COMMENT.finditer(text):
        if (found[0] == "<!--") != inside:
            upto = found.end() if inside else found.start()
            part = text[done:upto]
            parts.append(" " * len(part) if inside else part)
            done, inside = upto, not inside
    return "".join([*parts, " " * (len(text) - done) if inside else text[done:]])

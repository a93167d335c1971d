"""A diff as users paste it: coloured, with other line ends, inside a mail, with any prefix.

It makes text of it that can be read as a unified diff, and finds the prefixes of its names. What
cannot be made one is refused with what to do. It does not read files.
"""

import re
from collections.abc import Iterable, Iterator

from rooftree.errors import UsageError

USUAL = ("a/", "b/")
ANEW = "make it with `git diff --src-prefix=a/ --dst-prefix=b/`"
DiffPrefixes = tuple[str, str]
_COLOURED = re.compile(r"(?m)^\x1b\[[0-9;]{0,40}m(?:\x1b\[[0-9;]{0,40}m)?(?:diff |--- |\+\+\+ |@@)")
_COLOUR = re.compile(r"\x1b\[[0-9;]{0,40}[mK]")
_HEADER = re.compile(r"(?m)^(?:diff --git |--- |\+\+\+ |@@ )[^\n]{0,8192}$")
_PACKED = re.compile(
    r"(?im)^content-transfer-encoding:[ \t]{0,20}(quoted-printable|base64)[ \t]{0,20}\r?$"
)
_COMBINED = re.compile(r"(?m)^(?:diff --(?:cc|combined) |@@@+ )")


def possible_diffs(text: str) -> Iterator[str]:
    """Yield the texts that a diff may mean, the likeliest first.

    Where its own lines end in CRLF, those of the files may have been so or become so on the way.
    """
    if _COLOURED.search(text):
        text = _COLOUR.sub("", text)
    if found := _PACKED.search(text):
        raise UsageError(
            f"the diff lies in a mail encoded as {found[1].lower()}; save the attachment or the "
            "patch itself (`git format-patch --stdout`) and give that"
        )
    if _COMBINED.search(text):
        raise UsageError(
            "this is the combined diff of a merge, which shows no single before and after; make "
            "one with `git diff BASE...HEAD`"
        )
    headers = [found[0] for found in _HEADER.finditer(text)]
    if headers and all(line.endswith("\r") for line in headers):
        yield text.replace("\r\n", "\n")
        yield "\n".join(_without_end(line) for line in text.split("\n"))
    else:
        yield text


def prefixes_of(pairs: Iterable[tuple[str, str]]) -> DiffPrefixes:
    """Return what stands before the names of a diff, told by those that are the same on both sides.

    Each pair is an old and a new name of a file that was not renamed.
    """
    found = {prefixes for one in pairs if (prefixes := _prefixes(*one)) is not None}
    if not found:
        return USUAL
    if len(found) == 1:
        return found.pop()
    raise UsageError(
        "the names of the diff begin in more than one way, so their prefixes cannot be told; "
        f"{ANEW}"
    )


def named_by_git(info: str, name: str, *, old: bool) -> str:
    """Return the other name in `diff --git OLD NEW` of a file that was added or deleted.

    Empty where there is none: other programs write no such line.
    """
    for line in info.split("\n"):
        names = line.removeprefix("diff --git ")
        if names != line:
            half = names.removeprefix(f"{name} ") if old else names.removesuffix(f" {name}")
            return "" if half == names else half
    return ""


def _prefixes(old: str, new: str) -> DiffPrefixes | None:
    if old.startswith(USUAL[0]) and new.startswith(USUAL[1]) and old[2:] == new[2:]:
        return USUAL
    if old == new:
        return ("", "")
    before, after = old.split("/"), new.split("/")
    same = 0
    while same < min(len(before), len(after)) and before[-1 - same] == after[-1 - same]:
        same += 1
    if not same:
        return None
    return _joined(before[: len(before) - same]), _joined(after[: len(after) - same])


def _joined(parts: list[str]) -> str:
    return "".join(f"{part}/" for part in parts)


def _without_end(line: str) -> str:
    """Take the CR off a line of the diff's own, and leave it on a line of a file."""
    return (
        line
        if line[:1] in ("+", "-", " ") and line[:4] not in ("--- ", "+++ ")
        else line.rstrip("\r")
    )

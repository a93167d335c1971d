"""A draft that hides whatever it can, and what can be had back from the view of one."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

LINES = 2000
TOKEN = "ghp_" + "a1B2" * 9
BEGIN, END = ("-----" + word + " RSA PRIVATE" + " KEY-----" for word in ("BEGIN", "END"))
BODY = "MIIEowIBAAKCAQEAx7Zk" + "q9R2" * 11
HIDDEN = (
    "\u202e\u2066\u200b\u200d\ufe0f\xad\u061c\u115f\u3164\ufeff\u034f\u180b\U000e0041"
    "\x1b\x00\x7f\x85"
)
BREAKS = ("\r", "\u2028", "\u2029", "\x0b", "\x0c")
_ESCAPE = re.compile(r"\\u\{([0-9A-F]{1,6})(?:\*([0-9]{1,9}))?\}")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


def nasty(seed: int) -> Iterator[str]:
    """Yield lines without end, each hiding what it holds in one way or another."""
    number = seed
    while True:
        number += 1
        call = f"os.remove({number})"
        yield f"x{number} = '{HIDDEN[number % len(HIDDEN)]}'; {call}"
        yield f"# fine{BREAKS[number % len(BREAKS)]}{call}"
        yield f"y = 1{' ' * 400}; {call}"
        yield f"\t{BREAKS[number % len(BREAKS)]}"
        yield f"# {BEGIN}" if number % 3 else BEGIN
        yield call
        yield BODY
        yield f"# {END}" if number % 2 else call
        yield f"password = '{TOKEN}{number}'; {call}"
        yield f"secret={'qZ7' * 130}{number}"
        yield f"r'\\u{{202E}} \\u{{5C}} \\u{{20*{number}}} \\\\u{{41}}'"
        yield f"\xabredacted:token:{number % 10000:04d}\xbb {call}"
        yield f"{'long ' * 1500}{call}"
        yield from ("--- a/x.py", "+++ b/x.py", "@@ -1 +1 @@", "-", "+", "", " ", call + "\r")
        yield "\u202e" + "\u200f" * (number % 5) + " \U0001f468\u200d\U0001f4bb \u2764\ufe0f \u1234"
        yield f"diff --git a/x{number} b/x{number}"


def files(changed: bool) -> dict[str, bytes | None]:
    """Return files, or what a change makes of them: about 2,000 lines come and 1,000 go."""
    base = list(islice(nasty(0), LINES))
    lines = list(islice(nasty(7000), LINES))
    kept = [line if at % 5 else lines[at] for at, line in enumerate(base)] if changed else base
    return {
        "deep/mixed.py": "\n".join(kept).encode(),
        "crlf.py": "".join(f"{one.strip()}\r\n" for one in kept[:40:2]).encode(),
        "ends.py": ("a\r\nb\n" if changed else "a\nb\r\n").encode(),
        "end.py": b"a\nb\r" if changed else b"a\nb\n",
        "gone.py": None if changed else "\n".join(lines[:90]).encode(),
        "empty.py": b"" if changed else None,
        "neu\n\u202e\t\xe4.py": "\n".join(lines).encode() if changed else None,
    }


def unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda one: chr(int(one[1], 16)) * int(one[2] or 1), text)


def from_view(view: str, before: Mapping[str, bytes | None]) -> dict[str, bytes | None]:
    """Return what files become, by the view alone; unchanged lines are those that were there.

    What the view takes away must have stood where it says.
    """
    after: dict[str, bytes | None] = {}
    for part in re.split(r"^diff --git ", view, flags=re.MULTILINE)[1:]:
        path, rows = _begun(part)
        after[path] = _applied(rows, before.get(path))
        if "deleted file mode 100644" in rows[:1]:
            assert after[path] == b""
            after[path] = None
    return after


def _begun(part: str) -> tuple[str, list[str]]:
    first, *rows = part.split("\n")[:-1]
    name = first.partition(" b/")[2] or first.partition(' "b/')[2].removesuffix('"')
    octal = re.sub(r"\\([0-7]{3})", lambda one: chr(int(one[1], 8)), name)
    return octal.encode("latin-1").decode(), rows


def _applied(rows: list[str], before: bytes | None) -> bytes:
    old = (before or b"").decode().split("\n")
    old = [line + "\n" for line in old[:-1]] + [one for one in old[-1:] if one]
    first = next((at for at, row in enumerate(rows) if row.startswith("@@ ")), len(rows))
    made: list[str] = []
    at, mark = 0, ""
    for row in rows[first:]:
        hunk = _HUNK.fullmatch(row)
        if hunk is not None:
            start = int(hunk[1]) - (hunk[2] != "0")
            made, at = made + old[at:start], start
        elif row[0] == "\\":
            made[-1:] = [made[-1].removesuffix("\n")] if mark == "+" else made[-1:]
        elif row[0] == "+":
            made.append(unescaped(row[1:]) + "\n")
        else:
            assert row[0] == " " or unescaped(row[1:]) == old[at].removesuffix("\n")
            made += [old[at]] if row[0] == " " else []
            at += 1
        mark = row[0]
    return "".join([*made, *old[at:]]).encode()

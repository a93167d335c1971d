"""One file's change as a unified diff that git can apply."""

import difflib

CONTEXT = 3
NO_END = "\\ No newline at end of file\n"


def file_difference(path: str, before: bytes | None, after: bytes | None, mode: int) -> str:
    """Return the part of a diff for one file; empty where nothing changed."""
    if before == after:
        return ""
    name = _quoted(path)
    header = [f"diff --git {_quoted('a/' + path)} {_quoted('b/' + path)}\n"]
    if before is None:
        header.append(f"new file mode 100{mode:o}\n")
    elif after is None:
        header.append(f"deleted file mode 100{mode:o}\n")
    old, new = (_text(before), _text(after))
    if old is None or new is None:
        return "".join([*header, f"Binary file {name} differs\n"])
    names = (
        "/dev/null" if before is None else _quoted("a/" + path),
        "/dev/null" if after is None else _quoted("b/" + path),
    )
    lines = difflib.unified_diff(_lines(old), _lines(new), *names, n=CONTEXT)
    body = [line if line.endswith("\n") else f"{line}\n{NO_END}" for line in lines]
    return "".join([*header, *body])


def _text(data: bytes | None) -> str | None:
    try:
        return "" if data is None else data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _lines(text: str) -> list[str]:
    """Split at \\n only, as git does."""
    parts = text.split("\n")
    lines = [part + "\n" for part in parts[:-1]]
    return [*lines, parts[-1]] if parts[-1] else lines


def _quoted(path: str) -> str:
    """Quote a name as git does where a line could not hold it."""
    if path.isprintable() and path.isascii() and not set(path) & set('"\\'):
        return path
    escaped = "".join(
        f"\\{byte:03o}" if byte < 0x20 or byte > 0x7E or byte in b'"\\' else chr(byte)
        for byte in path.encode("utf-8", "surrogateescape")
    )
    return f'"{escaped}"'

"""What one file binds, as a value: the evidence from which a name's definition is told."""

import json
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

STAR = "*"
EXPORT = "<export>"
"""The scope of what a module hands out under a name, as `export {a as b}` does."""


class Binding(NamedTuple):
    """One thing that a node binds; `role` says which.

    value: a variable or parameter, `detail` its type where it is written there; member: the same on
    the class around; base: `name` is a base class, empty where it is no plain name; import and
    export: `detail` is the name inside `module`, empty for the module itself; package: its name.
    """

    role: str
    byte: int
    name: str
    detail: str = ""
    module: str = ""


class ImportBinding(NamedTuple):
    """`local` in `scope` (a qualified name, empty for the file) is `name` of `module`.

    An empty `name` means the module itself and `*` all of its names; an empty `local` leaves the
    name to the module; an empty `module` means this file.
    """

    scope: str
    local: str
    module: str
    name: str


class TypedVariable(NamedTuple):
    """A variable of a file or class; `type` is empty where it is not plainly told."""

    scope: str
    local: str
    type: str


@dataclass(frozen=True, slots=True)
class FileScope:
    """All that a file binds outside its functions, and what its functions import."""

    package: str = ""
    imports: tuple[ImportBinding, ...] = ()
    values: tuple[TypedVariable, ...] = ()
    bases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By class; an empty text is a base that is no plain name."""
    attached: dict[str, str] = field(default_factory=dict)
    """Definitions that are properties of something, such as `app.use = …`: of what."""

    def packed(self) -> bytes:
        content = (self.package, self.imports, self.values, self.bases, self.attached)
        if not any(content):
            return b""
        return zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 1)


def unpacked(data: bytes) -> FileScope:
    """Read what `packed` wrote. Raises sqlite3.DatabaseError where it is something else."""
    if not data:
        return FileScope()
    try:
        package, imports, values, bases, attached = json.loads(zlib.decompress(data))
        return FileScope(
            str(package),
            tuple(ImportBinding(*_texts(row, 4)) for row in imports),
            tuple(TypedVariable(*_texts(row, 3)) for row in values),
            {str(name): tuple(map(str, texts)) for name, texts in bases.items()},
            {str(name): str(text) for name, text in attached.items()},
        )
    except (zlib.error, ValueError, TypeError, AttributeError) as error:
        raise sqlite3.DatabaseError(f"the scope of a file: {error}") from error


def _texts(row: Iterable[object], count: int) -> list[str]:
    texts = [text for text in row if isinstance(text, str)]
    if len(texts) != count:
        raise ValueError(f"{len(texts)} texts where {count} were expected")
    return texts

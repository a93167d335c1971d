"""Dependencies in package.json and composer.json."""

from collections.abc import Iterator, Sequence

from tools.upgrading.manifests.names import same_name
from tools.upgrading.manifests.structured import at, json_text, parsed
from tools.upgrading.request import Declaration, Ecosystem

NODE = ("dependencies", "devDependencies", "optionalDependencies")
FOR_OTHERS = ("peerDependencies", "overrides", "resolutions")
"""What a package.json asks of those who use the package, or of what others ask for."""


def in_package(path: str, text: str, name: str) -> Iterator[Declaration]:
    told = parsed(path, text, json_text)
    yield from _tables(path, text, name, NODE, "JavaScript")
    for table in FOR_OTHERS:
        here = at(told, (table,))
        if isinstance(here, dict) and name in here:
            yield Declaration(name, "", note=f"{table} were left as they are")


def in_composer(path: str, text: str, name: str) -> Iterator[Declaration]:
    yield from _tables(path, text, name, ("require", "require-dev"), "PHP")


def _tables(
    path: str, text: str, name: str, tables: Sequence[str], ecosystem: Ecosystem
) -> Iterator[Declaration]:
    told = parsed(path, text, json_text)
    for table in tables:
        here = at(told, (table,))
        for key, value in here.items() if isinstance(here, dict) else ():
            if not same_name(ecosystem, key, name):
                continue
            if isinstance(value, str):
                yield Declaration(key, value, 0, keys=(table, key), value=value)
            else:
                yield Declaration(key, "", problem="its requirement is no text")

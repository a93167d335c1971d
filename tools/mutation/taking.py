"""Take a change apart in whatever language a file is; no other module here knows them all."""

from pathlib import PurePosixPath

from tools.mutation import python, trees
from tools.mutation.ecmascript import ECMASCRIPT
from tools.mutation.golang import GO
from tools.mutation.parts import NotTakenApartError, Taken
from tools.mutation.rust import RUST

SCRIPTS = (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx")
_FAMILIES = {**dict.fromkeys(SCRIPTS, ECMASCRIPT), ".go": GO, ".rs": RUST}


def can_take(path: str) -> bool:
    """Say whether a file is in a language whose functions can be broken."""
    return path.endswith(".py") or PurePosixPath(path).suffix in _FAMILIES


def taken(path: str, before: str, after: str) -> Taken:
    """Take a change apart; NotTakenApartError where something else was changed, or cannot be."""
    if path.endswith(".py"):
        return python.taken(before, after)
    return trees.taken(_family(path), path, before, after)


def taken_function(path: str, text: str, name: str) -> Taken | None:
    """Take one function apart that is there; None where there is no such function."""
    if path.endswith(".py"):
        return python.taken_function(text, name)
    return trees.taken_function(_family(path), path, text, name)


def _family(path: str) -> trees.Family:
    found = _FAMILIES.get(PurePosixPath(path).suffix)
    if found is None:
        raise NotTakenApartError(
            f"{path} is in no language whose functions can be broken piece by piece "
            "(Python, JavaScript, TypeScript, Go, Rust)"
        )
    return found

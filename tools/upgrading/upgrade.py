"""Upgrade a dependency in every manifest that names it; or refuse, with what stands in the way.

Each requirement is edited where it stands and keeps its operator, so that nothing else of a file
changes. Lock files are not edited: who may fetch packages writes them.
"""

from difflib import SequenceMatcher

from rooftree.errors import ToolRefusedError
from rooftree.text.unknown_names import near_names
from tools.drafts.draft import Draft
from tools.renaming.resolving import listed
from tools.upgrading.locks import LOCKS, outdated_locks
from tools.upgrading.manifests.names import EVERY, folded
from tools.upgrading.places import (
    DeclarationPlace,
    DependencyManifest,
    files_of,
    left_files,
    manifests_of,
    places_of,
)
from tools.upgrading.request import (
    Declaration,
    Ecosystem,
    MisspelledDependencyError,
    UnlistedDependencyError,
    UpgradeRequest,
    UpgradeResult,
)
from tools.upgrading.setup_code import check_setup_code
from tools.upgrading.versions import ANY, clauses_of, numbers, rewritten

ALIKE = 0.75


def upgrade(draft: Draft, request: UpgradeRequest) -> UpgradeResult:
    """Edit every manifest that names it; ToolRefusedError where that cannot be done whole."""
    manifests = list(manifests_of(draft, request))
    places = places_of(manifests, request.name)
    if not places:
        check_setup_code(draft, request.name)
        raise _not_named(draft, manifests, request.name)
    ecosystem = _one_ecosystem(places, request.name)
    if clauses_of(request.wanted) is None:
        raise ToolRefusedError(
            f"{request.wanted!r} is no version: nothing is fetched, so the newest one is not "
            "known; name the version"
        )
    if ecosystem == "Python":
        check_setup_code(draft, request.name)
    texts, edits, notes = _edited(places, request.wanted)
    notes += left_files(draft, request, ecosystem)
    name = places[0].found.name
    locks = outdated_locks(ecosystem, name, request.wanted, texts, files_of(draft))
    return UpgradeResult(
        name, request.wanted, ecosystem, texts, tuple(edits), tuple(locks), tuple(notes)
    )


def _not_named(draft: Draft, manifests: list[DependencyManifest], name: str) -> ToolRefusedError:
    """Say that no manifest names it, and what is called nearly that, or which lock file has it."""
    known: set[str] = set()
    for one in manifests:
        try:
            known |= {found.name for found in one.kind.read(one.path, one.text, EVERY)}
        except ToolRefusedError:
            continue
    near = [one for one in near_names(name, known) if _is_slip(name, one)]
    if near:
        return MisspelledDependencyError(
            f"no manifest names {name!r} as a dependency; did you mean "
            f"{' or '.join(map(repr, near))}?"
        )
    locks = {lock for many in LOCKS.values() for lock in many}
    held = [
        path
        for path in files_of(draft)
        if path.rpartition("/")[2] in locks and name.encode() in (draft.content(path) or b"")
    ]
    through = f"; {held[0]} has it, since another dependency asks for it" if held else ""
    return UnlistedDependencyError(f"no manifest here names {name!r} as a dependency{through}")


def _is_slip(asked: str, written: str) -> bool:
    """Say whether names are so alike that one is hardly another thing."""
    return SequenceMatcher(None, asked.casefold(), written.casefold()).ratio() >= ALIKE


def _one_ecosystem(places: list[DeclarationPlace], name: str) -> Ecosystem:
    """Return whose dependency it is; refuse where it may be several."""
    called = sorted({one.found.name for one in places})
    folded_names = {(one.ecosystem, folded(one.ecosystem, one.found.name)) for one in places}
    if len(folded_names) > 1:
        where = listed([f"{one.found.name} in {one.path}" for one in places])
        raise ToolRefusedError(
            f"{name!r} may be one of these: {where}; name one, as `upgrade {called[0]} in "
            f"{places[0].path} to …`"
        )
    return places[0].ecosystem


def _edited(
    places: list[DeclarationPlace], wanted: str
) -> tuple[dict[str, str], list[str], list[str]]:
    """Return the new texts, what was edited, and what was left."""
    changed: dict[str, list[tuple[int, int, str]]] = {}
    edits, notes = list[str](), list[str]()
    for place in places:
        one = place.found
        new = _new_requirement(place, wanted)
        if new is None or new == one.requirement:
            notes.append(f"{place.where}: {one.note or _why_left(one)}")
            continue
        if place.start < 0:
            raise ToolRefusedError(f"{place.path} writes {one.name} in a way that is not edited")
        changed.setdefault(place.path, []).append((place.start, len(one.requirement), new))
        edits.append(f"{place.where} {one.name} {one.requirement} → {new}")
    if not changed:
        raise ToolRefusedError(f"nothing is to be edited: {listed(notes)}")
    texts = {one.path: one.manifest.text for one in places if one.path in changed}
    return {path: _replaced(texts[path], many) for path, many in changed.items()}, edits, notes


def _new_requirement(place: DeclarationPlace, wanted: str) -> str | None:
    """Return what a place says from now on; None where it stays as it is."""
    one, ecosystem = place.found, place.ecosystem
    if one.note:
        return None
    where = f"{place.path}: {one.name} is not upgraded, since "
    if one.problem:
        raise ToolRefusedError(f"{where}{one.problem}")
    if one.requirement.strip() in ANY:
        return None
    if ecosystem == "Go":
        _check_major(one.name, one.requirement, wanted)
        return f"v{wanted.removeprefix('v')}"
    is_poetry = bool(one.keys) and one.value == one.requirement
    try:
        return rewritten(one.requirement, wanted, ecosystem, caret=is_poetry)
    except ToolRefusedError as error:
        raise ToolRefusedError(f"{where}{error}") from error


def _check_major(name: str, before: str, wanted: str) -> None:
    """Refuse another major version of a module of Go: it has another path."""
    old, new = numbers(before)[:1], numbers(wanted)[:1]
    if old != new and max(*old, *new) > 1:
        raise ToolRefusedError(
            f"{name} {wanted} is another module to Go than {before}: its path ends in its major "
            "version, so imports change with it"
        )


def _why_left(one: Declaration) -> str:
    if one.requirement.strip() in ANY:
        return f"any version of {one.name} is allowed, so nothing was edited"
    return f"{one.name} {one.requirement} is there already"


def _replaced(text: str, many: list[tuple[int, int, str]]) -> str:
    for start, length, new in sorted(many, reverse=True):
        text = text[:start] + new + text[start + length :]
    return text

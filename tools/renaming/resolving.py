"""What each place of a name means: a definition, something else, or what cannot be told.

It tells by Python's scoping and by the rules of the index, over the files of a draft.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from indexing.parsing.scopes.receivers import OPAQUE, TYPED
from indexing.parsing.scopes.scope import ImportBinding
from indexing.symbols.resolution.entities import (
    DefinitionEntity,
    Entity,
    ModuleEntity,
    UnknownEntity,
)
from indexing.symbols.resolution.program import TYPES, ProgramFile
from rooftree.errors import ToolError
from tools.drafts.program import DraftProgram
from tools.renaming.scopes import Place, places

MAX_LISTED = 8


@dataclass(slots=True)
class Found:
    """The places of one name."""

    mine: dict[str, list[Place]] = field(default_factory=dict)
    unsure: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Resolving:
    """Tells what each place of a name means."""

    def __init__(self, program: DraftProgram, target: DefinitionEntity, name: str) -> None:
        self._program = program
        self._target = target
        self._name = name
        self._is_member = "." in target.qualified

    def all(self) -> Found:
        found = Found()
        for path in self._program.python_files_with(self._name):
            file = self._program.file(self._program.documents[path])
            try:
                there = places(path, self._program.draft.text(path), self._name)
            except ToolError as error:
                found.unsure.append(str(error))
                continue
            for place in there:
                self._sort(found, file, place)
        if self._is_member:
            found.unsure += self._overriding()
        return found

    def _sort(self, found: Found, file: ProgramFile, place: Place) -> None:
        entity = self.meant(file, place)
        where = f"{file.path}:{place.line}"
        if entity == self._target:
            if place.kind == "declared":
                found.unsure.append(f"{where} declares it global")
            else:
                found.mine.setdefault(file.path, []).append(place)
        elif isinstance(entity, UnknownEntity):
            found.unsure.append(f"{where} may mean it or not")
        else:
            found.others.append(where)

    def meant(self, file: ProgramFile, place: Place) -> Entity | None:
        """Return what a place means; UNKNOWN where it could be the definition, and None if not."""
        if place.kind == "attribute":
            return self._attribute(file, place)
        if place.kind == "import":
            item = ImportBinding(place.within, *place.item)
            return self._program.python_rules.imported(file, item, 0)
        if place.kind == "definition":
            qualified = ".".join(filter(None, [place.within, self._name]))
            return DefinitionEntity(file.document, qualified)
        if place.bound == "local" or (self._is_member and place.bound != "class"):
            return None
        within = "" if place.bound == "module" else place.within
        return self._program.python_rules.bare(file, within, self._name, 0) or UnknownEntity()

    def _attribute(self, file: ProgramFile, place: Place) -> Entity | None:
        receiver = place.receiver
        if place.bound == "local" or receiver == OPAQUE:
            receiver = self._typed(file, place) or (receiver if receiver == "super" else OPAQUE)
        rules = self._program.python_rules
        entity = rules.refer(file, place.within, receiver, self._name)
        if not isinstance(entity, UnknownEntity) or self._is_member:
            return entity
        # A function of a module is asked for by the module alone: is this one, for all we know?
        first = receiver.partition(".")[0]
        if place.bound == "local" or all(item.local != first for item in file.scope.imports):
            return None
        asked = rules.chain(file, place.within, receiver, 0)
        return entity if isinstance(asked, ModuleEntity | UnknownEntity) else None

    def _typed(self, file: ProgramFile, place: Place) -> str:
        """Return the receiver that the reading of the file has told by the type of a variable."""
        told = {
            one.receiver
            for one in self._program.extraction(file.document).references
            if (one.name, one.line) == (self._name, place.line) and one.receiver.startswith(TYPED)
        }
        return told.pop() if len(told) == 1 else ""

    def _overriding(self) -> Iterator[str]:
        """Yield the classes that share the method by inheritance, or may."""
        owner = DefinitionEntity(self._target.document, self._target.qualified.rpartition(".")[0])
        for base in self._program.python_rules.bases(owner, 0):
            shared = isinstance(base, DefinitionEntity) and self._program.python_rules.member(
                base, self._name, 0
            )
            if isinstance(base, UnknownEntity) or shared:
                yield f"{owner.qualified} may have it from a class that it is made of"
        yield from related(self._program, owner, self._name)
        yield from _promised(self._program, self._target, self._name)


def _promised(program: DraftProgram, target: DefinitionEntity, name: str) -> Iterator[str]:
    """Yield the protocols that have a method: a class implements one without naming it."""
    for one in program.named(name):
        file, owner = program.file(one.document), one.qualified.rpartition(".")[0]
        bases = file.scope.bases.get(owner, ())
        if any(base.rpartition(".")[2] == "Protocol" for base in bases):
            whose = "any class may implement" if one == target else "it may implement"
            yield f"{file.path} {one.qualified} is a protocol's, which {whose}"


def related(program: DraftProgram, owner: DefinitionEntity, name: str) -> Iterator[str]:
    """Yield the classes below a class, or that may be, which define a name themselves."""
    for one in program.named(name):
        around = DefinitionEntity(one.document, one.qualified.rpartition(".")[0])
        is_class = program.file(one.document).kind(around.qualified) in TYPES
        if is_class and around != owner and _below(program, around, owner, 0):
            yield f"{program.paths[one.document]} {one.qualified} may override it"


def _below(
    program: DraftProgram, low: DefinitionEntity, high: DefinitionEntity, depth: int
) -> bool:
    """Say whether a class inherits from another, or whether that cannot be told."""
    for base in program.python_rules.bases(low, 0):
        if isinstance(base, UnknownEntity) or base == high or depth > 10:
            return True
        if isinstance(base, DefinitionEntity) and _below(program, base, high, depth + 1):
            return True
    return False


def listed(many: Sequence[str]) -> str:
    """Name the first few, and say how many more there are."""
    unique = list(dict.fromkeys(many))
    more = f", and {len(unique) - MAX_LISTED} more" if len(unique) > MAX_LISTED else ""
    return ", ".join(unique[:MAX_LISTED]) + more

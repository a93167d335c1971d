"""What is cut out of a module: a definition, what goes along with it, and what it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from indexing.symbols.resolution.entities import DefinitionEntity
from rooftree.errors import ToolRefusedError
from tools.moving.definitions.needs import Needs, needs_of
from tools.moving.module_names import named_like, package_root, parts_of, relative_name
from tools.moving.python_program import PythonProgram
from tools.moving.sources.bindings import (
    DefinitionBlock,
    ModuleBinding,
    bindings_of,
    check_alone,
    definition_of,
)
from tools.moving.sources.source import PythonSource
from tools.renaming.resolving import Found, Resolving


@dataclass(frozen=True, slots=True)
class Cut:
    """A definition on its way from a module to another one."""

    program: PythonProgram
    name: str
    source: PythonSource
    target: str
    """The path of the module that it goes to, which may not be there yet."""
    blocks: tuple[DefinitionBlock, ...]
    """In the order of the module; the definition is one of them."""
    needs: Needs
    found: Found = field(default_factory=Found)
    """Where the definition is used."""

    @property
    def moved(self) -> list[str]:
        return [one.name for one in self.blocks]

    @property
    def along(self) -> list[str]:
        return [one for one in self.moved if one != self.name]

    def there(self) -> PythonSource:
        """Return the module that it goes to, an empty one where there is none."""
        if self.target in self.program.documents:
            return self.program.source(self.target)
        return PythonSource(self.target, "")

    def named_from(self, user: str, module: str) -> str:
        """Return how one of the two modules names another, in the manner of the source."""
        froms = self.program.froms_of(self.source.path)
        is_relative = any(node.level for node in froms)
        is_absolute = any(
            not node.level and self.program.module_of(self.source.path, node) for node in froms
        )
        folder = tuple(user.split("/")[:-1])
        inside = package_root(self.program, user) != folder
        named = ""
        if inside and (is_relative or not is_absolute):
            named = relative_name(self.program, user, parts_of(module))
        return named or named_like(self.program, user, module, "", module)


def cut_of(program: PythonProgram, name: str, source: PythonSource, target: str) -> Cut:
    """Find a definition, what goes along with it since nothing else uses it, and its needs."""
    known = bindings_of(source)
    blocks = [definition_of(source, name)]
    while True:
        needs = needs_of(source, blocks, known)
        more = [one for one in needs.own if _goes_along(program, source, one, blocks, known[one])]
        if not more:
            break
        blocks += [definition_of(source, one) for one in more]
    for one in blocks:
        check_alone(source, one)
    blocks.sort(key=lambda one: one.first)
    found = _resolved(program, source, name)
    return Cut(program, name, source, target, tuple(blocks), needs, found)


def _goes_along(
    program: PythonProgram,
    source: PythonSource,
    name: str,
    blocks: Sequence[DefinitionBlock],
    bound: Sequence[ModuleBinding],
) -> bool:
    """Say whether a private name of the module is used by what moves alone."""
    if not name.startswith("_") or len(bound) != 1 or bound[0].node not in source.tree.body:
        return False
    try:
        inside = [*blocks, definition_of(source, name)]
    except ToolRefusedError:
        return False
    found = _resolved(program, source, name)
    here = found.mine.pop(source.path, [])
    is_inside = all(any(one.holds(place.line) for one in inside) for place in here)
    return is_inside and not found.mine and not found.unsure


def _resolved(program: PythonProgram, source: PythonSource, name: str) -> Found:
    target = DefinitionEntity(program.documents[source.path], name)
    return Resolving(program, target, name).all()

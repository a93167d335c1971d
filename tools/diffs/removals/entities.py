"""What an import or a receiver of one side of a change means, and which languages share names."""

from indexing.parsing.scopes.scope import ImportBinding
from indexing.parsing.syntax.types import Reference
from indexing.symbols.resolution.ecmascript import EcmaScriptRules
from indexing.symbols.resolution.entities import (
    DefinitionEntity,
    Entity,
    InstanceEntity,
    ModuleEntity,
)
from indexing.symbols.resolution.program import ProgramFile
from indexing.symbols.resolution.python import PythonRules
from tools.drafts.program import RULES, DraftProgram


def imported_entity(
    rules: PythonRules | EcmaScriptRules, file: ProgramFile, item: ImportBinding
) -> Entity | None:
    """Return what an import brings in; None where it certainly brings nothing.

    It is asked only of imports that meant a file of the repository before.
    """
    module = rules.module(file, item.module)
    if not isinstance(module, ModuleEntity):
        return None
    return rules.exported(module, item.name, 0) if item.name else module


def receiver_class(
    program: DraftProgram, document: int | None, use: Reference
) -> DefinitionEntity | None:
    """Return the class that a use asks, or whose instance it asks; None where unknown."""
    rules = program.rules(document) if document is not None else None
    if rules is None or document is None:
        return None
    entity = rules.chain(program.file(document), use.within, use.receiver, 0)
    if isinstance(entity, InstanceEntity):
        entity = rules.type_of(entity, 0)
    return entity if isinstance(entity, DefinitionEntity) else None


def related_languages(languages: set[str]) -> frozenset[str]:
    """Return the languages whose files can use each other's definitions."""
    scripts = {name for name in RULES if name != "python"}
    return frozenset(languages | (scripts if languages & scripts else set()))

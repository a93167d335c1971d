"""The uses, in one new file, of what a change removes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from indexing.parsing.scopes.scope import ImportBinding
from indexing.parsing.syntax.types import Reference
from indexing.symbols.resolution.entities import UNKNOWN, DefinitionEntity, Entity, ModuleEntity
from indexing.symbols.resolution.resolver import ReferenceRow
from tools.diffs.removals.attributes import attribute_reads
from tools.diffs.removals.both_sides import BothSides
from tools.diffs.removals.entities import imported_entity, receiver_class, related_languages
from tools.diffs.removals.python_imports import guarded_lines, imported_modules
from tools.diffs.removals.removed_definitions import RemovedDefinition, SignatureChange, SourceLine
from tools.diffs.removals.signatures import calls_at, fits
from tools.diffs.removals.text_references import CONFIGURATION, lines_naming
from tools.drafts.program import contains_word

OWN = frozenset({"self", "cls"})


@dataclass(slots=True)
class FileUses:
    """One new file that names something that is gone."""

    sides: BothSides
    path: str
    number: int
    old: int | None
    """Its document before the change; None where it is new."""
    text: str
    told: set[int] = field(default_factory=set)
    """What is used by a broken import, by identity: its other uses here are the same fault."""

    def imports(self) -> None:
        """Note imports of modules that are gone."""
        if not self.sides.modules:
            return  # most changes take no module away, and no import has to be resolved
        rules = self.sides.base.rules(self.old) if self.old is not None else None
        now = self.sides.head.rules(self.number)
        if rules is None or now is None or self.old is None:
            return
        before = self.sides.base.file(self.old)
        file = self.sides.head.file(self.number)
        tails = {gone.name for gone in self.sides.modules.values()}
        for line, text, names in self._imports(file.scope.imports):
            may_be = set(text) == {"."} or any(contains_word(text, tail) for tail in tails)
            if self._is_python and not may_be:
                continue  # an import of Python holds the name of the module that it means
            module = rules.module(before, text)
            documents = module.documents if isinstance(module, ModuleEntity) else ()
            gone = self.sides.modules.get(documents[0]) if documents else None
            if gone is None or isinstance(now.module(file, text), ModuleEntity):
                continue
            if self._is_python and line in guarded_lines(self.text):
                continue
            around = now.module(file, names[0]) if names else None
            if isinstance(around, ModuleEntity) and now.exported(around, names[1], 0) is not None:
                continue  # the package has something else of that name now
            self._note(gone, line)
            self._tell_names(gone)

    @property
    def _is_python(self) -> bool:
        return self.path.endswith((".py", ".pyi"))

    def _imports(
        self, items: Iterable[ImportBinding]
    ) -> Iterator[tuple[int, str, tuple[str, ...]]]:
        """Yield the lines that import a module, its name, and what it may be a part of."""
        if self._is_python:
            yield from imported_modules(self.text)
            return
        for text in dict.fromkeys(item.module for item in items if item.module):
            line = self._line_of(text)
            if line:
                yield line, text, ()

    def _tell_names(self, module: RemovedDefinition) -> None:
        """Keep what the module defined from being told besides it."""
        path = module.diff.old_path
        self.told |= {id(one) for one in self.sides.gone if one.diff.old_path == path}

    def references(self) -> None:
        """Note uses of definitions that are gone, imports first."""
        known = self.sides.by_name
        extraction = self.sides.head.extraction(self.number)
        found = [one for one in extraction.references if one.name in known]
        if self._is_python:
            found += attribute_reads(self.text, known, extraction.symbols)
        for reference in sorted(found, key=lambda one: one.kind != "import"):
            self._reference(reference, known[reference.name])

    def _reference(self, one: Reference, named: list[RemovedDefinition]) -> None:
        if self.old is None or self.sides.base.rules(self.old) is None:
            self._by_name(one, named)
            return
        use = ReferenceRow(self.old, one.name, one.kind, one.line, one.within, one.receiver)
        if one.receiver and self._member(one, [gone for gone in named if gone.is_member]):
            return
        meant = self.sides.resolver.resolve(use)
        gone = self.sides.definitions.get(meant.definition) if meant.definition else None
        if gone is None:
            if meant.definition is None and not meant.outside:
                self._by_name(one, named)
            else:
                self._handed(one, named)
        elif gone.takes is not None:
            self._call(one, gone, gone.takes)
        elif id(gone) not in self.told and not self._is_own(one, gone):
            self._lost(one, gone)

    def _member(self, one: Reference, named: list[RemovedDefinition]) -> bool:
        """Note a use of a class's constant; say whether the class is known of which it is asked."""
        owner = receiver_class(self.sides.base, self.old, one) if named else None
        if owner is None:
            return False
        for gone in named:
            document = self.sides.base.documents[gone.diff.old_path]
            if owner == DefinitionEntity(document, gone.owner):
                self._lost(one, gone)
                return True
        return (owner.qualified, one.name) in self.sides.base.file(owner.document).values

    def _is_enum_without(self, one: Reference, gone: RemovedDefinition) -> bool:
        """Say whether an enum is asked for a member that it certainly has no more."""
        owner = receiver_class(self.sides.head, self.number, one)
        there = self.sides.head.documents.get(gone.diff.path)
        same = there is not None and owner == DefinitionEntity(there, gone.owner)
        return same and self.sides.is_enum(gone) and not self._answers_all(one)

    def _handed(self, one: Reference, named: list[RemovedDefinition]) -> None:
        """Note a use by way of a module that hands a definition on no more."""
        for gone in named:
            if gone.handed and id(gone) not in self.told and self._asks(one, gone.diff.old_path):
                self._lost(one, gone)

    def _asks(self, one: Reference, path: str) -> bool:
        """Say whether a use asked a module for its name."""
        assert self.old is not None  # noqa: S101 - what is new used nothing before
        rules, before = self.sides.base.rules(self.old), self.sides.base.file(self.old)
        if rules is None or self.old_path == path:
            return False
        if one.kind == "import":
            imports = (item.module for item in before.scope.imports if item.name == one.name)
            asked = [rules.module(before, module) for module in imports]
        else:
            asked = [rules.chain(before, one.within, one.receiver, 0)] if one.receiver else []
        document = self.sides.base.documents[path]
        return any(isinstance(each, ModuleEntity) and document in each.documents for each in asked)

    def texts(self) -> None:
        """Note texts that name what is gone; whether they are read as names cannot be told."""
        if self.path.endswith((".py", *CONFIGURATION)):
            for gone, wanted in self.sides.named_in_texts:
                name = gone.name if gone.symbol is not None and self._is_python else ""
                if name in self.text and self.old_path != gone.diff.old_path:
                    lines = lines_naming(self.path, self.text, wanted, name)
                    gone.perhaps += [SourceLine(self.path, line) for line in lines]

    def _lost(self, one: Reference, gone: RemovedDefinition) -> None:
        """Note a use of something that is gone, where it means nothing now."""
        means = self._means(one)
        if means is UNKNOWN and gone.is_member and self._is_enum_without(one, gone):
            means = None
        if means is None and not (self._is_python and one.line in guarded_lines(self.text)):
            self._note(gone, one.line)
            if one.kind == "import":
                self.told.add(id(gone))
        elif means is UNKNOWN:
            gone.perhaps.append(SourceLine(self.path, one.line))

    def _call(self, one: Reference, gone: RemovedDefinition, takes: SignatureChange) -> None:
        """Note a call that gave a function what it took, and does not give it what it takes."""
        if (
            one.kind != "call"
            or not self._is_python
            or not isinstance(self._means(one), DefinitionEntity)
        ):
            return
        for call in calls_at(self.text, one.line, one.name):
            method = takes.symbol.kind == "method"
            did = fits(call, takes.before, method=method)
            if did and fits(call, takes.after, method=method) is False:
                self._note(gone, one.line)

    def _is_own(self, one: Reference, gone: RemovedDefinition) -> bool:
        """Say whether a file uses what it defined itself by its bare name, which is told apart."""
        return not one.receiver and self.old_path == gone.diff.old_path

    @property
    def old_path(self) -> str:
        return self.sides.old_paths.get(self.path, self.path)

    def _means(self, one: Reference) -> Entity | None:
        """Return what a use means now; None where it certainly means nothing."""
        rules = self.sides.head.rules(self.number)
        if rules is None:
            return UNKNOWN
        file = self.sides.head.file(self.number)
        if one.kind != "import":
            means = rules.seek(file, one.within, one.receiver, one.name)
            return UNKNOWN if means is None and self._answers_all(one) else means
        items = [item for item in file.scope.imports if item.name == one.name]
        brings = {imported_entity(rules, file, item) for item in items}
        if len(brings) != 1:
            return UNKNOWN
        means = brings.pop()
        return UNKNOWN if means is None and self._answers_all(one) else means

    def _answers_all(self, one: Reference) -> bool:
        """Say whether something that was asked may have the name in a way that is not read here."""
        if one.receiver.partition(".")[0] in OWN and self._may_be_of_heir(one.name):
            return True
        for gone in self.sides.by_name[one.name]:
            number = self.sides.head.documents.get(gone.diff.path)
            if number is not None and self.sides.may_bind(number, one.name):
                return True
        return False

    def _may_be_of_heir(self, name: str) -> bool:
        """Say whether what is asked of `self` may come from a class that inherits this one."""
        around = {gone.title.rpartition(".")[0] for gone in self.sides.by_name[name]}
        return any(self.sides.is_inherited(one) for one in around if one)

    def _by_name(self, one: Reference, named: list[RemovedDefinition]) -> None:
        language = self.sides.head.languages[self.number]
        for gone in named:
            of_module = one.kind == "attribute" and "." not in gone.title
            bare = gone.is_member and not one.receiver
            if gone.takes is not None or gone.handed or of_module or bare:
                continue
            old = self.sides.base.documents[gone.diff.old_path]
            same = language in related_languages({self.sides.base.languages[old]})
            is_moved = gone.name in self.sides.still_defined
            if same and not is_moved and self.old_path != gone.diff.old_path:
                gone.perhaps.append(SourceLine(self.path, one.line))

    def _note(self, gone: RemovedDefinition, line: int) -> None:
        gone.used.append(SourceLine(self.path, line))

    def _line_of(self, module: str) -> int:
        """Return the line of an import; 0 where none names its module."""
        for number, line in enumerate(self.text.split("\n"), 1):
            if module in line and any(word in line for word in ("import", "from", "require")):
                return number
        return 0

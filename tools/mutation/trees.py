"""A change of code taken apart by tree-sitter, by what a language's module says of its nodes.

Nothing is cut out of a body: a statement at its begin that throws, or returns a constant, leaves
the rest unreached, and a compiler that counts what is used does not mind. What throws before a
changed line shows whether a test runs it, where no runner tells lines.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tree_sitter import Node

from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import language_of_text
from tools.mutation.parts import Mutant, NotTakenApartError, Taken, changed_lines

Kind = Literal["function", "value", "declaration", "import", "test", "other"]
"""A declaration does nothing by itself; what is other does something that cannot be broken."""
BRACED = frozenset({"block", "statement_block", "empty_statement"})
WIDEST = 20_000
"""Statements of one function that are looked at."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a file is made of."""

    name: str
    kind: Kind
    nodes: tuple[Node, ...]
    """What is compared, with what is written above it."""
    body: Node | None = None
    """Of a function, its body; of a value, the literal."""
    origin: str = ""
    """Of an import, where the name comes from."""
    leaves: tuple[Node, ...] = ()
    """Of a table of values, its literals: each is broken by itself."""

    def field(self, name: str) -> Node | None:
        """Return a field of the function that the body is that of."""
        function = self.body.parent if self.body is not None else None
        return function.child_by_field_name(name) if function is not None else None


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a statement stands, and what goes around it to put another before it."""

    node: Node
    group: int = 0
    """Statements of one group run one after the other: the last that runs tells of all."""
    before: str = ""
    between: str = " "
    after: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """What is to be known of a language."""

    title: str
    stop: str
    """A statement that ends all, though no compiler can tell that it does."""
    stop_word: str
    """The word for that, which such statements of the language begin with."""
    parts: Callable[[Node], Iterator[Part]]
    constants: Callable[[Part], Sequence[str]]
    """What a function can return always, each a statement without its end."""
    may_return: str
    """A statement that returns, `{}` in it, though no compiler can tell that it does."""
    blocks: frozenset[str]
    """Nodes that hold statements."""
    silent: frozenset[str]
    """What stands in them and does nothing."""
    unbraced: Mapping[str, str]
    """Nodes that may hold one statement without braces around it, and their field for it."""


def _slots(family: Family, node: Node) -> Iterator[Slot]:
    """Yield the statements that stand directly in a node, and what stands for one."""
    if node.type in family.blocks:
        value = node.child_by_field_name("value")  # of a case of a switch
        for one in node.named_children:
            if not is_comment(one) and one.type not in family.silent and one != value:
                _check_macro(one)
                yield Slot(one, node.id)
    elif node.type in family.unbraced:
        # Where a grammar names no field, what is held comes last.
        held = node.child_by_field_name(family.unbraced[node.type]) or node.named_children[-1]
        if held.type not in BRACED and not is_comment(held):
            is_value = node.type == "arrow_function"
            around = (" return (", "); }") if is_value else (" ", " }")
            yield Slot(held, 0, "{ ", *around)


def _check_macro(statement: Node) -> None:
    """Refuse blocks of code in a macro of Rust: which of their lines run cannot be told."""
    inner = statement.named_children[0] if statement.named_children else statement
    macro = statement if statement.type == "macro_invocation" else inner
    if macro.type != "macro_invocation":
        return
    for one in below(macro):
        is_block = one.type == "token_tree" and text_of(one).startswith("{")
        if is_block and one.start_point[0] != one.end_point[0]:
            line = one.start_point[0] + 1
            raise NotTakenApartError(
                f"it has a macro with code in it at line {line}, which hides it"
            )


def taken(family: Family, path: str, before: str, after: str) -> Taken:
    """Take a change apart; NotTakenApartError where something else was changed."""
    news = _named(family, _root(family, path, after))
    olds = _named(family, _root(family, path, before)) if before.strip() else {}
    known = {name: words_of(part) for name, part in olds.items()}
    for name in olds:
        if name not in news and olds[name].kind not in ("import", "test"):
            raise NotTakenApartError(f"it removes {name}, and no new test can show what that does")
    _check_imports(olds, news)
    changed = [part for name, part in news.items() if known.get(name) != words_of(part)]
    for part in changed:
        _check_breakable(part, is_new=part.name not in olds)
    pieces = [part for part in changed if part.kind in ("function", "value")]
    lines = changed_lines(before, after)
    return _taken(family, ParserSource(after).data, pieces, lines)


def taken_function(family: Family, path: str, text: str, name: str) -> Taken | None:
    """Take one function apart that is there."""
    part = _named(family, _root(family, path, text)).get(name)
    if part is None or part.kind != "function":
        return None
    return _taken(family, ParserSource(text).data, [part], frozenset())


def root_of(path: str, text: str) -> Node | None:
    """Return the tree of a text; None where it cannot be parsed without an error."""
    language = language_of_text(path, text)
    tree = parse(language, ParserSource(text)) if language is not None else None
    return None if tree is None or tree.root_node.has_error else tree.root_node


def text_of(node: Node | None) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def below(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, in the order of the text; trees are deep, so by a cursor."""
    cursor = node.walk()
    while True:
        if cursor.node is not None:
            yield cursor.node
        if cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


def words_of(part: Part) -> tuple[str, ...]:
    """Return what a part says, without its places and comments."""
    return tuple(word for node in part.nodes for word in _words(node))


def _words(node: Node) -> Iterator[str]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if is_comment(one):
            continue
        inner = [child for child in one.children if not is_comment(child)]
        yield f"{one.type} {len(inner)}" if inner else text_of(one)
        waiting += reversed(inner)


def is_comment(node: Node) -> bool:
    """Say whether a node is a comment, and no instruction to Go's compiler."""
    return "comment" in node.type and not text_of(node).startswith(("//go:", "// +build"))


def _root(family: Family, path: str, text: str) -> Node:
    root = root_of(path, text)
    if root is None:
        raise NotTakenApartError(f"{path} cannot be read as {family.title}")
    return root


def _named(family: Family, root: Node) -> dict[str, Part]:
    """Return the parts by their names; those of the same name are told apart by their order."""
    found: dict[str, Part] = {}
    seen: dict[str, int] = {}
    for part in family.parts(root):
        seen[part.name] = seen.get(part.name, 0) + 1
        name = f"{part.name} ({seen[part.name]})" if seen[part.name] > 1 else part.name
        found[name] = replace(part, name=name)
    return found


def _check_imports(olds: dict[str, Part], news: dict[str, Part]) -> None:
    """Refuse a change of where a name comes from: all that uses it may do something else."""
    now = {(one.name, one.origin) for one in news.values() if one.kind == "import"}
    gone = {one.name.removeprefix("import "): one.origin for one in olds.values()
            if one.kind == "import" and (one.name, one.origin) not in now}  # fmt: skip
    if not gone:
        return
    rest = (node for one in news.values() if one.kind != "import" for node in one.nodes)
    used = {text_of(leaf) for node in rest for leaf in below(node) if not leaf.child_count}
    for local, origin in sorted(gone.items()):
        if local in used or local == "*":
            raise NotTakenApartError(f"it changes the import of {local} ({origin})")


def _check_breakable(part: Part, *, is_new: bool) -> None:
    if part.kind == "other":
        raise NotTakenApartError(
            f"it {'adds' if is_new else 'changes'} {part.name}, which is no function and no plain "
            "value, and cannot be broken here"
        )
    if part.kind == "declaration" and not is_new:
        raise NotTakenApartError(f"it changes what {part.name} is made of")


def _taken(family: Family, data: bytes, pieces: Sequence[Part], changed: frozenset[int]) -> Taken:
    mutants: list[Mutant] = []
    for part in pieces:
        if part.kind == "value":
            literals = part.leaves or (part.body,)
            mutants += [_other_value(data, part, literal) for literal in literals]
        else:
            mutants += _stopped(family, data, part, changed)
            mutants += _broken(family, data, part)
    functions = tuple(one.name for one in pieces if one.kind == "function")
    return Taken(tuple(one.name for one in pieces), functions, tuple(mutants))


def _broken(family: Family, data: bytes, part: Part) -> Iterator[Mutant]:
    """Yield a function that does nothing but throw, or return the same always."""
    own = "".join(text_of(part.body).strip("{} \t\n;").split())
    if not own.startswith(family.stop_word):
        yield Mutant(part.name, family.stop_word, _begun(data, part, family.stop))
    for one in family.constants(part):
        value = "".join(one.split())
        if own not in (value, value.removeprefix("return")):  # it does that anyhow
            statement = family.may_return.format(one)
            yield Mutant(part.name, one, _begun(data, part, statement))


def _begun(data: bytes, part: Part, statement: str) -> str:
    """Return the text with a statement at the begin of a body, which may be an expression."""
    assert part.body is not None  # noqa: S101 - a function without a body is a declaration
    start, end = part.body.start_byte, part.body.end_byte
    if text_of(part.body).startswith("{"):
        return _with(data, start + 1, start + 1, f" {statement} ", "")
    return _with(data, start, end, f"{{ {statement} return (", "); }")


def _with(data: bytes, start: int, end: int, before: str, after: str) -> str:
    parts = (data[:start], before.encode(), data[start:end], after.encode(), data[end:])
    return b"".join(parts).decode("utf-8", "replace")


def _other_value(data: bytes, part: Part, literal: Node | None) -> Mutant:
    """Return the file with a literal made another one."""
    assert literal is not None  # noqa: S101 - a value has a literal
    text = text_of(literal)
    if text in ("true", "false"):
        other = "false" if text == "true" else "true"
    elif text[0] in "\"'`r":
        other = '"rooftree"'
    else:
        other = f"{text} + 1.0" if "float" in literal.type else f"{text} + 1"
    head, tail = data[: literal.start_byte], data[literal.end_byte :]
    new = b"".join((head, other.encode(), tail)).decode("utf-8", "replace")
    return Mutant(part.name, f"{other} as its value", new)


def _stopped(family: Family, data: bytes, part: Part, changed: frozenset[int]) -> Iterator[Mutant]:
    """Yield a function that stops before a changed statement, for the last of each block."""
    assert part.body is not None  # noqa: S101 - a function without a body is a declaration
    slots = [slot for node in below(part.body) for slot in _slots(family, node)]
    if len(slots) > WIDEST:
        raise NotTakenApartError(f"{part.name} has {len(slots)} statements; {WIDEST} are looked at")
    last: dict[tuple[int, int], Slot] = {}
    for slot in _owners(slots, changed):
        last[(slot.group, 0 if slot.group else slot.node.start_byte)] = slot
    for slot in last.values():
        node, how, stop = slot.node, family.stop_word, family.stop
        if text_of(node).startswith(family.stop_word):
            # Who expects an error takes ours for it; that none comes is noticed.
            how = next(iter(family.constants(part)), how)
            stop = family.may_return.format(how) if how != family.stop_word else stop
        before = f"{slot.before}{stop}{slot.between}"
        new = _with(data, node.start_byte, node.end_byte, before, slot.after)
        yield Mutant(part.name, how, new, node.start_point[0] + 1)


def _owners(slots: Sequence[Slot], changed: frozenset[int]) -> Iterator[Slot]:
    """Yield for each changed line the innermost statement that it stands in, in their order."""
    ordered = sorted(slots, key=lambda one: (one.node.start_byte, -one.node.end_byte))
    around: list[Slot] = []
    at = 0
    for line in sorted(changed):
        while at < len(ordered) and ordered[at].node.start_point[0] < line:
            while around and around[-1].node.end_byte <= ordered[at].node.start_byte:
                around.pop()
            around.append(ordered[at])
            at += 1
        while around and around[-1].node.end_point[0] + 1 < line:
            around.pop()
        if around:
            yield around[-1]

"""Conditions (`#if` to `#endif`) that stand inside a statement or split a brace.

A grammar reads a condition whose branches are whole statements. Of any other the first branch is
kept (of `#if 0` the second) as if there were no condition, and the rest is dropped.
"""

import re
from dataclasses import dataclass, field

from indexing.parsing.preprocessing.source_buffer import Directive, SourceBuffer

_WORD = re.compile(rb"#[ \t]*+(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)\b([^\n]*)")
_NEVER = re.compile(rb"\s*0\s*(?:/[/*].*)?")
_BRACKET = re.compile(rb"[(){}]")
_HALF = re.compile(rb"else\b|&&|\|\|")
_ENDS_HALF = (b"else", b"&&", b"||", b"(", b",")
_WHOLE_BEFORE = b";{}:"
_MAX_NESTING = 64
"""Conditions inside more than these are left as they are: each level is read once more."""


@dataclass(slots=True)
class _Branch:
    start: int
    end: int = 0
    braces: int = 0
    parentheses: int = 0
    broken: bool = False
    """Whether it closes what it did not open, or is half a statement."""

    @property
    def whole(self) -> bool:
        return not (self.braces or self.parentheses or self.broken)


@dataclass(slots=True)
class _Group:
    never: bool
    """Whether it is an `#if 0`."""
    directives: list[Directive]
    branches: list[_Branch] = field(default_factory=list)


def resolve_conditionals(draft: SourceBuffer) -> None:
    """Take away the directives of conditions that no grammar can read, and all but one branch."""
    groups: list[_Group] = []
    reached = deeper = 0
    for directive in draft.directives:
        word = _WORD.match(draft.original, directive.start, directive.end)
        if word is None:
            continue
        if groups:
            _count(draft, groups[-1].branches[-1], reached, directive.start)
        reached = directive.end
        if b"<" in word[2]:  # `__has_include(<memory>)` is an error to grammars
            draft.out[word.start(2) : word.end(2)] = b" 1".ljust(len(word[2]))
        opens = word[1] in (b"if", b"ifdef", b"ifndef")
        if deeper or (opens and len(groups) >= _MAX_NESTING):
            deeper += opens - (word[1] == b"endif")
        elif opens:
            never = word[1] == b"if" and _NEVER.fullmatch(word[2]) is not None
            groups.append(_Group(never, [directive], [_Branch(directive.end)]))
        elif groups:
            _go_on(draft, groups, directive, ends=word[1] == b"endif")


def _go_on(draft: SourceBuffer, groups: list[_Group], directive: Directive, *, ends: bool) -> None:
    """End a branch of the innermost condition, and the condition or begin the next branch."""
    group = groups[-1]
    group.directives.append(directive)
    _end(draft, group.branches[-1], directive.start)
    if not ends:
        group.branches.append(_Branch(directive.end))
        return
    groups.pop()
    kept = _decide(draft, group)
    if groups:
        outer = groups[-1].branches[-1]
        outer.braces += kept.braces
        outer.parentheses += kept.parentheses
        outer.broken = outer.broken or kept.broken


def _count(draft: SourceBuffer, branch: _Branch, start: int, end: int) -> None:
    code = draft.code
    if branch.braces <= 0 and branch.parentheses <= 0:
        first = _BRACKET.search(code, start, end)
        branch.broken = branch.broken or (first is not None and first[0] in b")}")
    branch.braces += code.count(b"{", start, end) - code.count(b"}", start, end)
    branch.parentheses += code.count(b"(", start, end) - code.count(b")", start, end)
    branch.broken = branch.broken or branch.braces < 0 or branch.parentheses < 0


def _end(draft: SourceBuffer, branch: _Branch, end: int) -> None:
    branch.end = end
    last = draft.before(end)
    if last >= branch.start:
        tail = bytes(draft.code[max(branch.start, last - 4) : last + 1])
        begins_half = _HALF.match(draft.code, draft.after(branch.start), end) is not None
        branch.broken = branch.broken or begins_half or tail.endswith(_ENDS_HALF)


def _decide(draft: SourceBuffer, group: _Group) -> _Branch:
    """Return the branch that counts for what is around, after taking the others away if needed."""
    kept = group.branches[1 if group.never and len(group.branches) > 1 else 0]
    if all(branch.whole for branch in group.branches) and not _inside(draft, group):
        return _Branch(kept.start)
    for directive in group.directives:
        draft.blank(directive.start, directive.end)
    for branch in group.branches:
        if branch is not kept or (group.never and len(group.branches) == 1):
            draft.dropped = draft.dropped or bool(draft.code[branch.start : branch.end].strip())
            draft.blank(branch.start, branch.end)
    return kept if not (group.never and len(group.branches) == 1) else _Branch(kept.start)


def _inside(draft: SourceBuffer, group: _Group) -> bool:
    """Tell whether a condition begins in the midst of a statement."""
    before = draft.byte(draft.before(group.directives[0].start))
    if not before or before in _WHOLE_BEFORE:
        return False
    # After a parenthesis a separate function may stand, whose branches are kept.
    holds_a_body = any(
        draft.code.find(b"\n{", item.start, item.end) >= 0 for item in group.branches
    )
    return not (before == b")" and holds_a_body)

"""What needs a person's approval (a plan, a command, a diff), and what needs none.

An answer is bound to the digest of what was shown. Who cannot be asked has said no.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tools.once import Memo

ApprovalKind = Literal["plan", "command", "shell", "diff"]
"""A command is an operation of the project; shell is any other string that a model would run."""
ApprovalMode = Literal["ask", "edits", "all", "never"]

ASKED_BY_MODE: Mapping[ApprovalMode, frozenset[ApprovalKind]] = {
    "ask": frozenset({"plan", "command", "shell", "diff"}),
    "edits": frozenset({"shell", "diff"}),
    "all": frozenset(),
    "never": frozenset({"shell"}),
}

ONCE = frozenset({"command", "shell"})
"""What is asked for once a run, whatever the answer."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What is asked: a sentence, the thing itself, and its digest."""

    kind: ApprovalKind
    summary: str
    shown: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class ApprovalResponse:
    """What was answered; `changed` is the item as the person edited it."""

    approved: bool
    reason: str = ""
    changed: Mapping[str, Any] | None = None
    wish: str = ""
    """What a person who refuses wants instead: the work goes on with it."""


Approver = Callable[[ApprovalRequest], Awaitable[ApprovalResponse]]
"""Asks a person."""
ApprovalListener = Callable[[ApprovalRequest, ApprovalResponse | None], None]
"""Receives each request (there is no decision yet) and each response."""


async def refuse_without_person(asked: ApprovalRequest) -> ApprovalResponse:
    """Answer where there is no person."""
    return ApprovalResponse(False, f"nobody is here to approve the {asked.kind}")


@dataclass(slots=True)
class Approvals:
    """Decides by the mode, and asks where the mode says so; every answer is stored."""

    mode: ApprovalMode
    ask: Approver
    memo: Memo
    listen: ApprovalListener | None = None
    _commands: dict[str, ApprovalResponse] = field(default_factory=dict)

    async def decide(self, asked: ApprovalRequest, *, without: bool = True) -> ApprovalResponse:
        """Return the decision; `without` is the one that needs no approval."""
        if asked.kind not in ASKED_BY_MODE[self.mode]:
            if asked.kind == "diff" and self.mode == "never":
                return ApprovalResponse(False, "nothing is applied (--approve never)")
            return ApprovalResponse(
                without, "" if without else "only what was verified is applied unasked"
            )
        if asked.kind in ONCE and asked.digest in self._commands:
            return self._commands[asked.digest]

        async def work() -> Any:
            self._notify(asked, None)
            decision = await self.ask(asked)
            self._notify(asked, decision)
            return asdict(decision)

        decision = ApprovalResponse(
            **await self.memo.once("approval", f"{asked.kind} {asked.digest}", work)
        )
        if asked.kind in ONCE:
            self._commands[asked.digest] = decision
        return decision

    def has_approved(self, asked: ApprovalRequest) -> bool:
        """Say whether something may be done as things stand: nobody is asked."""
        if asked.kind not in ASKED_BY_MODE[self.mode]:
            return asked.kind != "diff"
        known = self._commands.get(asked.digest)
        return known is not None and known.approved

    def _notify(self, asked: ApprovalRequest, decision: ApprovalResponse | None) -> None:
        if self.listen is not None:
            self.listen(asked, decision)

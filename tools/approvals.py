"""What a person is asked before it happens (a plan, a command, a diff), and what goes unasked.

An answer is bound to the digest of what was shown. Who cannot be asked has said no.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from tools.once import Memo

Kind = Literal["plan", "command", "diff"]
Mode = Literal["ask", "edits", "all", "never"]

ASKED: Mapping[Mode, frozenset[Kind]] = {
    "ask": frozenset({"plan", "command", "diff"}),
    "edits": frozenset({"diff"}),
    "all": frozenset(),
    "never": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: a sentence, the thing itself, and its digest."""

    kind: Kind
    summary: str
    shown: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What was answered; `changed` is the thing as the person would rather have it."""

    approved: bool
    reason: str = ""
    changed: Mapping[str, Any] | None = None


class Approver(Protocol):
    """Asks a person."""

    async def __call__(self, asked: Asked) -> Decision: ...


async def nobody(asked: Asked) -> Decision:
    """Answer where there is no person."""
    return Decision(False, f"nobody is here to approve the {asked.kind}")


@dataclass(slots=True)
class Approvals:
    """Decides by the mode, and asks where the mode says so; every answer is remembered."""

    mode: Mode
    ask: Approver
    memo: Memo
    listen: "Listen | None" = None
    _commands: dict[str, Decision] = field(default_factory=dict)

    async def decide(self, asked: Asked, *, without: bool = True) -> Decision:
        """Return the decision; `without` is the one where nobody has to be asked."""
        if asked.kind not in ASKED[self.mode]:
            if asked.kind == "diff" and self.mode == "never":
                return Decision(False, "nothing is applied (--approve never)")
            return Decision(without, "" if without else "only what was verified is applied unasked")
        if asked.kind == "command" and asked.digest in self._commands:
            return self._commands[asked.digest]

        async def work() -> Any:
            self._tell(asked, None)
            decision = await self.ask(asked)
            self._tell(asked, decision)
            return asdict(decision)

        decision = Decision(
            **await self.memo.once("approval", f"{asked.kind} {asked.digest}", work)
        )
        if asked.kind == "command":
            self._commands[asked.digest] = decision
        return decision

    def _tell(self, asked: Asked, decision: Decision | None) -> None:
        if self.listen is not None:
            self.listen(asked, decision)


class Listen(Protocol):
    """Hears what is asked (there is no decision yet) and what was answered."""

    def __call__(self, asked: Asked, decision: Decision | None) -> None: ...

"""How far a change has come: what its steps have returned, as one value."""

from dataclasses import dataclass, replace

from agents.change.coding.rename import RenamedDraft
from agents.change.coding.reproduce import Reproduction
from agents.change.planning.plan import ChangePlan
from agents.change.reviewer import ReviewVerdict
from agents.evidence.evidence import MeasuredDraft
from tools.drafts.approval_view import ApprovalView


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Each step is given one, and returns the next."""

    plan: ChangePlan | None = None
    renamed: RenamedDraft | None = None
    """What was renamed while planning, where the task asks for a rename."""
    reproduced: Reproduction | None = None
    drafted: MeasuredDraft | None = None
    view: ApprovalView | None = None
    """The draft as a person sees it."""
    verdict: ReviewVerdict | None = None
    reviews: int = 0
    notes: tuple[str, ...] = ()
    not_planned: str = ""
    """Why there is no plan to follow."""
    no_edit: str = ""
    """Why there is no edit: the last thing that stood in the way."""

    def noting(self, *notes: str) -> "ChangeState":
        return replace(self, notes=(*self.notes, *notes))

    @property
    def doubts(self) -> str:
        """What the reviewer has against the draft."""
        objects = self.verdict is not None and self.verdict.objects
        return "; ".join(self.verdict.reasons) if self.verdict is not None and objects else ""

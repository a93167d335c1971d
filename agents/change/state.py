"""How far a change has come: what its steps have returned, as one value."""

from dataclasses import dataclass, replace

from agents.change.coding.mechanical import MechanicalDraft
from agents.change.coding.reproduce import Reproduction
from agents.change.planning.plan import ChangePlan
from agents.change.reviewer import ReviewVerdict
from agents.evidence.evidence import MeasuredDraft
from tools.drafts.approval_view import ApprovalView


@dataclass(frozen=True, slots=True)
class ChangeState:
    """Each step is given one, and returns the next."""

    plan: ChangePlan | None = None
    mechanical: MechanicalDraft | None = None
    """What was renamed, moved or upgraded while planning, where the task asks for that."""
    not_by_rules: str = ""
    """Why what it asks for was not done by rules, where a model does it."""
    reproduced: Reproduction | None = None
    drafted: MeasuredDraft | None = None
    view: ApprovalView | None = None
    """The draft as a person sees it."""
    verdict: ReviewVerdict | None = None
    reviews: int = 0
    wishes: tuple[str, ...] = ()
    """What the person who refused a draft wants instead, each time."""
    refused: str = ""
    """The digest of the draft that was refused last."""
    notes: tuple[str, ...] = ()
    not_planned: str = ""
    """Why there is no plan to follow."""
    no_edit: str = ""
    """Why there is no edit: the last thing that stood in the way."""

    def noting(self, *notes: str) -> "ChangeState":
        return replace(self, notes=(*self.notes, *notes))

    def wishing(self, wish: str) -> "ChangeState":
        """Return the state in which the coder goes on with what a person said of the draft."""
        refused = self.drafted.draft.digest if self.drafted is not None else ""
        wishes = (*self.wishes, wish)
        return replace(self, wishes=wishes, refused=refused, verdict=None, reviews=0, no_edit="")

    @property
    def is_by_rules(self) -> bool:
        """Whether what is drafted was done by rules alone."""
        done, drafted = self.mechanical, self.drafted
        if done is None or drafted is None:
            return False
        return done.draft.digest == drafted.draft.digest

    @property
    def doubts(self) -> str:
        """What the person or the reviewer has against the draft."""
        if self.wishes and not self.reviews:
            return f"the person who asked for the change refused it: {self.wishes[-1]}"
        objects = self.verdict is not None and self.verdict.objects
        return "; ".join(self.verdict.reasons) if self.verdict is not None and objects else ""

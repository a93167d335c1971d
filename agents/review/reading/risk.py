"""Which parts of a large change are read, where not all of them can be: those of most risk first.

Risk is told by what can be seen without a model: how much is changed, whether conditions and values
are, whether it is about what harms most when it is wrong, and whether any test names it. Defects
lie where much is changed (Nagappan and Ball, "Use of Relative Code Churn Measures", 2005).
"""

import math
import re
from collections.abc import Sequence

from agents.review.reading.hunk_packs import HunkPack
from tools.diffs.proposal import Proposal
from tools.drafts.draft import Draft

DECIDES = re.compile(
    r"\b(?:if|elif|else|while|for|except|catch|return|and|or|not|case|match)\b|[<>=!]=|[<>]|&&|\|\|"
)
HARMS = re.compile(
    r"(?i)auth|passw|token|secret|crypt|permission|sql|exec|eval|shell|subprocess|delete|remove|drop"
    r"|lock|thread|async|await|transaction|commit|money|price|payment|migrat"
)
UNTESTED, HARMFUL, DECIDING = 1.0, 1.5, 0.5
_WORD = re.compile(r"\w++")


def riskiest(
    proposal: Proposal, packs: Sequence[HunkPack], tests: Sequence[str], limit: int
) -> list[HunkPack]:
    """Return so many parts of a change, those of most risk, in the order of the change."""
    if len(packs) <= limit:
        return list(packs)
    tested = _names_in(proposal.head, tests)
    order = sorted(range(len(packs)), key=lambda at: -_risk(packs[at], tested))
    return [packs[at] for at in sorted(order[:limit])]


def _risk(pack: HunkPack, tested: frozenset[str]) -> float:
    lines = [
        line for hunk in pack.hunks for block in hunk.blocks() for line in (*block.old, *block.new)
    ]
    lines = [line for line in lines if line.strip()]
    name = pack.symbol.rpartition(".")[2]
    risk = math.log1p(len(lines))
    risk += UNTESTED if not name or name not in tested else 0.0
    risk += HARMFUL if any(HARMS.search(line) for line in (name, *lines)) else 0.0
    return risk + DECIDING * math.log1p(sum(DECIDES.search(line) is not None for line in lines))


def _names_in(draft: Draft, tests: Sequence[str]) -> frozenset[str]:
    """Return the words of test files."""
    texts = ((draft.content(path) or b"").decode("utf-8", "replace") for path in tests)
    return frozenset(word for text in texts for word in _WORD.findall(text))

"""The only writers of plans. `comparing` is what making, deciding and applying share."""

from .applying import AppliedPlan, apply_plan
from .deciding import EntryDecision, decide, discard_plan, refresh_plan
from .making import make_plan

__all__ = [
    "AppliedPlan",
    "EntryDecision",
    "apply_plan",
    "decide",
    "discard_plan",
    "make_plan",
    "refresh_plan",
]

"""The base of the merge, plans with what was said of them, and scores."""

from .items import PRDItem, PRDItemEvent
from .plans import PRDPlan, PRDPlanEntry, PRDPlanEntryEvent, PRDPlanEvent
from .scores import ComplexityScore, ComplexityScoreEvent

__all__ = [
    "ComplexityScore",
    "ComplexityScoreEvent",
    "PRDItem",
    "PRDItemEvent",
    "PRDPlan",
    "PRDPlanEntry",
    "PRDPlanEntryEvent",
    "PRDPlanEvent",
]

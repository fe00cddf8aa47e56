"""The base of the merge, and plans: what an import would do, and what was said of it."""

from .items import PRDItem, PRDItemEvent
from .plans import PRDPlan, PRDPlanEntry, PRDPlanEntryEvent, PRDPlanEvent

__all__ = [
    "PRDItem",
    "PRDItemEvent",
    "PRDPlan",
    "PRDPlanEntry",
    "PRDPlanEntryEvent",
    "PRDPlanEvent",
]

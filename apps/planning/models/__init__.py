"""The base of the merge, plans with what was said of them, scores, instances of templates, the
evidence of patterns, suggestions."""

from .instances import (
    TemplateInstance,
    TemplateInstanceEvent,
    TemplateInstanceTask,
    TemplateInstanceTaskEvent,
)
from .items import PRDItem, PRDItemEvent
from .occurrences import PatternEvidence, PatternOccurrence
from .plans import PRDPlan, PRDPlanEntry, PRDPlanEntryEvent, PRDPlanEvent
from .scores import ComplexityScore, ComplexityScoreEvent
from .suggestions import Suggestion, SuggestionEvent

__all__ = [
    "ComplexityScore",
    "ComplexityScoreEvent",
    "PRDItem",
    "PRDItemEvent",
    "PRDPlan",
    "PRDPlanEntry",
    "PRDPlanEntryEvent",
    "PRDPlanEvent",
    "PatternEvidence",
    "PatternOccurrence",
    "Suggestion",
    "SuggestionEvent",
    "TemplateInstance",
    "TemplateInstanceEvent",
    "TemplateInstanceTask",
    "TemplateInstanceTaskEvent",
]

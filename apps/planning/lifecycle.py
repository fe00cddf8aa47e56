"""The moves of a plan and of a suggestion."""

from __future__ import annotations

from .choices import PlanState, SuggestionState

TRANSITIONS: dict[str, frozenset[str]] = {
    PlanState.OPEN: frozenset({PlanState.APPLIED, PlanState.DISCARDED}),
    PlanState.APPLIED: frozenset(),
    PlanState.DISCARDED: frozenset(),
}
SUGGESTION_TRANSITIONS: dict[str, frozenset[str]] = {
    SuggestionState.OPEN: frozenset(
        {SuggestionState.ACCEPTED, SuggestionState.REJECTED, SuggestionState.EXPIRED}
    ),
    SuggestionState.ACCEPTED: frozenset(),
    SuggestionState.REJECTED: frozenset(),
    SuggestionState.EXPIRED: frozenset(),
}

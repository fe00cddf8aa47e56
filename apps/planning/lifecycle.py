"""The moves of a plan."""

from __future__ import annotations

from .choices import PlanState

TRANSITIONS: dict[str, frozenset[str]] = {
    PlanState.OPEN: frozenset({PlanState.APPLIED, PlanState.DISCARDED}),
    PlanState.APPLIED: frozenset(),
    PlanState.DISCARDED: frozenset(),
}

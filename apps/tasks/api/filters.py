"""Filters of tasks that ask more than a column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from apps.core.api.filters import ChoiceFilter

STATES = {
    "ready": "it can be started now",
    "blocked": "it is pending and waits for another task",
    "overdue": "it is open and was due before now",
    "deleted": "it is deleted, and shown here only",
}


@dataclass(frozen=True, kw_only=True)
class StateFilter(ChoiceFilter):
    """What follows from a task and what it is linked to; each value is a queryset's method."""

    choices: Any = tuple(STATES)
    description: str = "; ".join(f"`{name}`: {meaning}" for name, meaning in STATES.items())

    def apply(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        (state,) = self.parse(name, text)
        return getattr(queryset, state)()

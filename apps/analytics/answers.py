"""Every kind of figure by name: how it is read, and what stands above its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from .figures.ageing import read_ageing
from .figures.complexity import read_complexity
from .figures.estimates import read_estimates
from .figures.flow import read_flow
from .figures.sessions import read_sessions
from .figures.throughput import read_throughput
from .figures.times import read_times
from .periods import Period
from .scopes import Scope


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of figure over a period: cut into buckets or taken as a whole."""

    read: Callable[[Scope, Period], dict[str, Any]]
    has_buckets: bool


KINDS: Final = {
    "throughput": Kind(read_throughput, True),
    "times": Kind(read_times, True),
    "flow": Kind(read_flow, True),
    "estimates": Kind(read_estimates, False),
    "complexity": Kind(read_complexity, False),
    "sessions": Kind(read_sessions, True),
}


def answer(kind: str, scope: Scope, period: Period) -> dict[str, Any]:
    """The figures of this kind, below what they are about."""
    head = {
        **about(scope),
        "since": period.local(period.since),
        "until": period.local(period.until),
        "tz": period.tz,
    }
    if KINDS[kind].has_buckets:
        head["bucket"] = period.size
    return {**head, "as_of": period.local(period.as_of), **KINDS[kind].read(scope, period)}


def answer_ageing(scope: Scope, now: datetime, oldest: int) -> dict[str, Any]:
    """The ages of open work at `now`."""
    return {**about(scope), "as_of": now, **read_ageing(scope, now, oldest=oldest)}


def about(scope: Scope) -> dict[str, Any]:
    """Whose work it is."""
    return {
        "repository": scope.repository.name,
        "assignee": scope.assignee or None,
        "prd_id": scope.prd_id,
    }

"""A session's account as the API shows it: rounded only here."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from apps.work_sessions.accounting import SessionAccount
from apps.work_sessions.times import FORMULA, MINUTE, SECOND


def shown_account(account: SessionAccount) -> dict[str, Any]:
    """What `SessionTimeSerializer` shows."""
    return {
        "formula": FORMULA,
        "wall_seconds": _in(account.wall, SECOND),
        "active_seconds": _in(account.active, SECOND),
        "focused_seconds": _in(account.focused, SECOND),
        "spans": account.spans,
        "tasks": [
            {
                "task_id": each.link.task_id,
                "started_at": each.link.started_at,
                "stopped_at": each.link.stopped_at,
                "completed_at": each.link.completed_at,
                "under_way_seconds": _in(each.time_under_way, SECOND),
                "weighed_seconds": _in(each.weighed, SECOND),
                "minutes": _in(each.weighed, MINUTE),
                "total_minutes": _in(each.total, MINUTE),
                "actual_minutes": each.link.task.actual_minutes,
            }
            for each in account.tasks
        ],
    }


def _in(time: int | Fraction, unit: int) -> float:
    return round(float(Fraction(time) / unit), 3)

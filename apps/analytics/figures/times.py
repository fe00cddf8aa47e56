"""How long work took."""

from __future__ import annotations

from typing import Any

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import PERCENTILES, ask, by_bucket, minutes, spread

from .throughput import bounds

# A task that was imported as finished may have been completed before it was made, or started after
# it was completed: what cannot be measured is left out, not counted as nothing.
LEAD = f"CASE WHEN completed_at >= created_at THEN {minutes('completed_at - created_at')} END"
CYCLE = f"CASE WHEN completed_at >= started_at THEN {minutes('completed_at - started_at')} END"
NOTHING: dict[str, Any] = {"completed": 0}
for _name in ("lead", "cycle"):
    NOTHING[f"{_name}_count"] = 0
    NOTHING.update(dict.fromkeys([f"{_name}_minutes_{s}" for s in ("mean", *PERCENTILES)]))


def read_times(scope: Scope, period: Period) -> dict[str, Any]:
    """Lead and cycle time of the tasks completed in each bucket, and in all of them. One
    statement."""
    rows = ask(
        f"""
        WITH measured AS (
            SELECT width_bucket(completed_at, %(starts)s::timestamptz[]) AS bucket,
                {LEAD} AS lead, {CYCLE} AS cycle
            FROM tasks
            WHERE {scope.live} AND completed_at >= %(since)s AND completed_at < %(until)s
        )
        SELECT bucket, count(*) AS completed,
            count(lead) AS lead_count, {spread("lead", "lead_minutes")},
            count(cycle) AS cycle_count, {spread("cycle", "cycle_minutes")}
        FROM measured
        GROUP BY GROUPING SETS ((bucket), ())
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        **bounds(period),
    )
    whole = next(row for row in rows if row["bucket"] is None)
    return {
        "total": {name: whole[name] for name in NOTHING},
        "buckets": by_bucket(period, rows, NOTHING),
    }

"""What becomes of simple work, and of hard work."""

from __future__ import annotations

from typing import Any

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import PERCENTILES, ask, rounded, spread

from .estimates import COMPLEXITIES
from .throughput import bounds
from .times import CYCLE, LEAD

NOTHING: dict[str, Any] = {
    "created": 0,
    "created_completed": 0,
    "completion_share": None,
    "completed": 0,
}
for _name in ("lead", "cycle", "actual"):
    NOTHING[f"{_name}_count"] = 0
    NOTHING.update(dict.fromkeys([f"{_name}_minutes_{s}" for s in ("mean", *PERCENTILES)]))
NOTHING["actual_minutes"] = 0


def read_complexity(scope: Scope, period: Period) -> dict[str, Any]:
    """By complexity: the tasks made in the period and how many of them are completed by now; the
    tasks completed in the period and how long they took. One statement."""
    measures = ", ".join(
        f"count({name}) AS {name}_count, {spread(name, f'{name}_minutes')}"
        for name in ("lead", "cycle", "actual")
    )
    rows = ask(
        f"""
        WITH counted AS (
            SELECT complexity, true AS is_made, status = 'completed' AS is_done,
                NULL::float8 AS lead, NULL::float8 AS cycle, NULL::float8 AS actual
            FROM tasks
            WHERE {scope.live} AND id >= %(first)s AND id < %(last)s
            UNION ALL
            SELECT complexity, false, true, {LEAD}, {CYCLE}, actual_minutes::float8
            FROM tasks
            WHERE {scope.live} AND completed_at >= %(since)s AND completed_at < %(until)s
        )
        SELECT grouping(complexity) = 1 AS is_total, complexity,
            count(*) FILTER (WHERE is_made) AS created,
            count(*) FILTER (WHERE is_made AND is_done) AS created_completed,
            {
            rounded(
                "count(*) FILTER (WHERE is_made AND is_done)::numeric"
                " / nullif(count(*) FILTER (WHERE is_made), 0)",
                4,
            )
        } AS completion_share,
            count(*) FILTER (WHERE NOT is_made) AS completed,
            {measures},
            coalesce(sum(actual), 0)::bigint AS actual_minutes
        FROM counted
        GROUP BY GROUPING SETS ((complexity), ())
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        **bounds(period),
    )
    whole = next(row for row in rows if row["is_total"])
    groups = {row["complexity"]: row for row in rows if not row["is_total"]}
    return {
        "total": {name: whole[name] for name in NOTHING},
        "complexities": [
            {
                "complexity": name,
                **{key: groups.get(name, NOTHING)[key] for key in NOTHING},
            }
            for name in COMPLEXITIES
        ],
    }

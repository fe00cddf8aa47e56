"""How much work came, was done and was dropped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import ask, by_bucket
from apps.core.ids import uuid7_floor

# The event with which a cancelled task came into that status: the first after the last of another.
ENTERED = """
    SELECT pgh_id
    FROM tasks_events
    WHERE pgh_obj_id = tasks.id AND pgh_id > coalesce(
        (
            SELECT pgh_id FROM tasks_events
            WHERE pgh_obj_id = tasks.id AND status <> 'cancelled'
            ORDER BY pgh_id DESC LIMIT 1
        ),
        '00000000-0000-0000-0000-000000000000'
    )
    ORDER BY pgh_id LIMIT 1
"""
# A row is stamped before its event is written: with a large statement, a good while before.
STATEMENT = timedelta(days=1)
NAMES = ("created", "completed", "cancelled")
NOTHING = dict.fromkeys(NAMES, 0)


def read_throughput(scope: Scope, period: Period) -> dict[str, Any]:
    """Live tasks created, completed and cancelled in each bucket, and in all of them. One
    statement.

    A task counts as completed when it is completed now, at the time of its last completion; as
    cancelled likewise, by history.
    """
    rows = ask(
        f"""
        WITH counted AS (
            SELECT 'created' AS what, width_bucket(id, %(keys)s::uuid[]) AS bucket
            FROM tasks
            WHERE {scope.live} AND id >= %(first)s AND id < %(last)s
            UNION ALL
            SELECT 'completed', width_bucket(completed_at, %(starts)s::timestamptz[])
            FROM tasks
            WHERE {scope.live} AND completed_at >= %(since)s AND completed_at < %(until)s
            UNION ALL
            SELECT 'cancelled', width_bucket(entered.pgh_id, %(keys)s::uuid[])
            FROM tasks CROSS JOIN LATERAL ({ENTERED}) AS entered
            WHERE {scope.live} AND status = 'cancelled' AND updated_at >= %(touched)s
                AND entered.pgh_id >= %(first)s AND entered.pgh_id < %(last)s
        )
        SELECT bucket, {", ".join(f"count(*) FILTER (WHERE what = '{n}') AS {n}" for n in NAMES)}
        FROM counted
        GROUP BY bucket
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        touched=period.since - STATEMENT,
        **bounds(period),
    )
    buckets = by_bucket(period, rows, NOTHING)
    return {
        "total": {name: sum(bucket[name] for bucket in buckets) for name in NAMES},
        "buckets": buckets,
    }


def bounds(period: Period) -> dict[str, Any]:
    """The parameters that say what lies in the period, and in which bucket."""
    return {
        "since": period.since,
        "until": period.until,
        "first": uuid7_floor(period.since),
        "last": uuid7_floor(period.until),
        "starts": period.starts,
        "keys": period.start_keys,
    }

"""How much work came, was done and was dropped."""

from __future__ import annotations

from typing import Any

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import ask, by_bucket
from apps.core.ids import uuid7_floor

from .moves import moves

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
        WITH {moves(scope)},
        last_moves AS (
            SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, pgh_id, status
            FROM moves
            WHERE status IS DISTINCT FROM status_before
            ORDER BY pgh_obj_id, pgh_id DESC
        ),
        last_images AS (
            SELECT DISTINCT ON (pgh_obj_id) pgh_obj_id, cell
            FROM moves
            ORDER BY pgh_obj_id, pgh_id DESC
        ),
        counted AS (
            SELECT 'created' AS what, width_bucket(id, %(keys)s::uuid[]) AS bucket
            FROM tasks
            WHERE {scope.live} AND id >= %(first)s AND id < %(last)s
            UNION ALL
            SELECT 'completed', width_bucket(completed_at, %(starts)s::timestamptz[])
            FROM tasks
            WHERE {scope.live} AND completed_at >= %(since)s AND completed_at < %(until)s
            UNION ALL
            SELECT 'cancelled', width_bucket(pgh_id, %(keys)s::uuid[])
            FROM last_moves JOIN last_images USING (pgh_obj_id)
            WHERE status = 'cancelled' AND cell = 'cancelled' AND pgh_id < %(last)s
        )
        SELECT bucket, {", ".join(f"count(*) FILTER (WHERE what = '{n}') AS {n}" for n in NAMES)}
        FROM counted
        GROUP BY bucket
        """,  # noqa: S608  (names and parameters of ours)
        scope,
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

"""Cumulative flow: how many tasks stood in each status when each bucket ended."""

from __future__ import annotations

from typing import Any

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import ask
from apps.core.ids import uuid7_floor
from apps.tasks.choices import TaskStatus

from .moves import moves

STATUSES = tuple(TaskStatus.values)


def read_flow(scope: Scope, period: Period) -> dict[str, Any]:
    """The number of live tasks in each status at the start, and at the end of each bucket. One
    statement.

    It is reckoned backwards: today's numbers, less what has moved since. So only changes after
    `since` are read, however long the history is.
    """
    rows = ask(
        f"""
        WITH {moves(scope)},
        steps AS (
            SELECT width_bucket(pgh_id, %(borders)s::uuid[]) AS border, cell AS status, 1 AS step
            FROM moves
            WHERE cell IS DISTINCT FROM cell_before AND cell IS NOT NULL
            UNION ALL
            SELECT width_bucket(pgh_id, %(borders)s::uuid[]), cell_before, -1
            FROM moves
            WHERE cell IS DISTINCT FROM cell_before AND cell_before IS NOT NULL
        ),
        after AS (
            SELECT border, status, sum(step) AS step FROM steps GROUP BY border, status
        ),
        today AS (
            SELECT status, count(*) AS tasks FROM tasks WHERE {scope.live} GROUP BY status
        )
        SELECT border, status,
            (coalesce(tasks, 0) - sum(coalesce(step, 0)) OVER (
                PARTITION BY status ORDER BY border DESC
            ))::bigint AS tasks
        FROM generate_series(1, %(last_border)s) AS borders (border)
        CROSS JOIN unnest(%(statuses)s::text[]) AS statuses (status)
        LEFT JOIN after USING (border, status)
        LEFT JOIN today USING (status)
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        first=uuid7_floor(period.since),
        borders=period.borders,
        last_border=len(period.borders),
        statuses=list(STATUSES),
    )
    tasks: dict[int, dict[str, int]] = {}
    for row in rows:
        tasks.setdefault(row["border"], {})[row["status"]] = row["tasks"]
    return {
        "opening": _counts(tasks[1]),
        "buckets": [
            {
                "start": period.local(bucket.start),
                "end": period.local(bucket.end),
                "complete": bucket.complete,
                **_counts(tasks[number + 1]),
            }
            for number, bucket in enumerate(period.buckets, start=1)
        ],
    }


def _counts(found: dict[str, int]) -> dict[str, int]:
    return {status: found[status] for status in STATUSES}

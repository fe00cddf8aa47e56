"""How old open work is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from apps.analytics.scopes import Scope
from apps.analytics.statements import PERCENTILES, ask, minutes, rounded, spread

# Where the bins begin, in days of 24 hours.
BINS: Final = (0, 1, 3, 7, 14, 30, 90)
MINUTES_A_DAY: Final = 24 * 60
MOST_ASSIGNEES: Final = 50
KINDS: Final = ("open", "in_progress")


def read_ageing(scope: Scope, now: datetime, *, oldest: int = 10) -> dict[str, Any]:
    """The ages of the open tasks at `now`: since they were made, and since work began on those
    that are in progress; the `oldest` of them, and who has how much in work. One statement."""
    [row] = ask(
        f"""
        WITH work AS MATERIALIZED (
            SELECT id, assignee, created_at, started_at, status,
                greatest({minutes("%(now)s - created_at")}, 0) AS age,
                CASE WHEN status = 'in_progress'
                    THEN greatest({minutes("%(now)s - started_at")}, 0) END AS working
            FROM tasks
            WHERE {scope.live} AND status IN ('pending', 'in_progress')
        ),
        hands AS (
            SELECT nullif(assignee, '') AS assignee, count(*) AS in_progress,
                {rounded("max(working)")} AS in_progress_minutes_max,
                row_number() OVER (ORDER BY count(*) DESC, assignee) AS place
            FROM work WHERE working IS NOT NULL GROUP BY assignee
        )
        SELECT json_build_object(
            'open', (SELECT row_to_json(x) FROM (
                SELECT count(*), {spread("age", "age_minutes")} FROM work) AS x),
            'in_progress', (SELECT row_to_json(x) FROM (
                SELECT count(working), {spread("working", "age_minutes")} FROM work) AS x),
            'open_bins', (SELECT json_object_agg(bin, tasks) FROM (
                SELECT width_bucket(age, %(bins)s::float8[]) AS bin, count(*) AS tasks
                FROM work GROUP BY bin) AS x),
            'in_progress_bins', (SELECT json_object_agg(bin, tasks) FROM (
                SELECT width_bucket(working, %(bins)s::float8[]) AS bin, count(*) AS tasks
                FROM work WHERE working IS NOT NULL GROUP BY bin) AS x),
            'assignees', (SELECT json_agg(row_to_json(x) ORDER BY place) FROM (
                SELECT * FROM hands WHERE place <= %(most)s) AS x),
            'other_assignees', (SELECT count(*) FROM hands WHERE place > %(most)s),
            'oldest', (SELECT json_agg(row_to_json(x) ORDER BY x.id) FROM (
                SELECT id, status, nullif(assignee, '') AS assignee, created_at, started_at,
                    {rounded("age")} AS age_minutes, {rounded("working")} AS in_progress_minutes,
                    (SELECT content FROM tasks WHERE tasks.id = work.id) AS content
                FROM work ORDER BY work.id LIMIT %(oldest)s) AS x)
        )::text AS found
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        now=now,
        bins=[days * MINUTES_A_DAY for days in BINS],
        most=MOST_ASSIGNEES,
        oldest=oldest,
    )
    found = json.loads(row["found"])
    return {
        **{kind: _spread(found[kind]) for kind in KINDS},
        "bins": list(_bins(found)),
        "assignees": [
            {name: each[name] for name in ("assignee", "in_progress", "in_progress_minutes_max")}
            for each in found["assignees"] or ()
        ],
        "other_assignees": found["other_assignees"],
        "oldest": [_task(each) for each in found["oldest"] or ()],
    }


def _spread(found: dict[str, Any]) -> dict[str, Any]:
    names = ("count", *(f"age_minutes_{suffix}" for suffix in ("mean", *PERCENTILES)))
    return {name: found[name] for name in names}


def _bins(found: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for number, days in enumerate(BINS, start=1):
        yield {
            "from_days": days,
            "to_days": BINS[number] if number < len(BINS) else None,
            **{kind: (found[f"{kind}_bins"] or {}).get(str(number), 0) for kind in KINDS},
        }


def _task(found: dict[str, Any]) -> dict[str, Any]:
    started = found["started_at"]
    return {
        "id": UUID(found["id"]),
        "content": found["content"],
        "status": found["status"],
        "assignee": found["assignee"],
        "created_at": datetime.fromisoformat(found["created_at"]),
        "started_at": None if started is None else datetime.fromisoformat(started),
        "age_minutes": found["age_minutes"],
        "in_progress_minutes": found["in_progress_minutes"],
    }

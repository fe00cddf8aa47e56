"""Work sessions: how many, how long they were active, how they were judged, with which tools."""

from __future__ import annotations

import json
from typing import Any, Final

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import ask, by_bucket, rounded
from apps.work_sessions.productivity import WEIGHTS

# A score is never shown without what it follows from, a mean of scores neither.
FACTORS: Final = tuple(WEIGHTS)
MOST_TOOLS: Final = 50
NOTHING: Final = {"sessions": 0, "active_minutes": 0.0, "tasks_completed": 0}
TOTAL: Final = (
    "sessions",
    "active_sessions",
    "ended_sessions",
    "abandoned_sessions",
    "people",
    "active_minutes",
    "tasks_completed",
    "scored",
)


def read_sessions(scope: Scope, period: Period) -> dict[str, Any]:
    """The sessions that began in each bucket, the minutes in which sessions were active in it, and
    the tasks that were completed in sessions in it; of the whole also scores and tools. One
    statement.

    A session that goes on ends, for this, when it was last heard of.
    """
    [row] = ask(
        f"""
        WITH chosen AS MATERIALIZED (
            SELECT id, state, actor_id, tools_used, start_time,
                productivity_score AS score, productivity_version AS version,
                productivity_factors -> 'factors' AS factors,
                greatest(coalesce(end_time, last_seen_at), start_time) AS ended
            FROM work_sessions
            WHERE repository_id = %(repository)s AND start_time < %(until)s
                AND greatest(coalesce(end_time, last_seen_at), start_time) >= %(since)s
                {_narrowed(scope)}
        ),
        begun AS MATERIALIZED (
            SELECT *, width_bucket(start_time, %(starts)s::timestamptz[]) AS bucket
            FROM chosen WHERE start_time >= %(since)s
        ),
        stretches AS MATERIALIZED (
            -- Spans of one session that overlap count once.
            SELECT lower(stretch) AS started, upper(stretch) AS stopped
            FROM (
                SELECT range_agg(tstzrange(
                    greatest(span.started_at, start_time), least(span.until, ended)
                )) AS found
                FROM chosen JOIN session_spans AS span ON span.session_id = chosen.id
                WHERE greatest(span.started_at, start_time) < least(span.until, ended)
                GROUP BY chosen.id
            ) AS spans CROSS JOIN unnest(found) AS stretch
        ),
        spent AS MATERIALIZED (
            SELECT bucket, extract(epoch FROM sum(
                least(stopped, bucket_end) - greatest(started, bucket_start)
            )) / 60 AS minutes
            FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[])
                WITH ORDINALITY AS buckets (bucket_start, bucket_end, bucket)
            JOIN stretches ON started < bucket_end AND stopped > bucket_start
            GROUP BY bucket
        ),
        done AS MATERIALIZED (
            SELECT width_bucket(link.completed_at, %(starts)s::timestamptz[]) AS bucket, task_id
            FROM chosen JOIN session_tasks AS link ON link.session_id = chosen.id
            WHERE link.completed_at >= %(since)s AND link.completed_at < %(until)s
                AND {_counts(scope)}
        ),
        tools AS (
            SELECT tool, count(*) AS sessions,
                row_number() OVER (ORDER BY count(*) DESC, tool) AS place
            FROM begun CROSS JOIN jsonb_array_elements_text(tools_used) AS tool
            GROUP BY tool
        )
        SELECT json_build_object(
            'total', (SELECT row_to_json(x) FROM (
                SELECT count(*) AS sessions,
                    count(*) FILTER (WHERE state = 'active') AS active_sessions,
                    count(*) FILTER (WHERE state = 'ended') AS ended_sessions,
                    count(*) FILTER (WHERE state = 'abandoned') AS abandoned_sessions,
                    count(DISTINCT actor_id) AS people,
                    (SELECT {rounded("coalesce(sum(minutes), 0)")} FROM spent) AS active_minutes,
                    (SELECT count(DISTINCT task_id) FROM done) AS tasks_completed,
                    count(score) AS scored
                FROM begun) AS x),
            'scores', (SELECT json_agg(row_to_json(x) ORDER BY version) FROM (
                SELECT version, count(*) AS sessions, {rounded("avg(score)", 4)} AS score_mean,
                    {_factor_means()}
                FROM begun LEFT JOIN LATERAL ({_factors()}) AS factors ON true
                WHERE score IS NOT NULL GROUP BY version) AS x),
            'tools', (SELECT json_agg(row_to_json(x) ORDER BY place) FROM (
                SELECT * FROM tools WHERE place <= %(most)s) AS x),
            'other_tools', (SELECT count(*) FROM tools WHERE place > %(most)s),
            'buckets', (SELECT json_agg(row_to_json(x)) FROM (
                SELECT bucket, coalesce(begun_count, 0) AS sessions,
                    {rounded("coalesce(minutes, 0)")} AS active_minutes,
                    coalesce(done_count, 0) AS tasks_completed
                FROM spent
                FULL JOIN (SELECT bucket::bigint, count(*) AS begun_count
                    FROM begun GROUP BY bucket) AS b USING (bucket)
                FULL JOIN (SELECT bucket::bigint, count(DISTINCT task_id) AS done_count
                    FROM done GROUP BY bucket) AS d USING (bucket)) AS x)
        )::text AS found
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        since=period.since,
        until=period.until,
        starts=period.starts,
        ends=[bucket.end for bucket in period.buckets],
        most=MOST_TOOLS,
    )
    found = json.loads(row["found"])
    return {
        "total": {name: found["total"][name] for name in TOTAL},
        "scores": found["scores"] or [],
        "tools": [
            {"tool": each["tool"], "sessions": each["sessions"]} for each in found["tools"] or ()
        ],
        "other_tools": found["other_tools"],
        "buckets": by_bucket(period, found["buckets"] or [], NOTHING),
    }


def _factors() -> str:
    """SQL: the factors of one session's score in a row; null for one that it was not judged by."""
    picked = ", ".join(
        f"max({column}) FILTER (WHERE name = '{name}') AS {name}_{column}"
        for name in FACTORS
        for column in ("value", "contribution")
    )
    return f"""
        SELECT {picked}
        FROM jsonb_to_recordset(CASE jsonb_typeof(factors) WHEN 'array' THEN factors END)
            AS each (name text, value float8, contribution float8)
    """  # noqa: S608  (names of ours)


def _factor_means() -> str:
    """SQL: of each factor how many sessions were judged by it, the mean of its value over these,
    and the mean of what it brought over all: together these make the mean score."""
    return ", ".join(
        f"count({name}_value) AS {name}_sessions,"
        f" {rounded(f'avg({name}_value)', 4)} AS {name}_value_mean,"
        f" {rounded(f'avg(coalesce({name}_contribution, 0))', 4)} AS {name}_contribution_mean"
        for name in FACTORS
    )


def _counts(scope: Scope) -> str:
    """SQL: whether the task of a link is live and in the scope."""
    # A scalar sub-query: a join to a partitioned table may read whole partitions.
    return f"(SELECT true FROM tasks WHERE tasks.id = link.task_id AND {scope.narrowing})"  # noqa: S608


def _narrowed(scope: Scope) -> str:
    """SQL: of a narrowed scope, only sessions that worked on one of its tasks."""
    if not scope.is_narrowed:
        return ""
    return f"""AND EXISTS (
        SELECT FROM session_tasks AS link
        WHERE link.session_id = work_sessions.id AND {_counts(scope)}
    )"""

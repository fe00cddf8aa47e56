"""Work sessions of made-up tasks: what their session ids and times say, put into rows by SQL.

A modest number: the newest of each seed. Their triggers stay on, so they have their history; they
are closed, of nobody (a seed makes no users), and without a score. A task may be under way for
days, a session is not: it lasts some hours at most, and what is not completed by then is stopped.
"""

from __future__ import annotations

from typing import Any

MOST_SESSIONS = 5_000

SESSIONS = """
    INSERT INTO work_sessions
        (repository_id, session_id, state, start_time, end_time, last_seen_at)
    SELECT repository_id, session_id,
        CASE WHEN hashtext(session_id) %% 20 = 0 THEN 'abandoned' ELSE 'ended' END,
        begun, ended, ended
    FROM (
        SELECT *, least(
            greatest(begun, until),
            -- From half an hour to nearly five, always the same for the same session.
            begun + make_interval(mins => 30 + (hashtext(session_id) & 255))
        ) AS ended
        FROM (
            SELECT tasks.repository_id, tasks.session_id, min(started_at) AS begun,
                max(coalesce(completed_at, started_at)) AS until
            FROM tasks JOIN repositories ON repositories.id = tasks.repository_id
            WHERE starts_with(repositories.name, %s) AND tasks.session_id <> ''
                AND tasks.started_at IS NOT NULL AND tasks.deleted_at IS NULL
            GROUP BY tasks.repository_id, tasks.session_id
            ORDER BY until DESC, tasks.repository_id, tasks.session_id
            LIMIT %s
        ) AS newest
    ) AS found
    ORDER BY begun, repository_id, session_id
"""
SPANS = """
    INSERT INTO session_spans (session_id, started_at, until)
    SELECT work_sessions.id, start_time, end_time
    FROM work_sessions JOIN repositories ON repositories.id = work_sessions.repository_id
    WHERE starts_with(repositories.name, %s)
    ORDER BY work_sessions.id
"""
TASKS = """
    INSERT INTO session_tasks (session_id, task_id, started_at, stopped_at, completed_at)
    SELECT work_sessions.id, tasks.id, tasks.started_at,
        CASE WHEN coalesce(tasks.completed_at > end_time, true) THEN end_time END,
        CASE WHEN tasks.completed_at <= end_time
            THEN greatest(tasks.completed_at, tasks.started_at) END
    FROM work_sessions JOIN repositories ON repositories.id = work_sessions.repository_id
    JOIN tasks ON tasks.repository_id = work_sessions.repository_id
        AND tasks.session_id = work_sessions.session_id
    WHERE starts_with(repositories.name, %s)
        AND tasks.started_at <= end_time AND tasks.deleted_at IS NULL
    ORDER BY work_sessions.id, tasks.id
"""
TABLES = ("work_sessions", "session_spans", "session_tasks")


def write_sessions(cursor: Any, prefix: str) -> dict[str, int]:
    """Write the sessions of the repositories whose names begin with `prefix`; rows by table."""
    rows = {}
    cursor.execute(SESSIONS, [prefix, MOST_SESSIONS])
    rows["work_sessions"] = cursor.rowcount
    for table, statement in (("session_spans", SPANS), ("session_tasks", TASKS)):
        cursor.execute(statement, [prefix])
        rows[table] = cursor.rowcount
    return rows

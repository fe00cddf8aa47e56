"""A repository of seeded tasks as it was at a moment of its past, made from its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db import connection

# What history changes of a seeded task; the rest is as it was made.
MOVING = (
    "status", "session_id", "assignee", "actual_minutes", "acceptance_criteria", "started_at",
    "completed_at", "version", "updated_at", "deleted_at", "deletion_batch",
)  # fmt: skip
EVENTS = """
    SELECT pgh_obj_id, pgh_created_at, status, session_id, assignee, completed_at,
        lag(status) OVER (PARTITION BY pgh_obj_id ORDER BY version)
    FROM past ORDER BY pgh_created_at, version
"""
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
FLOW = ("Design", "Implement", "Test", "Document")


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a task: it was started, or completed."""

    at: datetime
    task: UUID
    stream: tuple[str, str]

    @property
    def session(self) -> str:
        return self.stream[0]


class Past:
    """One repository, whose tasks can be put back to any moment, forwards in time.

    The caller is the owner of the tables and rolls everything back in the end.
    """

    def __init__(self, repository_id: UUID) -> None:
        self.repository_id = repository_id
        self.now = BEGINNING
        _do("DROP TABLE IF EXISTS past")
        _do(
            "CREATE TEMPORARY TABLE past ON COMMIT DROP AS"
            " SELECT * FROM tasks_events WHERE repository_id = %s",
            repository_id,
        )
        _do("CREATE INDEX ON past (pgh_created_at)")
        _do("ANALYZE past")
        for table in ("tasks", "tasks_events"):
            _do(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        # Of later claims and events nothing was known; a task that is yet to come is not there.
        _do("DELETE FROM task_claims")
        _do("DELETE FROM tasks_events WHERE repository_id = %s", repository_id)
        _do(
            "UPDATE tasks SET deleted_at = '2000-01-01', deletion_batch = id, status = 'pending',"
            " completed_at = NULL, started_at = NULL WHERE repository_id = %s",
            repository_id,
        )
        self.moments = list(_ask(EVENTS))

    def advance(self, to: datetime) -> None:
        """Let happen what happened up to `to`."""
        columns = ", ".join(f"{name} = seen.{name}" for name in MOVING)
        window = "pgh_created_at > %s AND pgh_created_at <= %s"
        _do(
            f"UPDATE tasks SET {columns} FROM (SELECT DISTINCT ON (pgh_obj_id) * FROM past"
            f" WHERE {window} ORDER BY pgh_obj_id, version DESC) AS seen"
            " WHERE tasks.id = seen.pgh_obj_id",
            self.now,
            to,
        )
        _do(f"INSERT INTO tasks_events SELECT * FROM past WHERE {window}", self.now, to)
        self.now = to

    def look_around(self) -> None:
        """Let the planner know what there is by now."""
        _do("ANALYZE tasks")

    def completions(self) -> list[Moment]:
        """Each time that a task came to be completed, in order."""
        return [
            Moment(at, task, (session, "" if session else assignee))
            for task, at, status, session, assignee, _, before in self.moments
            if status == "completed" and before != "completed"
        ]

    def starts(self) -> list[Moment]:
        """Each time that a pending task was started."""
        return [
            Moment(at, task, (session, assignee))
            for task, at, status, session, assignee, _, before in self.moments
            if status == "in_progress" and before == "pending"
        ]

    def plant(self, share: float) -> dict[str, int]:
        """Let the tasks of a share of the sessions follow a flow; how many of each session."""
        orders: dict[str, list[UUID]] = {}
        for each in self.completions():
            tasks = orders.setdefault(each.session, [])
            if each.session and each.task not in tasks:
                tasks.append(each.task)
        things = ("gate", "ledger", "calendar", "invoice", "map view", "roster", "search box")
        planted: dict[str, int] = {}
        for session, tasks in orders.items():
            number = crc32(session.encode())
            if not session or number % 100 >= share * 100:
                continue
            thing = things[number // 100 % len(things)]
            planted[session] = len(tasks)
            for place, task in enumerate(tasks):
                content = f"{FLOW[place % len(FLOW)]} the {thing}"
                _do("UPDATE tasks SET content = %s, tags = '[]' WHERE id = %s", content, task)
        return planted


def following(moments: list[Moment], pause: timedelta) -> Iterator[tuple[Moment, Moment]]:
    """Each completion with the next one of the same hand, if that came soon; in order of time."""
    streams: dict[tuple[str, str], list[Moment]] = {}
    for each in moments:
        if any(each.stream):
            streams.setdefault(each.stream, []).append(each)
    found = [
        (first, second)
        for stream in streams.values()
        for first, second in pairwise(stream)
        if second.at - first.at <= pause and second.task != first.task
    ]
    yield from sorted(found, key=lambda pair: (pair[0].at, pair[0].task))


def _do(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters or None)


def _ask(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())

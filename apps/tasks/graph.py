"""The graph of a repository's tasks: who stands below whom, who waits for whom.

The database keeps both free of circles (`triggers`), whoever writes. Here is the lock under which
it does so, and how its refusal is read.
"""

from __future__ import annotations

import json
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection

from .triggers import GRAPH_LOCK


def lock_graph(repository_id: UUID) -> None:
    """One writer of a repository's parents and dependencies at a time, until the transaction ends.

    The triggers take the same lock. A service takes it first, before it locks rows: else it would
    hold a row that the present writer may want, and wait for the writer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [GRAPH_LOCK, str(repository_id)]
        )


def is_graph_locked(repository_id: UUID) -> bool:
    """Whether somebody writes parents or dependencies of the repository at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = %s AND objid = (hashtext(%s)::bigint & 4294967295)::oid AND granted)",
            [GRAPH_LOCK, str(repository_id)],
        )
        [(found,)] = cursor.fetchall()
    return bool(found)


def refused_circle(error: DatabaseError, constraint: str) -> list[str]:
    """The circle, [task, …, the same task], that a trigger refused by `constraint`; else []."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error) or cause.diag.constraint_name != constraint:
        return []
    return [str(step) for step in json.loads(cause.diag.message_detail or "[]")]

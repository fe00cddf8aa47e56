"""The graphs of dependencies and of parents: whether a new edge would close a circle."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

# Namespace of the advisory locks; the second number is a hash of the repository's id.
GRAPH_LOCK = 0x7A5C

# Walks what the new dependencies depend on, edge by edge, until it meets the task. UNION keeps each
# edge once, so that a diamond does not multiply; the path is rebuilt from the edges it took.
REACHABLE = """
    WITH RECURSIVE reached (task_id, through) AS (
        SELECT start, NULL::uuid FROM unnest(%(starts)s::uuid[]) AS start
        UNION
        SELECT edge.depends_on_id, edge.task_id
        FROM reached JOIN task_dependencies AS edge ON edge.task_id = reached.task_id
        WHERE edge.kind = 'blocks' AND reached.task_id <> %(task)s
    )
    SELECT task_id, through FROM reached
"""

# The parents of a task, upwards, until they meet the task that is to stand below it.
ANCESTORS = """
    WITH RECURSIVE line (id, parent_task_id) AS (
        SELECT id, parent_task_id FROM tasks WHERE id = %(parent)s
        UNION
        SELECT above.id, above.parent_task_id
        FROM line JOIN tasks AS above ON above.id = line.parent_task_id
        WHERE line.id <> %(task)s
    )
    SELECT id, parent_task_id FROM line
"""


def lock_graph(repository_id: UUID) -> None:
    """One writer of a repository's parents and dependencies at a time, until the transaction ends.

    To be called before rows are locked: else a service would hold a row that the present writer
    may want, and wait for the writer.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [GRAPH_LOCK, str(repository_id)]
        )


def find_cycle(task_id: UUID, depends_on: Sequence[UUID]) -> list[UUID]:
    """The circle that `task_id` → each of `depends_on` would close, as [task, …, task]; else [].

    Holds only as long as the caller keeps other writers of dependencies out.
    """
    if not depends_on:
        return []
    with connection.cursor() as cursor:
        cursor.execute(REACHABLE, {"starts": list(depends_on), "task": task_id})
        came_from: dict[UUID, UUID | None] = {}
        for reached, through in cursor.fetchall():
            # A start needs no way to it, whatever else leads there.
            if through is None or reached not in came_from:
                came_from[reached] = through
    if task_id not in came_from:
        return []
    path = [task_id]
    step: UUID | None = came_from[task_id]
    while step is not None:
        path.append(step)
        step = came_from[step]
    return [task_id, *reversed(path)]


def find_parent_cycle(task_id: UUID, parent_id: UUID) -> list[UUID]:
    """The circle that `parent_id` as the parent of `task_id` would close, as `find_cycle`."""
    with connection.cursor() as cursor:
        cursor.execute(ANCESTORS, {"parent": parent_id, "task": task_id})
        above: dict[UUID, UUID | None] = dict(cursor.fetchall())
    if task_id not in above:
        return []
    path = [task_id]
    step: UUID | None = parent_id
    while step is not None and step != task_id:
        path.append(step)
        step = above[step]
    return [*path, task_id]

"""The dependency graph: whether new edges would close a circle."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

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

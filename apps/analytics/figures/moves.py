"""What history says of the moves of tasks: into a status, out of it, into the scope, out of it."""

from __future__ import annotations

from apps.analytics.scopes import Scope


def moves(scope: Scope) -> str:
    """SQL for WITH: `moves`, each change of the repository's tasks from the key `%(first)s` on.

    `status` and `cell` are those after the change, `status_before` and `cell_before` those before
    it. A cell is the status while the task is live and in the scope, else null: a deletion or
    another assignee empties it. Of each task only the image before the first change is looked up,
    by its key; the others are neighbours. `number` counts back: 1 is the task's last change.
    """
    cell = f"CASE WHEN pgh_label <> 'delete' AND {scope.narrowing} THEN status END"
    return f"""
        changes AS (
            SELECT pgh_obj_id, pgh_id, pgh_label, status, {cell} AS cell,
                lag(status) OVER story AS status_before,
                lag({cell}) OVER story AS cell_before,
                row_number() OVER story = 1 AS is_first
            FROM tasks_events
            WHERE repository_id = %(repository)s AND pgh_id >= %(first)s
            WINDOW story AS (PARTITION BY pgh_obj_id ORDER BY pgh_id)
        ),
        moves AS (
            SELECT changes.pgh_obj_id, changes.pgh_id, changes.status, changes.cell,
                CASE WHEN is_first THEN older.status ELSE status_before END AS status_before,
                CASE WHEN is_first THEN older.cell ELSE cell_before END AS cell_before
            FROM changes LEFT JOIN LATERAL (
                SELECT status, {cell} AS cell
                FROM tasks_events
                WHERE is_first AND changes.pgh_label <> 'insert'
                    AND pgh_obj_id = changes.pgh_obj_id AND pgh_id < %(first)s
                ORDER BY pgh_id DESC
                LIMIT 1
            ) AS older ON true
        )
    """  # noqa: S608  (names and parameters of ours)

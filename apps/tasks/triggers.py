"""What the database keeps true of tasks whoever writes them: moves, times, and a sound graph."""

from __future__ import annotations

from typing import Any

import pgtrigger

from apps.core.triggers import Definer, Enforced, Transitions, record_triggers
from apps.outbox.triggers import emits
from apps.prds.complexity import COLUMNS as COMPLEXITY_COLUMNS

from .lifecycle import TRANSITIONS

# Namespace of the advisory locks; the second number is a hash of the repository's id.
GRAPH_LOCK = 0x7A5C

# completed_at is set exactly while the status is completed. A time that is given with the change
# (an import of finished work) stands; a time given on its own, later, does not.
KEEP_TIMES = """
    IF NEW.status = 'completed' THEN
        IF TG_OP = 'UPDATE' AND OLD.status = 'completed' THEN
            NEW.completed_at = OLD.completed_at;
        ELSE
            NEW.completed_at = coalesce(NEW.completed_at, clock_timestamp());
        END IF;
    ELSE
        NEW.completed_at = NULL;
    END IF;
    IF NEW.status = 'pending' THEN
        NEW.started_at = NULL;
    ELSIF TG_OP = 'UPDATE' AND OLD.started_at IS NOT NULL THEN
        NEW.started_at = OLD.started_at;
    ELSIF NEW.status = 'in_progress' THEN
        NEW.started_at = coalesce(NEW.started_at, clock_timestamp());
    END IF;
    RETURN NEW;
"""

# Each writer must see what the one before it has committed. Under READ COMMITTED every statement
# after the lock does; a snapshot that is older than the lock does not.
LOCK_GRAPH = f"""
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'parents and dependencies of tasks are written under READ COMMITTED only'
            USING ERRCODE = 'feature_not_supported';
    END IF;
    PERFORM pg_advisory_xact_lock({GRAPH_LOCK}, hashtext(home::text));
"""

# Before the row is in: a second insert of the same pair waits at the unique index for the first,
# and would hold the lock that the first still needs.
GUARD_DEPENDENCY = f"""
    SELECT repository_id INTO home FROM tasks WHERE id = NEW.task_id;
    SELECT repository_id INTO other FROM tasks WHERE id = NEW.depends_on_id;
    IF home IS NULL OR other IS NULL OR home <> other THEN
        RAISE EXCEPTION 'both tasks of a dependency must exist, in one repository'
            USING ERRCODE = 'check_violation', TABLE = 'task_dependencies',
            CONSTRAINT = 'task_dependencies_one_repository';
    END IF;
    IF NEW.kind = 'blocks' THEN
        {LOCK_GRAPH}
    END IF;
    RETURN NEW;
"""  # noqa: S608  (constants)

# After all rows of the statement are in. The first walk keeps each task once and stops at the first
# sign of a circle; only then the second one, which keeps each edge once, finds the way.
REFUSE_CIRCLE = """
    IF NOT EXISTS (
        WITH RECURSIVE reached (id) AS (
            SELECT NEW.depends_on_id
            UNION
            SELECT edge.depends_on_id
            FROM reached JOIN task_dependencies AS edge ON edge.task_id = reached.id
            WHERE edge.kind = 'blocks'
        )
        SELECT FROM reached WHERE id = NEW.task_id
    ) THEN
        RETURN NULL;
    END IF;
    WITH RECURSIVE walked (id, came_from) AS (
        SELECT NEW.depends_on_id, NULL::uuid
        UNION
        SELECT edge.depends_on_id, edge.task_id
        FROM walked JOIN task_dependencies AS edge ON edge.task_id = walked.id
        WHERE edge.kind = 'blocks' AND walked.id <> NEW.task_id
    )
    SELECT jsonb_object_agg(id, came_from) INTO ways
    FROM walked WHERE came_from IS NOT NULL AND id <> NEW.depends_on_id;
    circle = ARRAY[NEW.task_id];
    WHILE circle[1] <> NEW.depends_on_id LOOP
        step = (ways ->> circle[1]::text)::uuid;
        -- Another circle, closed by another row of the same statement: that one is shown.
        EXIT WHEN step = ANY (circle);
        circle = step || circle;
    END LOOP;
    IF circle[1] = NEW.depends_on_id THEN
        step = NEW.task_id;
    END IF;
    circle = step || circle[1:array_position(circle, step)];
    RAISE EXCEPTION 'these dependencies would close a circle: %', array_to_string(circle, ' → ')
        USING ERRCODE = 'check_violation', TABLE = 'task_dependencies',
        CONSTRAINT = 'task_dependencies_no_cycle', DETAIL = to_jsonb(circle)::text;
"""

GUARD_PARENT = f"""
    SELECT repository_id INTO home FROM tasks WHERE id = NEW.parent_task_id;
    IF home IS DISTINCT FROM NEW.repository_id THEN
        RAISE EXCEPTION 'the parent of a task must exist, in the same repository'
            USING ERRCODE = 'check_violation', TABLE = 'tasks', COLUMN = 'parent_task_id',
            CONSTRAINT = 'tasks_parent_same_repository';
    END IF;
    {LOCK_GRAPH}
    IF NEW.deleted_at IS NULL AND EXISTS (
        SELECT FROM tasks WHERE id = NEW.parent_task_id AND deleted_at IS NOT NULL
    ) THEN
        RAISE EXCEPTION 'the parent of a live task must be live when it becomes the parent'
            USING ERRCODE = 'check_violation', TABLE = 'tasks', COLUMN = 'parent_task_id',
            CONSTRAINT = 'tasks_parent_live';
    END IF;
    circle = ARRAY[NEW.id];
    step = NEW.parent_task_id;
    WHILE step IS NOT NULL AND step <> ALL(circle) LOOP
        circle = circle || step;
        SELECT parent_task_id INTO step FROM tasks WHERE id = step;
    END LOOP;
    IF step = NEW.id THEN
        circle = circle || step;
        RAISE EXCEPTION 'the parent stands below the task already: %',
            array_to_string(circle, ' → ')
            USING ERRCODE = 'check_violation', TABLE = 'tasks', COLUMN = 'parent_task_id',
            CONSTRAINT = 'tasks_parent_no_circle', DETAIL = to_jsonb(circle)::text;
    END IF;
    RETURN NULL;
"""  # noqa: S608  (constants)


# Closed work is nobody's any more, whoever closed it. In the writer's transaction, under the row's
# lock, which claims take too: no claim comes in between. What is deleted keeps its holder, who has
# it again when it comes back in time.
END_CLAIM = """
    DELETE FROM task_claims WHERE task_id = NEW.id;
    RETURN NULL;
"""


class SameRepository(Definer):
    """Refuses a row whose `field` names a record of another repository than its own
    (constraint `<table>_<field>_same_repository`). Repositories of records never change.
    """

    when = pgtrigger.After

    def __init__(self, *, field: str) -> None:
        self.field = field
        super().__init__(
            name=f"same_repository_{field}",
            operation=pgtrigger.Insert | pgtrigger.UpdateOf(f"{field}_id"),
            declare=[("home", "uuid")],
        )

    def get_condition(self, model: Any) -> pgtrigger.Condition:
        return pgtrigger.Condition(f'NEW."{model._meta.get_field(self.field).column}" IS NOT NULL')

    def get_func(self, model: Any) -> str:
        field = model._meta.get_field(self.field)
        table, column = model._meta.db_table, field.column
        return f"""
            SELECT repository_id INTO home FROM {field.related_model._meta.db_table}
            WHERE id = NEW."{column}";
            IF home IS NOT NULL AND home <> NEW.repository_id THEN
                RAISE EXCEPTION '{column} must name a record of the same repository'
                    USING ERRCODE = 'check_violation', TABLE = '{table}', COLUMN = '{column}',
                    CONSTRAINT = '{table}_{self.field}_same_repository';
            END IF;
            RETURN NULL;
        """  # noqa: S608  (names of the model)


def task_triggers() -> list[pgtrigger.Trigger]:
    """A task's triggers. The BEFORE ones, in the order of their names: move, immutable, stamp,
    times, touch. Its PRD is marked for a recount when the task comes, goes, or belongs to another;
    itself for its work session when it is worked on under a session's id.
    """
    return [
        Transitions(field="status", table=TRANSITIONS, constraint="tasks_status_transition"),
        # A new formula is no new task.
        *record_triggers(immutable=["id", "repository"], untouched_by=COMPLEXITY_COLUMNS),
        Enforced(
            name="c_times",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=KEEP_TIMES,
        ),
        # After the rows are in, so that one statement may bring parents and children in any order.
        Definer(
            name="guard_parent",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_task_id"),
            condition=pgtrigger.Condition("NEW.parent_task_id IS NOT NULL"),
            declare=[("home", "uuid"), ("step", "uuid"), ("circle", "uuid[]")],
            func=GUARD_PARENT,
        ),
        SameRepository(field="prd"),
        Definer(
            name="end_claim",
            when=pgtrigger.After,
            operation=pgtrigger.UpdateOf("status"),
            condition=pgtrigger.Condition(
                "NEW.status IN ('completed', 'cancelled') AND OLD.status <> NEW.status"
            ),
            func=END_CLAIM,
        ),
        *emits(kind="prd", key="prd_id", columns=["prd_id", "deleted_at"]),
        # What work sessions learn from: work that carries a session's id begins, stops, is done.
        *emits(
            kind="session_work",
            key="id",
            columns=["session_id", "status"],
            only="session_id <> '' AND status <> 'pending'",
            operations=[pgtrigger.Insert, pgtrigger.Update],
        ),
    ]


def dependency_triggers() -> list[pgtrigger.Trigger]:
    """A dependency's triggers. Both look at other tables and so run with a pinned search path."""
    return [
        *record_triggers(immutable=["id", "task", "depends_on"]),
        Definer(
            name="a_guard",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("kind"),
            declare=[("home", "uuid"), ("other", "uuid")],
            func=GUARD_DEPENDENCY,
        ),
        Definer(
            name="refuse_circle",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.UpdateOf("kind"),
            condition=pgtrigger.Condition("NEW.kind = 'blocks'"),
            declare=[("ways", "jsonb"), ("step", "uuid"), ("circle", "uuid[]")],
            func=REFUSE_CIRCLE,
        ),
    ]

"""What the database keeps true of a task whoever writes it: its moves and the times that follow."""

from __future__ import annotations

import pgtrigger

from apps.core.triggers import Enforced, Transitions, record_triggers
from apps.outbox.triggers import emits

from .lifecycle import TRANSITIONS

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


def task_triggers() -> list[pgtrigger.Trigger]:
    """A task's triggers, in the order of their names: move, immutable, stamp, times, touch; its PRD
    is marked for a recount when the task comes, goes, or belongs to another one."""
    return [
        Transitions(field="status", table=TRANSITIONS, constraint="tasks_status_transition"),
        *record_triggers(immutable=["id", "repository"]),
        Enforced(
            name="c_times",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=KEEP_TIMES,
        ),
        *emits(kind="prd", key="prd_id", columns=["prd_id", "deleted_at"]),
    ]

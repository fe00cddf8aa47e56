"""What the database keeps true of sessions whoever writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pgtrigger

from apps.core.triggers import Definer, Enforced, Transitions, record_triggers

from .lifecycle import TRANSITIONS

# Both rows are there for good: the foreign keys see to it that they exist.
SAME_REPOSITORY = """
    SELECT repository_id INTO home FROM work_sessions WHERE id = NEW.session_id;
    SELECT repository_id INTO other FROM tasks WHERE id = NEW.task_id;
    IF home IS NOT NULL AND other IS NOT NULL AND home <> other THEN
        RAISE EXCEPTION 'task_id must name a task of the session''s repository'
            USING ERRCODE = 'check_violation', TABLE = 'session_tasks', COLUMN = 'task_id',
            CONSTRAINT = 'session_tasks_task_same_repository';
    END IF;
    RETURN NULL;
"""
# A server's clock may step back; activity that was seen was seen.
NEVER_BACK = "NEW.{column} = greatest(NEW.{column}, OLD.{column}); RETURN NEW;"


class NotAhead(Enforced):
    """Refuses times more than 60 seconds in the future (`<table>_<column>_not_in_future`)."""

    when = pgtrigger.Before

    def __init__(self, *, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        super().__init__(
            name="b_not_ahead",
            operation=pgtrigger.Insert | pgtrigger.UpdateOf(*columns),
        )

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        checks = "".join(
            f"""
            IF NEW.{column} > clock_timestamp() + interval '60 seconds' THEN
                RAISE EXCEPTION '{column} lies more than 60 seconds in the future'
                    USING ERRCODE = 'check_violation', TABLE = '{table}', COLUMN = '{column}',
                    CONSTRAINT = '{table}_{column}_not_in_future';
            END IF;"""
            for column in self.columns
        )
        return f"{checks}\n            RETURN NEW;"


def _never_back(column: str) -> Enforced:
    return Enforced(
        name=f"c_{column}_never_back",
        when=pgtrigger.Before,
        operation=pgtrigger.UpdateOf(column),
        func=NEVER_BACK.format(column=column),
    )


def session_triggers() -> list[pgtrigger.Trigger]:
    """A session is closed once. A heartbeat makes no new version of it."""
    return [
        Transitions(field="state", table=TRANSITIONS, constraint="work_sessions_state_transition"),
        *record_triggers(
            immutable=["id", "repository", "session_id", "start_time"],
            untouched_by=["last_seen_at"],
        ),
        NotAhead(columns=["start_time", "end_time", "last_seen_at"]),
        _never_back("last_seen_at"),
    ]


def span_triggers() -> list[pgtrigger.Trigger]:
    """A span only grows."""
    return [
        *record_triggers(immutable=["id", "session", "started_at"], untouched_by=["until"]),
        NotAhead(columns=["started_at", "until"]),
        _never_back("until"),
    ]


def session_task_triggers() -> list[pgtrigger.Trigger]:
    """A session's tasks are of its own repository."""
    return [
        *record_triggers(immutable=["id", "session", "task"]),
        NotAhead(columns=["started_at", "stopped_at", "completed_at"]),
        Definer(
            name="same_repository_task",
            when=pgtrigger.After,
            operation=pgtrigger.Insert,
            declare=[("home", "uuid"), ("other", "uuid")],
            func=SAME_REPOSITORY,
        ),
    ]

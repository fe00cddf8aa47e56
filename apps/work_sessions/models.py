"""Work sessions, when they were active, and the tasks that were worked on in them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.tracking import Link, track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    Record,
    choice_constraint,
    length_constraint,
    range_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.querysets import all_manager
from apps.repositories.models import Repository
from apps.tasks.models import Task

from .choices import SessionState
from .querysets import WorkSessionQuerySet
from .triggers import session_task_triggers, session_triggers, span_triggers

LONGEST_ID = 255
LONGEST_SUMMARY = 20_000
LONGEST_VERSION = 20
TOOLS = load_schema("work_sessions", "tools_used")
FILES = load_schema("work_sessions", "files_changed")
PAUSES = load_schema("work_sessions", "pauses")
FACTORS = load_schema("work_sessions", "productivity_factors")
ACTIVE = models.Q(state=SessionState.ACTIVE)


def _json_list() -> Any:
    empty = models.Value([], models.JSONField())
    return models.JSONField(default=list, db_default=empty, blank=True)


class WorkSession(Record):
    """A stretch of work of one client, under the client's own id for it.

    `last_seen_at` is when it was last heard of: a heartbeat, which is no change of the session.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, related_name="work_sessions", db_index=False
    )
    session_id = models.TextField(help_text="The client's own id of the session.")
    actor = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.TextField(
        choices=SessionState.choices, default=SessionState.ACTIVE, db_default=SessionState.ACTIVE
    )
    start_time = models.DateTimeField(default=timezone.now, db_default=Now())
    end_time = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(default=timezone.now, db_default=Now(), editable=False)
    session_summary = models.TextField(blank=True, default="", db_default="")
    tools_used = _json_list()
    files_changed = _json_list()
    cli_mode = models.BooleanField(default=False, db_default=False)
    productivity_score = models.FloatField(null=True, blank=True, editable=False)
    productivity_version = models.TextField(blank=True, default="", db_default="", editable=False)
    productivity_factors = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )

    objects: ClassVar[Any] = all_manager(WorkSessionQuerySet)

    class Meta:
        db_table = "work_sessions"
        verbose_name = "work session"
        constraints = [
            *record_constraints("work_sessions"),
            length_constraint("work_sessions", "session_id", LONGEST_ID, minimum=1),
            choice_constraint("work_sessions", "state", SessionState),
            time_constraint("work_sessions", "start_time"),
            time_constraint("work_sessions", "end_time"),
            time_constraint("work_sessions", "last_seen_at"),
            length_constraint("work_sessions", "session_summary", LONGEST_SUMMARY),
            schema_constraint("work_sessions", "tools_used", TOOLS, often_empty=True),
            schema_constraint("work_sessions", "files_changed", FILES, often_empty=True),
            schema_constraint("work_sessions", "productivity_factors", FACTORS),
            range_constraint("work_sessions", "productivity_score", 0, 1),
            length_constraint("work_sessions", "productivity_version", LONGEST_VERSION),
            models.UniqueConstraint(
                fields=["repository", "session_id"],
                condition=ACTIVE,
                name="work_sessions_one_active",
                violation_error_message="A session of this id is active in the repository.",
            ),
            models.CheckConstraint(
                name="work_sessions_end_after_start",
                condition=models.Q(end_time__isnull=True)
                | models.Q(end_time__gte=models.F("start_time")),
                violation_error_code="invalid_end",
                violation_error_message="end_time must not lie before start_time.",
            ),
            models.CheckConstraint(
                name="work_sessions_end_time_follows_state",
                condition=models.Q(ACTIVE, end_time__isnull=True)
                | (~ACTIVE & models.Q(end_time__isnull=False)),
            ),
            models.CheckConstraint(
                name="work_sessions_score_explained",
                condition=models.Q(
                    productivity_score__isnull=True,
                    productivity_version="",
                    productivity_factors={},
                )
                | (
                    models.Q(productivity_score__isnull=False)
                    & ~models.Q(productivity_version="")
                    & ~models.Q(productivity_factors={})
                ),
                violation_error_message="A score has a version and its factors, or is not there.",
            ),
        ]
        indexes = [
            models.Index(
                models.F("repository"),
                models.F("id").desc(),
                name="work_sessions_newest",
            ),
            # In this order, so that an id is also found over all repositories.
            models.Index(
                models.F("session_id"),
                models.F("repository"),
                models.F("id").desc(),
                name="work_sessions_client_id",
            ),
            models.Index(
                models.F("repository"),
                models.F("state"),
                models.F("id").desc(),
                name="work_sessions_state",
            ),
            # The console's list over all repositories, and the job that closes what is active. No
            # index holds last_seen_at: a heartbeat changes none.
            models.Index(
                models.F("state"),
                models.F("id").desc(),
                name="work_sessions_state_newest",
            ),
            models.Index(
                models.F("repository"),
                models.F("actor"),
                models.F("id").desc(),
                name="work_sessions_actor",
                condition=models.Q(actor__isnull=False),
            ),
        ]
        triggers = session_triggers()

    def __str__(self) -> str:
        return self.session_id

    @property
    def is_active(self) -> bool:
        """Whether it goes on."""
        return self.state == SessionState.ACTIVE


class SessionSpan(Record):
    """A stretch in which a session was heard of again and again, without a long gap.

    Derived from what a session does, so it has no history of its own.
    """

    session = models.ForeignKey(WorkSession, models.CASCADE, related_name="spans", db_index=False)
    started_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "session_spans"
        constraints = [
            *record_constraints("session_spans"),
            time_constraint("session_spans", "started_at"),
            time_constraint("session_spans", "until"),
            models.CheckConstraint(
                name="session_spans_until_after_start",
                condition=models.Q(until__gte=models.F("started_at")),
                violation_error_message="until must not lie before started_at.",
            ),
        ]
        indexes = [
            models.Index(
                models.F("session"), models.F("started_at").desc(), name="session_spans_newest"
            )
        ]
        triggers = span_triggers()

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M} to {self.until:%H:%M}"


class SessionTask(Record):
    """A task that was worked on in a session: started once, paused in between, stopped or done."""

    session = models.ForeignKey(
        WorkSession, models.CASCADE, related_name="task_links", db_index=False
    )
    task = models.ForeignKey(Task, models.CASCADE, related_name="session_links", db_index=False)
    started_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    pauses = _json_list()

    class Meta:
        db_table = "session_tasks"
        constraints = [
            *record_constraints("session_tasks"),
            models.UniqueConstraint(
                fields=["session", "task"],
                name="session_tasks_unique",
                violation_error_message="The session has this task already.",
            ),
            time_constraint("session_tasks", "started_at"),
            time_constraint("session_tasks", "stopped_at"),
            time_constraint("session_tasks", "completed_at"),
            schema_constraint("session_tasks", "pauses", PAUSES, often_empty=True),
            models.CheckConstraint(
                name="session_tasks_stopped_after_start",
                condition=models.Q(stopped_at__isnull=True)
                | models.Q(stopped_at__gte=models.F("started_at")),
                violation_error_message="stopped_at must not lie before started_at.",
            ),
            models.CheckConstraint(
                name="session_tasks_completed_after_start",
                condition=models.Q(completed_at__isnull=True)
                | models.Q(completed_at__gte=models.F("started_at")),
                violation_error_message="completed_at must not lie before started_at.",
            ),
        ]
        indexes = [models.Index(fields=["task"], name="session_tasks_task")]
        triggers = session_task_triggers()

    def __str__(self) -> str:
        return f"{self.task_id} in {self.session_id}"


# Without the heartbeat: to be heard of is no event in a session's history.
WorkSessionEvent: Any = track(WorkSession, exclude=["last_seen_at"], listed_by=["repository"])
SessionTaskEvent: Any = track(
    SessionTask,
    links=[
        Link("tasks", of="session", to="task", shows=("started_at", "stopped_at", "completed_at"))
    ],
)

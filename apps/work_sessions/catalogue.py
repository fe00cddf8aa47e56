"""The common reads of sessions, by name (`core.catalogue`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from django.utils import timezone

from apps.core.catalogue import NamedQuery, register_index, register_query
from apps.core.ids import uuid7
from apps.tasks.catalogue.notes import PLANNING

from .choices import SessionState
from .models import SessionSpan, SessionTask, WorkSession
from .times import time_of_tasks

PAGE = 51  # fifty, and one more to know whether there is a next page
CONSOLE_PAGE = 26
TIMEOUT = timedelta(minutes=120)


def any_session(random: Random) -> Any:
    """A session, of whichever repository."""
    keys = WorkSession.objects.order_by("pk").values_list("pk", flat=True)
    first, last = keys[0], keys.reverse()[0]
    between = first.int + int((last.int - first.int) * random.random())
    found = WorkSession.objects.filter(pk__gte=type(first)(int=between)).order_by("pk")
    return found.first() or WorkSession.objects.get(pk=last)


def any_session_task(random: Random) -> Any:
    """The row of a task in a session."""
    session = any_session(random)
    rows = SessionTask.objects.order_by("pk")
    return rows.filter(session=session).first() or rows[0]


def repository_list(session: Any, **conditions: Any) -> Any:
    """The API's list of the sessions of `session`'s repository, newest first."""
    sessions = WorkSession.objects.for_display().filter(repository=session.repository_id)
    return sessions.filter(**conditions).order_by("-id")[:PAGE]


def _register(
    name: str,
    purpose: str,
    build: Callable[[Any], Any],
    draw: Callable[[Random], Any] = any_session,
    **bounds: Any,
) -> None:
    register_query(
        NamedQuery(name=f"sessions.{name}", purpose=purpose, draw=draw, build=build, **bounds)
    )


_register(
    "list",
    "The newest sessions of a repository, with their tasks: the first page.",
    repository_list,
    indexes=("work_sessions_newest", "session_tasks_unique"),
    buffers=3_000,
    removed=1_000,
)
_register(
    "list.deep",
    "A page far down the list: the cursor is a bound on the id.",
    lambda session: repository_list(session, pk__lt=session.pk),
    indexes=("work_sessions_newest", "session_tasks_unique"),
    buffers=3_000,
    removed=1_000,
)
_register(
    "list.state",
    "A repository's sessions in one state.",
    lambda session: repository_list(session, state=session.state),
    indexes=("work_sessions_state", "session_tasks_unique"),
    buffers=3_000,
    removed=1_000,
)
_register(
    "list.session_id",
    "The sessions of a client's id in a repository.",
    lambda session: repository_list(session, session_id=session.session_id),
    indexes=("work_sessions_client_id", "session_tasks_unique"),
    buffers=1_000,
)
_register(
    "list.actor",
    "Somebody's sessions in a repository.",
    # Made-up sessions are nobody's: the answer may be empty, the way to it is the same.
    lambda session: repository_list(session, actor=session.actor_id or uuid7()),
    indexes=("work_sessions_actor",),
    buffers=3_000,
)
_register(
    "newest",
    "The console's list over all repositories.",
    lambda session: WorkSession.objects.select_related("repository", "actor").order_by("-id")[
        :CONSOLE_PAGE
    ],
    indexes=("work_sessions_pkey",),
    buffers=600,
)
_register(
    "newest.state",
    "The console's list, of one state.",
    # The state of few: of the one that most are in, the newest are found by the key.
    lambda session: WorkSession.objects.filter(state=SessionState.ABANDONED).order_by("-id")[
        :CONSOLE_PAGE
    ],
    indexes=("work_sessions_state_newest",),
    buffers=600,
)
_register(
    "newest.session_id",
    "A session by its client's id, in any repository.",
    lambda session: WorkSession.objects.filter(session_id=session.session_id).order_by("-id")[
        :CONSOLE_PAGE
    ],
    indexes=("work_sessions_client_id",),
    buffers=600,
)
_register(
    "unseen",
    "What the job closes: sessions that go on and were not heard of.",
    lambda session: WorkSession.objects.unseen_since(timezone.now() - TIMEOUT)[:1000],
    indexes=("work_sessions_state_newest",),
    buffers=3_000,
    removed=1_000,
)
_register(
    "newest_span",
    "Where a sign of life goes: the newest span of a session.",
    lambda session: SessionSpan.objects.filter(session=session.pk).order_by("-started_at")[:1],
    indexes=("session_spans_newest",),
    buffers=100,
)
_register(
    "time_of_task",
    "What a task took over all its sessions.",
    lambda row: time_of_tasks([row.task_id]),
    any_session_task,
    indexes=("session_tasks_task", "session_tasks_unique", "session_spans_newest"),
    buffers=3_000,
    removed=200,
    note=PLANNING,
)

register_index("work_sessions_one_active", "One active session of an id in a repository: a rule.")
register_index("session_spans_pkey", "The primary key.")
register_index("session_tasks_pkey", "The primary key: history names rows by it.")

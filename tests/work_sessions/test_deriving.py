"""Tasks that are written under a session's id tell their session by themselves, at least once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.outbox.models import OutboxEntry
from apps.outbox.worker import work_once
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.work_sessions.models import SessionTask, WorkSession
from apps.work_sessions.services import derive_session_work
from tests.contracts import API, nothing_written
from tests.factories import TaskFactory

from .conftest import SESSIONS, Start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]


def marked() -> list[Any]:
    found = OutboxEntry.objects.filter(kind="session_work")
    return list(found.values_list("entity_id", flat=True))


def write(api: APIClient, task: Any, **body: Any) -> None:
    response = api.patch(f"{API}/tasks/{task.pk}", body, format="json")
    assert response.status_code == 200, response.content


def shown(api: APIClient, session: dict[str, Any]) -> tuple[list[str], list[str]]:
    body = api.get(f"{SESSIONS}/{session['id']}").json()
    return body["tasks_started"], body["tasks_completed"]


def rows() -> list[tuple[Any, ...]]:
    columns = ("session", "task", "started_at", "stopped_at", "completed_at", "pauses", "version")
    return list(SessionTask.objects.order_by("pk").values_list(*columns))


def test_only_work_under_a_session_is_marked(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(repository=repository, session_id="s-1")
    other = TaskFactory(repository=repository, status="in_progress")
    write(api, other, priority="high")
    write(api, task, content="Dig", session_id="s-2")
    assert marked() == [], "pending, or nobody's"
    steps: list[tuple[dict[str, Any], bool]] = [
        ({"status": "in_progress"}, True),
        ({"content": "Dig deeper", "tags": ["a"]}, False),
        ({"session_id": "s-3"}, True),
        ({"status": "pending"}, True),
        ({"priority": "low"}, False),
        ({"status": "completed"}, True),
        ({"session_id": ""}, True),
    ]
    for body, marks in steps:
        OutboxEntry.objects.all().delete()
        write(api, task, **body)
        assert marked() == ([task.pk] if marks else []), body
    OutboxEntry.objects.all().delete()
    done = TaskFactory(repository=repository, session_id="s-1", status="completed")
    assert marked() == [done.pk]


def test_older_triggers_are_what_they_were() -> None:
    """`only` and `operations` came later: without them the SQL is the same, to the letter."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_functiondef(tgfoid) FROM pg_trigger"
            " WHERE tgrelid = 'tasks'::regclass AND tgname LIKE '%emit_prd_update%'"
        )
        ((text,),) = cursor.fetchall()
    assert (
        'FROM (SELECT "prd_id" FROM (SELECT "id", "prd_id", "deleted_at", -1 AS sign FROM old_rows'
        ' UNION ALL SELECT "id", "prd_id", "deleted_at", 1 FROM new_rows) AS versions'
    ) in text


def test_work_is_told_and_told_again_without_a_difference(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session = start()
    task = TaskFactory(repository=repository)
    key = str(task.pk)
    for body, expected in (
        ({"status": "in_progress", "session_id": "s-1"}, ([key], [])),
        ({"status": "pending"}, ([key], [])),
        ({"status": "in_progress"}, ([key], [])),
        ({"status": "completed"}, ([key], [key])),
    ):
        write(api, task, **body)
        assert work_once() >= 1
        assert shown(api, session) == expected
        before = rows()
        with nothing_written():
            derive_session_work([task.pk, task.pk])
        assert rows() == before
    (row,) = SessionTask.objects.all()
    assert len(row.pauses) == 1
    assert row.completed_at == Task.objects.get(pk=task.pk).completed_at


def test_a_session_is_found_by_repository_and_id(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session = start()
    TaskFactory(session_id="s-1", status="in_progress")  # elsewhere
    TaskFactory(repository=repository, session_id="s-9", status="in_progress")  # of no session
    work_once()
    assert shown(api, session) == ([], [])
    assert SessionTask.objects.count() == 0


def test_what_is_in_progress_goes_on_when_its_session_begins(
    api: APIClient, start: Start, repository: Repository
) -> None:
    task = TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    TaskFactory(repository=repository, session_id="s-1", status="completed")
    session = start()
    assert shown(api, session) == ([str(task.pk)], [])
    assert SessionTask.objects.get().started_at.isoformat() == session["start_time"].replace(
        "Z", "+00:00"
    )


def test_a_worker_that_comes_late_completes_what_has_ended(
    api: APIClient, start: Start, repository: Repository
) -> None:
    """The end itself looks at the tasks; and what it could not see, the worker brings."""
    session = start()
    task = TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    write(api, task, status="completed")
    api.post(f"{SESSIONS}/{session['id']}/end")
    body = api.get(f"{SESSIONS}/{session['id']}").json()
    assert body["tasks_completed"] == [str(task.pk)]
    assert body["productivity_score"] is not None
    with nothing_written():
        derive_session_work([task.pk])
    assert api.get(f"{SESSIONS}/{session['id']}").json() == body


def test_a_closed_session_is_judged_again_when_work_of_its_time_comes_late(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session = start()
    one = TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    ended = api.post(f"{SESSIONS}/{session['id']}/end").json()
    assert ended["tasks_completed"] == []
    # Completed within the session, by a transaction that the end did not see.
    moment = WorkSession.objects.get().end_time
    Task.objects.filter(pk=one.pk).update(status="completed", completed_at=moment)
    work_once()
    later = api.get(f"{SESSIONS}/{session['id']}").json()
    assert later["tasks_completed"] == [str(one.pk)]
    figures = later["productivity_factors"]["figures"]
    assert (figures["tasks_started"], figures["tasks_completed"]) == (1, 1)
    assert later["productivity_score"] > ended["productivity_score"]


def test_what_is_done_is_under_way_nowhere(
    api: APIClient, start: Start, repository: Repository
) -> None:
    """Two sessions had it under way; one of them completes it."""
    first, second = start(), start(session_id="s-2")
    task = TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    work_once()
    body = {"task_id": str(task.pk), "event": "started"}
    api.post(f"{SESSIONS}/{second['id']}/tasks", body, format="json")
    write(api, task, status="completed")
    work_once()
    assert shown(api, first) == ([str(task.pk)], [str(task.pk)])
    assert shown(api, second) == ([str(task.pk)], [])
    assert SessionTask.objects.get(session=second["id"]).stopped_at is not None


def tell(api: APIClient, session: dict[str, Any], task: Any, event: str) -> None:
    body = {"task_id": str(task.pk), "event": event}
    response = api.post(f"{SESSIONS}/{session['id']}/tasks", body, format="json")
    assert response.status_code == 200, response.content


@pytest.mark.parametrize("session_id", ["s-1", ""])
def test_what_was_only_told_goes_on_while_its_status_stands_still(
    api: APIClient, start: Start, repository: Repository, session_id: str
) -> None:
    """A task that is pending all along is no task that was stopped: the client's word holds."""
    session = start()
    task = TaskFactory(repository=repository, session_id=session_id)
    tell(api, session, task, "started")
    write(api, task, content="Dig deeper")
    derive_session_work([task.pk])
    api.post(f"{SESSIONS}/{session['id']}/end")
    row = SessionTask.objects.get()
    assert (row.stopped_at, row.completed_at) == (None, None)


@pytest.mark.parametrize("session_id", ["s-1", "s-9"])
def test_what_was_put_back_is_stopped_and_may_be_told_anew(
    api: APIClient, start: Start, repository: Repository, session_id: str
) -> None:
    session = start()
    task = TaskFactory(repository=repository, session_id=session_id, status="in_progress")
    tell(api, session, task, "started")
    write(api, task, status="pending")
    work_once()
    row = SessionTask.objects.get()
    assert row.stopped_at == Task.objects.get(pk=task.pk).updated_at
    tell(api, session, task, "started")
    for body in ({"content": "Dig deeper"}, {"session_id": "s-3"}):
        write(api, task, **body)
        derive_session_work([task.pk])
    api.post(f"{SESSIONS}/{session['id']}/end")
    row.refresh_from_db()
    assert (row.stopped_at, len(row.pauses)) == (None, 1)


def test_what_is_closed_ends_no_earlier_than_what_was_told_of_it(
    api: APIClient, start: Start, repository: Repository
) -> None:
    """The client's clock, or ours, may run ahead of the database's."""
    session = start()
    task = TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    ahead = (timezone.now() + timedelta(seconds=30)).isoformat()
    body = {"task_id": str(task.pk), "event": "started", "at": ahead}
    api.post(f"{SESSIONS}/{session['id']}/tasks", body, format="json")
    tell(api, session, task, "stopped")
    tell(api, session, task, "started")
    write(api, task, status="completed")
    work_once()
    row = SessionTask.objects.get()
    assert row.completed_at >= row.started_at
    assert row.pauses[0]["from_ms"] <= row.pauses[0]["to_ms"]
    assert row.completed_at >= row.started_at + timedelta(milliseconds=row.pauses[0]["to_ms"])

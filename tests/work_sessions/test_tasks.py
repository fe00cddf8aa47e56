"""What a client says of tasks in a session: order, repetition, and what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.work_sessions.models import SessionTask
from apps.work_sessions.services import links
from tests.contracts import assert_problem, nothing_written
from tests.factories import SessionTaskFactory, TaskFactory, WorkSessionFactory, deletion

from .conftest import SESSIONS, At, Start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]


def tell(api: APIClient, session: dict[str, Any], task: Any, event: str, **body: Any) -> Any:
    sent = {"task_id": str(task.pk), "event": event, **body}
    return api.post(f"{SESSIONS}/{session['id']}/tasks", sent, format="json")


def told(api: APIClient, session: dict[str, Any], task: Any, event: str, **body: Any) -> Any:
    response = tell(api, session, task, event, **body)
    assert response.status_code == 200, response.content
    return response.json()


def seconds(api: APIClient, session: dict[str, Any]) -> dict[str, float]:
    account = api.get(f"{SESSIONS}/{session['id']}/time").json()
    return {row["task_id"]: row["under_way_seconds"] for row in account["tasks"]}


def test_started_and_completed_are_views_of_the_rows(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session = start()
    one, two = TaskFactory(repository=repository), TaskFactory(repository=repository)
    told(api, session, two, "started")
    told(api, session, one, "started")
    shown = told(api, session, one, "completed")
    assert shown["tasks_started"] == [str(two.pk), str(one.pk)]
    assert shown["tasks_completed"] == [str(one.pk)]
    assert Task.objects.get(pk=one.pk).status == "pending", "the task's own matter"
    entries = api.get(f"{SESSIONS}/{session['id']}/history").json()["results"]
    assert [change["field"] for change in entries[0]["changes"]] == ["tasks"]


def test_the_same_again_changes_nothing(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session, task = start(), TaskFactory(repository=repository)
    for event in ("started", "stopped", "completed"):
        first = told(api, session, task, event)
        row = SessionTask.objects.get().version
        with nothing_written():
            again = told(api, session, task, event)
        assert {**again, "last_seen_at": None} == {**first, "last_seen_at": None}
        assert SessionTask.objects.get().version == row


def test_a_pause_counts_for_nothing(
    api: APIClient, start: Start, repository: Repository, at: At
) -> None:
    task = TaskFactory(repository=repository)
    with at(0):
        session = start()
    for minutes, event in ((1, "started"), (5, "stopped"), (8, "started"), (10, "completed")):
        with at(minutes):
            told(api, session, task, event)
    with at(14):
        told(api, session, task, "started")
    with at(15):
        api.post(f"{SESSIONS}/{session['id']}/heartbeat")
        assert seconds(api, session) == {str(task.pk): (4 + 2 + 1) * 60}


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
def test_work_that_is_told_afterwards_counts(
    api: APIClient, start: Start, repository: Repository, at: At, noon: datetime, order: list[int]
) -> None:
    """From 0 to 12 minutes, told an hour later and ended at 60: the gap counts for nothing."""
    one, two = TaskFactory(repository=repository), TaskFactory(repository=repository)
    events = [(one, 0, "started"), (one, 12, "completed"), (two, 6, "started")]
    with at(90):
        session = start(start_time=noon.isoformat())
        for number in order:
            task, minutes, event = events[number]
            moment = (noon + timedelta(minutes=minutes)).isoformat()
            told(api, session, task, event, at=moment)
        body = {"end_time": (noon + timedelta(minutes=60)).isoformat()}
        ended = api.post(f"{SESSIONS}/{session['id']}/end", body, format="json").json()
    account = api.get(f"{SESSIONS}/{session['id']}/time").json()
    assert (account["active_seconds"], account["focused_seconds"]) == (12 * 60, 12 * 60)
    assert [row["minutes"] for row in account["tasks"]] == [9, 3]
    figures = ended["productivity_factors"]["figures"]
    assert (figures["active_seconds"], ended["productivity_score"]) == (720, 0.75)


def test_a_gap_is_closed_by_what_is_told_of_it(
    api: APIClient, start: Start, repository: Repository, at: At, noon: datetime
) -> None:
    """Heard of at 0 and 25: active between them once something is told of 10; a time without
    anything near it counts for nothing."""
    task = TaskFactory(repository=repository)
    with at(0):
        session = start()
    with at(25):
        told(api, session, task, "started", at=(noon + timedelta(minutes=10)).isoformat())
        assert seconds(api, session) == {str(task.pk): 15 * 60}
    with at(80):
        told(api, session, task, "stopped", at=(noon + timedelta(minutes=50)).isoformat())
        api.post(f"{SESSIONS}/{session['id']}/heartbeat")
        account = api.get(f"{SESSIONS}/{session['id']}/time").json()
    assert account["active_seconds"] == 25 * 60
    assert seconds(api, session) == {str(task.pk): 15 * 60}


def test_work_without_active_time_has_no_score(
    api: APIClient, start: Start, repository: Repository, at: At
) -> None:
    """What is done within no time tells nothing of how it went."""
    task = TaskFactory(repository=repository)
    with at(0):
        session = start()
        told(api, session, task, "completed")
        ended = api.post(f"{SESSIONS}/{session['id']}/end").json()
    assert ended["tasks_completed"] == [str(task.pk)]
    names = ("productivity_score", "productivity_version", "productivity_factors")
    assert [ended[name] for name in names] == [None, "", {}]


def test_after_200_pauses_the_last_are_joined() -> None:
    begun = timezone.now() - timedelta(hours=1)
    link = SessionTaskFactory(
        session=WorkSessionFactory(start_time=begun, last_seen_at=begun), started_at=begun
    )
    for number in range(links.MOST_PAUSES + 5):
        links.stop(link, begun + timedelta(seconds=2 * number + 1))
        links.go_on(link, begun + timedelta(seconds=2 * number + 2))
    link.refresh_from_db()
    assert len(link.pauses) == links.MOST_PAUSES
    assert link.pauses[0] == {"from_ms": 1000, "to_ms": 2000}
    assert link.pauses[-1] == {"from_ms": 399_000, "to_ms": 410_000}


def test_a_task_is_a_live_one_of_the_repository(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session = start()
    elsewhere, deleted = TaskFactory(), TaskFactory(repository=repository)
    Task.all_objects.filter(pk=deleted.pk).update(**deletion())
    with nothing_written():
        for task in (elsewhere, deleted, Task(pk=uuid7())):
            response = tell(api, session, task, "started")
            problem = assert_problem(response, 400, "invalid_request", "/task_id")
            assert repository.name in problem["detail"]


def test_the_database_refuses_a_task_of_another_repository(repository: Repository) -> None:
    session = WorkSessionFactory(repository=repository)
    with pytest.raises(IntegrityError, match="session's repository"), transaction.atomic():
        SessionTaskFactory(session=session, task=TaskFactory())


def test_what_was_not_started_cannot_be_stopped(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session, task = start(), TaskFactory(repository=repository)
    with nothing_written():
        response = tell(api, session, task, "stopped")
    assert_problem(response, 400, "invalid_request", "/task_id")
    assert told(api, session, task, "completed")["tasks_completed"] == [str(task.pk)]


def test_a_time_lies_in_the_session_and_after_the_last_one(
    api: APIClient, start: Start, repository: Repository, at: At, noon: datetime
) -> None:
    task = TaskFactory(repository=repository)
    with at(0):
        session = start()
    with at(30):
        told(api, session, task, "started", at=(noon + timedelta(minutes=10)).isoformat())
        for minutes, rule in ((-1, "before the session's start"), (32, "in the future")):
            moment = (noon + timedelta(minutes=minutes)).isoformat()
            with nothing_written():
                response = tell(api, session, task, "stopped", at=moment)
            assert rule in assert_problem(response, 400, "invalid_request", "/at")["detail"]
        with nothing_written():
            early = (noon + timedelta(minutes=9)).isoformat()
            response = tell(api, session, task, "completed", at=early)
        assert "last event" in assert_problem(response, 400, "invalid_request", "/at")["detail"]
        told(api, session, task, "stopped", at=(noon + timedelta(minutes=20)).isoformat())
    row = SessionTask.objects.get()
    assert (row.stopped_at - row.started_at) == timedelta(minutes=10)


def test_a_client_whose_clock_is_ahead_may_leave_the_time_to_us(
    api: APIClient, start: Start, repository: Repository
) -> None:
    session, task = start(), TaskFactory(repository=repository)
    ahead = (timezone.now() + timedelta(seconds=30)).isoformat()
    told(api, session, task, "started", at=ahead)
    assert told(api, session, task, "completed")["tasks_completed"] == [str(task.pk)]
    row = SessionTask.objects.get()
    assert row.completed_at == row.started_at


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("task_id", "x"),
        ("task_id", None),
        ("task_id", 5),
        ("event", "begun"),
        ("event", None),
        ("event", 1),
        ("at", "soon"),
        ("at", "2026-05-01T08:00:00"),
        ("note", "x"),
    ],
)
def test_a_bad_event_is_told_where(
    api: APIClient, start: Start, repository: Repository, name: str, value: Any
) -> None:
    session, task = start(), TaskFactory(repository=repository)
    body = {"task_id": str(task.pk), "event": "started", name: value}
    with nothing_written():
        response = api.post(f"{SESSIONS}/{session['id']}/tasks", body, format="json")
    assert_problem(response, 400, "invalid_request", f"/{name}")

"""What closing brings: the job that closes silent sessions, measured minutes, scores."""

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
from apps.work_sessions.jobs import abandon_unseen_sessions
from apps.work_sessions.models import WorkSession
from apps.work_sessions.services import abandon_sessions, abandoning
from apps.work_sessions.services.closing import roll_up
from tests.contracts import nothing_written
from tests.factories import (
    SessionSpanFactory,
    SessionTaskFactory,
    TaskFactory,
    WorkSessionFactory,
    create,
)

from .conftest import SESSIONS, At, Start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]
TIMEOUT = timedelta(minutes=120)


def past_session(repository: Repository, *, minutes: float, ago: float, **values: Any) -> Any:
    """A session that was active for so many minutes, and last heard of so many minutes ago."""
    until = timezone.now() - timedelta(minutes=ago)
    begun = until - timedelta(minutes=minutes)
    session = create(
        WorkSessionFactory,
        repository=repository,
        start_time=begun,
        last_seen_at=until,
        **values,
    )
    SessionSpanFactory(session=session, started_at=begun, until=until)
    return session


def wants_sessions(repository: Repository) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"actual_minutes": "sessions"})


def test_the_job_closes_what_was_not_heard_of(repository: Repository, settings: Any) -> None:
    settings.TASKHUB_SESSION_TIMEOUT_MINUTES = 30
    silent = past_session(repository, minutes=20, ago=31)
    heard = past_session(repository, minutes=20, ago=29)
    archived = past_session(
        Repository.objects.create(name="acme/old", archived_at=timezone.now()), minutes=1, ago=99
    )
    abandon_unseen_sessions(timestamp=0)
    for session in (silent, heard, archived):
        session.refresh_from_db()
    assert (silent.state, silent.end_time) == ("abandoned", silent.last_seen_at)
    assert (heard.state, archived.state) == ("active", "active")
    event = silent.events.order_by("-pgh_id").first()
    assert event.pgh_context["reason"] == "not heard of for 30 minutes"
    with nothing_written():
        abandon_unseen_sessions(timestamp=0)
    silent.refresh_from_db()
    assert silent.version == 2


def test_a_session_whose_task_was_written_lately_is_not_abandoned(repository: Repository) -> None:
    """No worker has told it yet: the job looks by itself."""
    session = past_session(repository, minutes=1, ago=200, session_id="s-1")
    TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    assert abandon_sessions(timeout=TIMEOUT) == 0
    session.refresh_from_db()
    assert session.state == "active"
    assert timezone.now() - session.last_seen_at < timedelta(minutes=1)


def test_one_that_fails_does_not_keep_the_others_open(repository: Repository) -> None:
    bad = past_session(repository, minutes=1, ago=300)
    good = past_session(repository, minutes=1, ago=200)
    real = abandoning.close

    def close(session: Any, *args: Any) -> Any:
        if session.pk == bad.pk:
            raise RuntimeError("a fault of ours")
        return real(session, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(abandoning, "close", close)
        with pytest.raises(RuntimeError, match="a fault of ours"):
            abandon_sessions(timeout=TIMEOUT)
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.state, bad.state) == ("abandoned", "active")


def test_minutes_are_written_where_the_repository_wants_them(
    api: APIClient, start: Start, repository: Repository, at: At
) -> None:
    one, two = TaskFactory(repository=repository), TaskFactory(repository=repository)
    untouched = TaskFactory(repository=repository, actual_minutes=7)
    for wanted, name in ((False, "s-1"), (True, "s-2")):
        if wanted:
            wants_sessions(repository)
        with at(0):
            session = start(session_id=name)
        for minutes, task, event in (
            (0, one, "started"),
            (10, two, "started"),
            (20, one, "completed"),
            (24.6, two, "completed"),
        ):
            with at(minutes):
                body = {"task_id": str(task.pk), "event": event}
                api.post(f"{SESSIONS}/{session['id']}/tasks", body, format="json")
        with at(25):
            assert api.post(f"{SESSIONS}/{session['id']}/end").status_code == 200
        found = [Task.objects.get(pk=task.pk).actual_minutes for task in (one, two, untouched)]
        # 10 alone and 10 shared; 10 shared and 4.6 alone. The same clock twice counts once.
        assert found == ([15, 10, 7] if wanted else [None, None, 7])
    event = Task.objects.get(pk=one.pk).events.order_by("-pgh_id").first()
    assert event.actual_minutes == 15
    assert event.pgh_context["name"].endswith("/end")


def test_measuring_again_changes_nothing(repository: Repository) -> None:
    wants_sessions(repository)
    session = past_session(repository, minutes=30, ago=200)
    link = SessionTaskFactory(session=session, started_at=session.start_time)
    # Under way for no time at all: nothing was measured.
    SessionTaskFactory(session=session, started_at=session.last_seen_at)
    idle = create(TaskFactory, repository=repository, actual_minutes=3)
    SessionTaskFactory(session=session, task=idle, started_at=session.last_seen_at)
    assert abandon_sessions(timeout=TIMEOUT) == 1
    minutes = dict(Task.objects.values_list("pk", "actual_minutes"))
    assert (minutes[link.task_id], minutes[idle.pk]) == (30, 3)
    assert sorted(minutes.values(), key=str) == [3, 30, None]
    with nothing_written():
        assert roll_up(WorkSession.objects.select_related("repository")) == 0


def test_measured_minutes_fit_the_column(repository: Repository) -> None:
    wants_sessions(repository)
    session = past_session(repository, minutes=20_000, ago=200)
    link = SessionTaskFactory(session=session, started_at=session.start_time)
    abandon_sessions(timeout=TIMEOUT)
    assert Task.objects.get(pk=link.task_id).actual_minutes == 10_080


def test_a_score_comes_with_its_factors(
    api: APIClient, start: Start, repository: Repository, at: At
) -> None:
    task = TaskFactory(repository=repository, estimated_minutes=20)
    other = TaskFactory(repository=repository)
    with at(0):
        session = start()
    for minutes, key, event in (
        (0, task, "started"),
        (10, task, "completed"),
        (10, other, "started"),
        (12, other, "stopped"),
    ):
        with at(minutes):
            body = {"task_id": str(key.pk), "event": event}
            api.post(f"{SESSIONS}/{session['id']}/tasks", body, format="json")
    with at(16):
        ended = api.post(f"{SESSIONS}/{session['id']}/end").json()
    assert ended["productivity_version"] == "ps-1"
    assert ended["productivity_factors"]["figures"] == {
        "active_seconds": 960,
        "focused_seconds": 720,
        "tasks_started": 2,
        "tasks_completed": 1,
        "tasks_compared": 1,
    }
    values = {row["name"]: row["value"] for row in ended["productivity_factors"]["factors"]}
    assert values == {"focus": 0.75, "completion": 0.5, "estimates": 0.5}
    assert ended["productivity_score"] == 0.6
    account = api.get(f"{SESSIONS}/{session['id']}/time").json()
    assert (account["formula"], account["active_seconds"]) == ("st-1", 960)
    assert [row["total_minutes"] for row in account["tasks"]] == [10, 2]
    listed = api.get(SESSIONS, {"repository": repository.name}).json()["results"]
    assert listed[0]["productivity_factors"] == ended["productivity_factors"]


@pytest.mark.parametrize(
    "values",
    [
        {"productivity_score": 0.5},
        {"productivity_score": 0.5, "productivity_version": "ps-1"},
        {"productivity_score": 0.5, "productivity_factors": {"factors": []}},
        {"productivity_version": "ps-1"},
        {"productivity_score": 1.5, "productivity_version": "x", "productivity_factors": {"a": 1}},
        {"state": "ended"},
        {"end_time": datetime.fromisoformat("2026-05-01T08:00:00Z")},
        {"state": "ended", "end_time": datetime.fromisoformat("2020-05-01T08:00:00Z")},
        {"session_id": ""},
        {"session_id": "x" * 256},
        {"tools_used": ["a", "a"]},
        {"files_changed": {"a": 1}},
        {"session_summary": "x" * 20_001},
        {"state": "paused"},
    ],
)
def test_the_database_keeps_the_rules(repository: Repository, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkSession.objects.create(repository=repository, **{"session_id": "s", **values})


@pytest.mark.parametrize(
    "change",
    [
        {"state": "active", "end_time": None},
        {"state": "abandoned"},
        {"session_id": "other"},
        {"start_time": datetime.fromisoformat("2026-05-01T08:00:00Z")},
        {"last_seen_at": "ahead"},
        {"id": uuid7()},
    ],
)
def test_what_is_closed_stays_closed(repository: Repository, change: dict[str, Any]) -> None:
    now = timezone.now()
    session = WorkSessionFactory(
        repository=repository, state="ended", start_time=now, last_seen_at=now, end_time=now
    )
    if "last_seen_at" in change:
        change = {"last_seen_at": now + timedelta(minutes=5)}
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkSession.objects.filter(pk=session.pk).update(**change)


def test_times_of_activity_never_go_back(repository: Repository) -> None:
    session = past_session(repository, minutes=10, ago=1)
    span = session.spans.get()
    WorkSession.objects.filter(pk=session.pk).update(last_seen_at=session.start_time)
    session.spans.update(until=span.started_at)
    session.refresh_from_db()
    assert session.last_seen_at == session.spans.get().until == span.until

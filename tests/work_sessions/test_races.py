"""Two at once, each with a connection of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task
from apps.work_sessions.models import SessionTask, WorkSession
from apps.work_sessions.services import abandon_sessions
from tests.contracts import ClientOf
from tests.contracts.races import PATIENCE, at_once, codes, while_uncommitted
from tests.factories import (
    MemberFactory,
    RepositoryFactory,
    TaskFactory,
    UserFactory,
    WorkSessionFactory,
)

from .conftest import SESSIONS

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("app_login"),
]

TIMEOUT = timedelta(hours=2)


@pytest.fixture
def home() -> Repository:
    made: Repository = RepositoryFactory(settings={"actual_minutes": "sessions"})
    return made


@pytest.fixture
def client(home: Repository, client_of: ClientOf) -> APIClient:
    caller = client_of(MemberFactory(repository=home, user=UserFactory()).user)
    assert caller.get(SESSIONS, {"repository": home.name}).status_code == 200
    return caller


def begin(client: APIClient, home: Repository, name: str = "s-1") -> Any:
    body = {"repository": home.name, "session_id": name}
    return client.post(SESSIONS, body, format="json")


def test_of_starts_at_once_one_wins(client: APIClient, home: Repository) -> None:
    answers = at_once([lambda: begin(client, home) for _ in range(4)])
    assert codes(answers) == ["201", *["409 session_active"] * 3]
    (made,) = [answer.json() for answer in answers if answer.status_code == 201]
    assert {a.json()["current"]["id"] for a in answers if a.status_code == 409} == {made["id"]}
    assert WorkSession.objects.count() == 1


def test_a_start_waits_for_another_that_is_not_committed(
    client: APIClient, home: Repository
) -> None:
    answer = while_uncommitted(lambda: begin(client, home), lambda: begin(client, home))
    assert codes([answer]) == ["409 session_active"]


def test_of_ends_at_once_one_wins(client: APIClient, home: Repository) -> None:
    session = begin(client, home).json()
    path = f"{SESSIONS}/{session['id']}/end"
    answers = at_once([lambda: client.post(path) for _ in range(4)])
    assert codes(answers) == ["200", *["409 session_closed"] * 3]
    assert WorkSession.objects.get().version == 2


@pytest.mark.parametrize("verb", ["heartbeat", "tasks", "end"])
def test_what_comes_while_it_ends_finds_it_closed(
    client: APIClient, home: Repository, verb: str
) -> None:
    session = begin(client, home).json()
    path = f"{SESSIONS}/{session['id']}"
    task = TaskFactory(repository=home)
    body = {"task_id": str(task.pk), "event": "started"} if verb == "tasks" else None
    answer = while_uncommitted(
        lambda: client.post(f"{path}/end"),
        lambda: client.post(f"{path}/{verb}", body, format="json"),
    )
    assert codes([answer]) == ["409 session_closed"]
    assert answer.json()["current"]["state"] == "ended"
    assert SessionTask.objects.count() == 0


def silent(home: Repository) -> WorkSession:
    """A session of the client's that the job is to close."""
    long_ago = timezone.now() - timedelta(hours=3)
    session: WorkSession = WorkSessionFactory(
        repository=home,
        actor=RepositoryMember.objects.get(repository=home).user,
        start_time=long_ago,
        last_seen_at=long_ago,
    )
    return session


def test_a_sign_of_life_while_the_job_closes_it_comes_too_late(
    client: APIClient, home: Repository
) -> None:
    session = silent(home)
    answer = while_uncommitted(
        lambda: abandon_sessions(timeout=TIMEOUT),
        lambda: client.post(f"{SESSIONS}/{session.pk}/heartbeat"),
    )
    assert codes([answer]) == ["409 session_closed"]
    assert answer.json()["current"]["state"] == "abandoned"


def test_the_job_leaves_alone_what_is_being_heard_of(client: APIClient, home: Repository) -> None:
    """It does not even wait: the next run will see."""
    session = silent(home)

    def run() -> int:
        try:
            return abandon_sessions(timeout=TIMEOUT)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert client.post(f"{SESSIONS}/{session.pk}/heartbeat").status_code == 200
        assert pool.submit(run).result(PATIENCE) == 0
    session.refresh_from_db()
    assert session.state == "active"
    assert abandon_sessions(timeout=TIMEOUT) == 0


def test_sessions_that_share_a_task_end_at_once(client: APIClient, home: Repository) -> None:
    """Whoever writes its minutes last has seen what the other has committed."""
    task = TaskFactory(repository=home)
    paths = []
    for name in ("s-1", "s-2"):
        session = begin(client, home, name).json()
        path = f"{SESSIONS}/{session['id']}"
        body = {"task_id": str(task.pk), "event": "started"}
        assert client.post(f"{path}/tasks", body, format="json").status_code == 200
        paths.append(f"{path}/end")
    answers = at_once([lambda path=path: client.post(path) for path in paths])  # type: ignore[misc]
    assert codes(answers) == ["200", "200"]
    assert Task.objects.get(pk=task.pk).actual_minutes == 1
    assert SessionTask.objects.count() == 2
    connection.close()

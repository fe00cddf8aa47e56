"""Tasks that are written under a session's id: one's own, a free one, nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.outbox.worker import work_once
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.work_sessions.models import SessionTask, WorkSession
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.factories import (
    MemberFactory,
    RepositoryFactory,
    SuggestionFactory,
    TaskFactory,
    TaskTemplateFactory,
)

from .conftest import SESSIONS, Start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]
TASKS = f"{API}/tasks"


@pytest.fixture
def stranger(collaborator: User, client_of: ClientOf) -> APIClient:
    """Of a contributor, who is no maintainer; the sessions are the owner's."""
    return client_of(collaborator)


def new_task(repository: Repository, session_id: str = "s-1") -> dict[str, Any]:
    return {"repository": repository.name, "content": "Dig", "session_id": session_id}


def post(client: APIClient, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, body, format="json")


def patch(client: APIClient, task: Task, **body: Any) -> Any:
    return client.patch(f"{TASKS}/{task.pk}", body, format="json")


def assert_foreign(response: Any) -> None:
    problem = assert_problem(
        response, 403, "permission_denied", "/session_id", rule="foreign_session"
    )
    assert "s-1 is owner's" in problem["detail"]
    assert "Start one of your own" in problem["detail"]


def test_a_task_is_not_written_under_anothers_session(
    start: Start, stranger: APIClient, repository: Repository
) -> None:
    start()
    task = TaskFactory(repository=repository, session_id="mine")
    steps = [{"key": "a", "content": "Dig"}]
    template = TaskTemplateFactory(tasks=steps, repository=repository)
    body = {"repository": repository.name, "session_id": "s-1", "variables": {}}
    with nothing_written():
        assert_foreign(post(stranger, TASKS, new_task(repository)))
        assert_foreign(patch(stranger, task, session_id="s-1"))
        assert_foreign(patch(stranger, task, session_id="s-1", status="in_progress"))
        assert_foreign(post(stranger, f"{API}/templates/{template.pk}/instantiate", body))


def test_its_own_actor_and_maintainers_write_under_it(
    api: APIClient, start: Start, stranger: APIClient, repository: Repository
) -> None:
    start(stranger, session_id="theirs")
    for client in (stranger, api):
        assert post(client, TASKS, new_task(repository, "theirs")).status_code == 201
        task = TaskFactory(repository=repository)
        assert patch(client, task, session_id="theirs", status="in_progress").status_code == 200
    work_once()
    assert SessionTask.objects.count() == 2


def test_a_session_of_nobody_is_for_maintainers(
    api: APIClient, start: Start, stranger: APIClient, repository: Repository
) -> None:
    start()
    WorkSession.objects.update(actor=None)
    with nothing_written():
        response = post(stranger, TASKS, new_task(repository))
        problem = assert_problem(response, 403, "permission_denied", "/session_id")
    assert "nobody's any more" in problem["detail"]
    assert post(api, TASKS, new_task(repository)).status_code == 201


def test_an_id_of_which_no_session_goes_on_is_free(
    api: APIClient, start: Start, stranger: APIClient, repository: Repository
) -> None:
    session = start()
    api.post(f"{SESSIONS}/{session['id']}/end")
    assert post(stranger, TASKS, new_task(repository)).status_code == 201
    assert post(stranger, TASKS, new_task(repository, "s-2")).status_code == 201
    work_once()
    assert SessionTask.objects.count() == 0


def test_a_task_that_has_the_id_already_is_written_as_before(
    start: Start, stranger: APIClient, repository: Repository
) -> None:
    """It is work of that session: whoever moves it on takes nothing from anybody."""
    task = TaskFactory(repository=repository, session_id="s-1")
    start()
    assert patch(stranger, task, session_id="s-1", status="in_progress").status_code == 200
    assert patch(stranger, task, status="completed").status_code == 200
    assert patch(stranger, task, session_id="").status_code == 200


def test_an_id_is_its_repositorys_own(
    start: Start, stranger: APIClient, collaborator: User, repository: Repository
) -> None:
    """What goes on elsewhere under the same id is another session, and nobody learns of it."""
    start()
    other = RepositoryFactory(name="acme/second")
    MemberFactory(repository=other, user=collaborator, role="contributor")
    made = post(stranger, TASKS, {**new_task(other), "status": "in_progress"})
    assert made.status_code == 201, made.content
    own = start(stranger, repository=other.name)
    work_once()
    assert own["tasks_started"] == [made.json()["id"]]
    assert [row.session.repository_id for row in SessionTask.objects.all()] == [other.pk]


def test_what_was_suggested_in_anothers_session_is_accepted_outside_of_it(
    api: APIClient, start: Start, stranger: APIClient, repository: Repository
) -> None:
    start()
    made = []
    for client in (stranger, api):
        suggestion = SuggestionFactory(repository=repository, session_id="s-1")
        response = post(client, f"{API}/suggestions/{suggestion.pk}/accept", {})
        assert response.status_code == 200, response.content
        made.append(Task.objects.order_by("pk").last())
    assert [task.session_id for task in made if task] == ["", "s-1"]

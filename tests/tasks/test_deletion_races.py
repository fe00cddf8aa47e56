"""Deletions and restores that meet each other, or somebody who takes a place or gives a child.

On connections of their own, with the application's login.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, InvalidInputError
from apps.prds.models import PRD
from apps.prds.services import delete_prd, restore_prd
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, restore_template
from apps.tasks.deletion import delete_task
from apps.tasks.links import Links
from apps.tasks.models import Task, TaskDependency
from apps.tasks.services import create_task, update_task
from tests.contracts import API, ClientOf, assert_problem
from tests.contracts.races import at_once, codes, while_uncommitted
from tests.factories import PRDFactory, RepositoryFactory, TaskFactory, TaskTemplateFactory

TASKS = f"{API}/tasks"
ROUNDS = 5
pytestmark = pytest.mark.usefixtures("app_login")


@pytest.fixture
def clients(owner: Any, client_of: ClientOf) -> list[APIClient]:
    """Two callers who have called before: their handlers and metrics are loaded."""
    clients = [client_of(owner), client_of(owner)]
    for client in clients:
        assert client.get(f"{API}/repositories").status_code == 200
    return clients


def refused(call: Callable[[], Any]) -> Callable[[], DomainError]:
    """A call that answers with the refusal that `call` meets."""

    def run() -> DomainError:
        with pytest.raises(DomainError) as caught:
            call()
        return caught.value

    return run


def plant(repository: Repository, **values: Any) -> list[Task]:
    """A task and two below it."""
    top = TaskFactory(repository=repository, **values)
    return [top, *(TaskFactory(repository=repository, parent_task=top) for _ in range(2))]


# -- deletions and restores ----
def test_of_two_restores_one_meets_a_conflict(
    clients: list[APIClient], owner: User, repository: Repository
) -> None:
    for _ in range(ROUNDS):
        top, child, _ = plant(repository)
        delete_task(actor=owner, task=top)

        def post(client: APIClient, task: Task) -> Callable[[], Any]:
            return lambda: client.post(f"{TASKS}/{task.pk}/restore")

        answers = at_once([post(clients[0], top), post(clients[1], child)])
        assert codes(answers) == ["200", "409 conflict"]
        assert Task.objects.filter(repository=repository, deletion_batch=None).count() % 3 == 0


def test_a_deletion_and_a_restore_leave_all_or_nothing(
    clients: list[APIClient], repository: Repository
) -> None:
    """Either order is right; a half of the tree is not."""
    for _ in range(ROUNDS):
        top, child, _ = tasks = plant(repository)

        def delete(task: Task = top) -> Any:
            return clients[0].delete(f"{TASKS}/{task.pk}")

        def restore(task: Task = child) -> Any:
            return clients[1].post(f"{TASKS}/{task.pk}/restore")

        deleted, restored = at_once([delete, restore])
        assert deleted.status_code == 204
        assert restored.status_code in {200, 409}
        live = Task.objects.filter(pk__in=[task.pk for task in tasks]).count()
        assert live == (3 if restored.status_code == 200 else 0)


def test_whoever_looks_meanwhile_sees_the_one_or_the_other(
    clients: list[APIClient], repository: Repository
) -> None:
    top, *_ = plant(repository)
    address = f"{TASKS}/{top.pk}"

    def change() -> None:
        for _ in range(4 * ROUNDS):
            assert clients[0].delete(address).status_code == 204
            assert clients[0].post(f"{address}/restore").status_code == 200

    def in_own_connection() -> None:
        try:
            change()
        finally:
            connection.close()

    looks = 0
    with ThreadPoolExecutor(1) as pool:
        changes = pool.submit(in_own_connection)
        while not changes.done() or looks == 0:
            response = clients[1].get(f"{address}/deletion")
            assert response.status_code == 200, response.content
            looks += 1
        changes.result()


# -- a place that is unique among live rows ----
def new_prd(repository: Repository) -> PRD:
    return PRD.objects.create(repository=repository, filename="a.md", content="# A")


def new_template(repository: Repository) -> TaskTemplate:
    return TaskTemplate.objects.create(repository=repository, name="A")


@pytest.mark.parametrize("kind", ["prd", "template"])
def test_a_restore_learns_of_a_place_that_is_being_taken(
    owner: User, repository: Repository, kind: str
) -> None:
    """The other's row cannot be seen when conflicts are looked for; the unique index knows it."""
    if kind == "prd":
        prd = new_prd(repository)
        delete_prd(actor=owner, prd=prd)
        error = while_uncommitted(
            lambda: new_prd(repository), refused(lambda: restore_prd(actor=owner, prd=prd))
        )
    else:
        template = new_template(repository)
        delete_template(actor=owner, template=template)
        error = while_uncommitted(
            lambda: new_template(repository),
            refused(lambda: restore_template(actor=owner, template=template)),
        )
    assert error.code is ErrorCode.ALREADY_EXISTS
    assert len(error.extra["conflicts"]) == 1


def test_a_place_that_is_being_taken_back_is_taken(owner: User, repository: Repository) -> None:
    prd = new_prd(repository)
    delete_prd(actor=owner, prd=prd)

    def take() -> str:
        with pytest.raises(IntegrityError, match="prds_filename_unique"):
            new_prd(repository)
        return "refused"

    assert while_uncommitted(lambda: restore_prd(actor=owner, prd=prd), take) == "refused"
    assert list(PRD.objects.all()) == [prd]


def test_an_import_loses_against_a_restore_with_a_problem(
    clients: list[APIClient], owner: User, repository: Repository
) -> None:
    prd = new_prd(repository)
    delete_prd(actor=owner, prd=prd)
    body = {"repository": repository.name, "filename": "a.md", "content": "# A\n" * 50}
    response = while_uncommitted(
        lambda: restore_prd(actor=owner, prd=prd),
        lambda: clients[0].post(f"{API}/prd/import", body, format="json"),
    )
    assert_problem(response, 409, "already_exists", "/filename")


# -- a child that is being given, an owner that is being deleted ----
def test_a_parent_that_is_being_deleted_gets_no_child(
    clients: list[APIClient], owner: User, repository: Repository
) -> None:
    task = TaskFactory(repository=repository)
    for method, address in (("post", TASKS), ("patch", f"{TASKS}/{task.pk}")):
        parent = TaskFactory(repository=repository)
        body = {"content": "Dig", "parent_task_id": str(parent.pk)}
        if method == "post":
            body["repository"] = repository.name
        call = getattr(clients[0], method)
        response = while_uncommitted(
            lambda parent=parent: delete_task(actor=owner, task=parent),
            lambda call=call, address=address, body=body: call(address, body, format="json"),
        )
        problem = assert_problem(response, 400, "invalid_request", "/parent_task_id")
        assert "live task of the same repository" in problem["detail"]
    assert Task.all_objects.filter(parent_task__isnull=False).count() == 0


def test_a_child_that_is_being_given_goes_along(
    clients: list[APIClient], owner: User, repository: Repository
) -> None:
    parent = TaskFactory(repository=repository)
    response = while_uncommitted(
        lambda: create_task(
            actor=owner, repository=repository, values={"content": "x", "parent_task": parent}
        ),
        lambda: clients[0].delete(f"{TASKS}/{parent.pk}"),
    )
    assert response.status_code == 204
    assert not Task.objects.exists()
    assert Task.all_objects.values_list("deletion_batch").distinct().count() == 1


@pytest.mark.parametrize("change", ["create", "update"])
def test_a_document_that_is_being_deleted_gets_no_task(
    owner: User, repository: Repository, change: str
) -> None:
    prd, task = PRDFactory(repository=repository), TaskFactory(repository=repository)

    def link() -> Task:
        if change == "create":
            values = {"content": "x", "prd": prd}
            return create_task(actor=owner, repository=repository, values=values)
        return update_task(actor=owner, task=task, changes={"prd": prd})

    error = while_uncommitted(lambda: delete_prd(actor=owner, prd=prd), refused(link))
    assert isinstance(error, InvalidInputError)
    assert error.errors[0].pointer == "/prd_id"
    assert not Task.all_objects.filter(prd=prd).exists()


@pytest.mark.parametrize("change", ["create", "update"])
def test_a_task_that_a_document_is_being_given_goes_along(
    owner: User, repository: Repository, change: str
) -> None:
    prd, task = PRDFactory(repository=repository), TaskFactory(repository=repository)

    def link() -> None:
        if change == "create":
            values = {"content": "x", "prd": prd}
            create_task(actor=owner, repository=repository, values=values)
        else:
            update_task(actor=owner, task=task, changes={"prd": prd})

    batch = while_uncommitted(link, lambda: delete_prd(actor=owner, prd=prd))
    assert batch.count == 2
    assert not Task.objects.filter(prd=prd).exists()


def test_nothing_comes_to_wait_for_what_is_being_deleted(
    owner: User, repository: Repository
) -> None:
    blocker, task = (TaskFactory(repository=repository) for _ in range(2))
    error = while_uncommitted(
        lambda: delete_task(actor=owner, task=blocker),
        refused(
            lambda: update_task(
                actor=owner, task=task, changes={}, links=Links(dependencies=[blocker.pk])
            )
        ),
    )
    assert error.errors[0].pointer == "/dependencies/0"
    assert not TaskDependency.objects.exists()


def test_a_task_that_is_being_deleted_takes_no_change(
    clients: list[APIClient], owner: User, repository: Repository
) -> None:
    task = TaskFactory(repository=repository)
    address = f"{TASKS}/{task.pk}"
    response = while_uncommitted(
        lambda: delete_task(actor=owner, task=task),
        lambda: clients[0].patch(address, {"content": "Changed"}, format="json"),
    )
    assert_problem(response, 404, "not_found")
    assert Task.all_objects.get().content == task.content


def test_deletions_in_two_repositories_do_not_meet(owner: User, repository: Repository) -> None:
    """One waits for no other: a lock is a repository's."""
    root = User.objects.create(username="root", is_superuser=True)
    here, there = TaskFactory(repository=repository), TaskFactory(repository=RepositoryFactory())
    with pytest.raises(AssertionError, match="it did not wait"):
        while_uncommitted(
            lambda: delete_task(actor=owner, task=here),
            lambda: delete_task(actor=root, task=there),
        )


def test_templates_of_all_repositories_are_deleted_once() -> None:
    """They have no repository whose lock would keep two deletions apart: the row's does."""
    root = User.objects.create(username="root", is_superuser=True)
    template = TaskTemplateFactory()
    error = while_uncommitted(
        lambda: delete_template(actor=root, template=template),
        refused(lambda: delete_template(actor=root, template=template)),
    )
    assert error.code is ErrorCode.NOT_FOUND

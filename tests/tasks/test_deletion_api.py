"""What a task's deletion shows and brings back over the API, with all that hangs on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.prds.models import PRD
from apps.prds.services import delete_prd
from apps.repositories.models import Repository
from apps.tasks.deletion import delete_task, purge_task, restore_task
from apps.tasks.models import Task
from tests.conftest import application_role
from tests.contracts import API, assert_problem, nothing_written
from tests.contracts.races import meanwhile
from tests.factories import PRDFactory, TaskDependencyFactory, TaskFactory

from .ageing import age

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.django_db


def deletion(api: APIClient, task: Task) -> dict[str, Any]:
    response = api.get(f"{TASKS}/{task.pk}/deletion")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


def restore(api: APIClient, task: Task, **headers: str) -> Any:
    return api.post(f"{TASKS}/{task.pk}/restore", **headers)


def shown(*tasks: Task, kind: str = "task", count: int | None = None) -> dict[str, Any]:
    sample = [{"id": str(task.pk), "label": str(task)} for task in tasks]
    return {"kind": kind, "count": len(tasks) if count is None else count, "sample": sample}


@pytest.fixture
def tree(repository: Repository) -> list[Task]:
    """A task, twelve below it, and one below the last of them."""
    top = TaskFactory(repository=repository)
    children = [TaskFactory(repository=repository, parent_task=top) for _ in range(12)]
    return [top, *children, TaskFactory(repository=repository, parent_task=children[-1])]


def test_a_tree_is_shown_deleted_and_restored_as_one(
    api: APIClient, repository: Repository, tree: list[Task], as_app: None
) -> None:
    top, inner = tree[0], tree[-1]
    preview = deletion(api, top)
    assert preview["count"] == 14
    assert preview["records"] == [shown(*tree[:10], count=14)]
    assert deletion(api, inner)["count"] == 1
    assert api.delete(f"{TASKS}/{top.pk}").status_code == 204
    back = deletion(api, inner)
    assert (back["count"], back["records"]) == (14, preview["records"])
    assert back["batch"] == deletion(api, top)["batch"]
    response = restore(api, inner)
    assert (response.json()["id"], response["TaskHub-Restored"]) == (str(inner.pk), "14")
    assert set(Task.objects.values_list("pk", flat=True)) == {task.pk for task in tree}


def test_a_task_that_went_with_its_document_brings_it_back(
    api: APIClient, owner: User, repository: Repository, as_app: None
) -> None:
    prd = PRDFactory(repository=repository)
    first, second = (TaskFactory(repository=repository, prd=prd) for _ in range(2))
    delete_prd(actor=owner, prd=prd)
    back = deletion(api, first)
    assert back["records"] == [shown(prd, kind="prd"), shown(first, second)]
    assert restore(api, second)["TaskHub-Restored"] == "3"
    assert PRD.objects.filter(pk=prd.pk).exists()


def test_a_place_that_was_taken_stops_a_restore(
    api: APIClient, owner: User, repository: Repository, as_app: None
) -> None:
    prd = PRDFactory(repository=repository, filename="a.md", title="First")
    task = TaskFactory(repository=repository, prd=prd)
    delete_prd(actor=owner, prd=prd)
    PRDFactory(repository=repository, filename="a.md")
    conflicts = deletion(api, task)["conflicts"]
    assert len(conflicts) == 1
    assert "“First” cannot come back" in conflicts[0]
    with nothing_written():
        problem = assert_problem(restore(api, task), 409, "already_exists")
    assert problem["conflicts"] == conflicts


def test_an_owner_that_stays_deleted_is_told_of(
    api: APIClient, owner: User, repository: Repository, as_app: None
) -> None:
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, parent_task=parent)
    delete_task(actor=owner, task=child)
    delete_task(actor=owner, task=parent)
    (remark,) = deletion(api, child)["remarks"]
    assert f"“{child}” comes back below “{parent}”, which stays deleted" in remark
    assert restore(api, child).json()["parent_task_id"] == str(parent.pk)
    assert_problem(api.get(f"{TASKS}/{parent.pk}"), 404, "not_found")


def test_a_deleted_parent_may_be_sent_back_but_not_chosen(
    api: APIClient, owner: User, repository: Repository, as_app: None
) -> None:
    """A client may send what it has read, whole."""
    parent = TaskFactory(repository=repository)
    child, other = (TaskFactory(repository=repository, parent_task=p) for p in (parent, None))
    delete_task(actor=owner, task=child)
    delete_task(actor=owner, task=parent)
    restore(api, child)
    body = {"content": "Changed", "parent_task_id": str(parent.pk)}
    kept = api.patch(f"{TASKS}/{child.pk}", body, format="json")
    assert (kept.status_code, kept.json()["parent_task_id"]) == (200, str(parent.pk))
    chosen = api.patch(f"{TASKS}/{other.pk}", body, format="json")
    assert_problem(chosen, 400, "invalid_request", "/parent_task_id")
    created = api.post(TASKS, {**body, "repository": repository.name}, format="json")
    assert_problem(created, 400, "invalid_request", "/parent_task_id")
    left = api.patch(f"{TASKS}/{child.pk}", {"parent_task_id": None}, format="json")
    assert left.json()["parent_task_id"] is None


def test_what_was_purged_is_gone(owner: User, repository: Repository, api: APIClient) -> None:
    owner.user_permissions.set(Permission.objects.filter(codename="purge_task"))
    actor, task = User.objects.get(pk=owner.pk), TaskFactory(repository=repository)
    age(delete_task(actor=actor, task=task).id, days=2)
    with application_role():
        assert restore(api, task).status_code == 200
    age(delete_task(actor=actor, task=task).id, days=2)
    with application_role():
        purge_task(actor=actor, task=task)
        assert_problem(api.get(f"{TASKS}/{task.pk}/deletion"), 404, "not_found")
        with nothing_written():
            assert_problem(restore(api, task), 404, "not_found")


def test_what_is_restored_while_it_is_looked_at_is_live(
    api: APIClient, owner: User, repository: Repository, as_app: None
) -> None:
    task = TaskFactory(repository=repository)
    delete_task(actor=owner, task=task)
    with meanwhile(lambda: restore_task(actor=owner, task=task), before='"deletion_batch" = '):
        assert deletion(api, task)["deleted_at"] is None


@pytest.mark.parametrize("rule", ["release", "block"])
def test_who_waits_for_what_would_go_is_told(
    api: APIClient, repository: Repository, tree: list[Task], as_app: None, rule: str
) -> None:
    """Open tasks outside that wait for an open one inside; a cancelled one by the rule."""
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": rule})
    top, completed, cancelled, inner = tree[0], tree[1], tree[2], tree[-1]
    Task.objects.filter(pk=completed.pk).update(status="completed")
    Task.objects.filter(pk=cancelled.pk).update(status="cancelled")

    def outside(blocker: Task, kind: str = "blocks", **values: Any) -> Task:
        task: Task = TaskFactory(repository=repository, **values)
        TaskDependencyFactory(task=task, depends_on=blocker, kind=kind)
        return task

    waiting = [outside(inner), outside(top, status="in_progress")]
    behind_cancelled = outside(cancelled)
    for task in [outside(completed), outside(top, "related"), outside(top, status="completed")]:
        assert task.pk
    TaskDependencyFactory(task=tree[3], depends_on=tree[4])
    TaskDependencyFactory(task=top, depends_on=TaskFactory(repository=repository))
    gone = outside(top)
    api.delete(f"{TASKS}/{gone.pk}")
    expected = [*waiting, behind_cancelled] if rule == "block" else waiting
    assert deletion(api, top)["waiting"] == [shown(*expected)]
    api.delete(f"{TASKS}/{top.pk}")
    assert deletion(api, top)["waiting"] == [shown(*expected)]


def test_a_filter_narrows_what_is_deleted(
    api: APIClient, repository: Repository, as_app: None
) -> None:
    for content, status in (("a", "pending"), ("b", "in_progress"), ("c", "pending")):
        task = TaskFactory(repository=repository, content=content, status=status)
        api.delete(f"{TASKS}/{task.pk}")
    query = {"repository": repository.name, "state": "deleted", "status": "pending"}
    page = api.get(TASKS, query).json()
    assert [row["content"] for row in page["results"]] == ["c", "a"]


def test_an_address_in_capitals_is_the_same(
    api: APIClient, repository: Repository, as_app: None
) -> None:
    task = TaskFactory(repository=repository)
    address = f"{TASKS}/{str(task.pk).upper()}"
    assert api.get(f"{address}/deletion").json()["count"] == 1
    assert api.delete(address).status_code == 204
    assert UUID(api.post(f"{address}/restore").json()["id"]) == task.pk

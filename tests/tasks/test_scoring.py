"""Each task keeps its score, with what it is counted from, whichever service writes it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.prds.complexity import score_item
from apps.repositories.models import Repository
from apps.tasks.bulk import NewTask, TaskChange, change_tasks, create_tasks
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.contracts.answers import outline
from tests.factories import TaskDependencyFactory, TaskFactory, create

TASKS = f"{API}/tasks"
MET = [{"text": "It is 3 m deep", "met": False}]
pytestmark = pytest.mark.usefixtures("as_app")


def expected(dependencies: int = 0) -> float:
    return score_item(
        title="Dig", details="- deep", criteria=["It is 3 m deep"], dependencies=dependencies
    ).score


def make(owner: User, repository: Repository, **more: Any) -> Task:
    values = {"content": "Dig", "details": "- deep", "acceptance_criteria": MET, **more}
    return create_task(actor=owner, repository=repository, values=values)


def test_a_new_task_has_its_score(owner: User, repository: Repository) -> None:
    task = make(owner, repository)
    assert (task.complexity_score, task.complexity_version) == (expected(), "cx-1")
    assert task.complexity_factors["level"] == "simple"
    assert task.complexity is None  # that is for people to say
    assert task.version == 1


def test_a_dependency_counts_for_the_task_that_waits(
    api: APIClient, repository: Repository
) -> None:
    body = {"repository": repository.name, "content": "Dig"}
    first = api.post(TASKS, body, format="json").json()
    second = api.post(TASKS, {**body, "dependencies": [first["id"]]}, format="json").json()
    third = api.post(TASKS, {**body, "blocks": [first["id"]]}, format="json").json()
    again = api.get(f"{TASKS}/{first['id']}").json()
    assert second["complexity_score"] > first["complexity_score"] == third["complexity_score"]
    assert again["complexity_score"] == second["complexity_score"]
    api.patch(f"{TASKS}/{third['id']}", {"blocks": []}, format="json")
    freed = api.get(f"{TASKS}/{first['id']}").json()
    assert freed["complexity_score"] == first["complexity_score"]
    alone = api.patch(f"{TASKS}/{second['id']}", {"dependencies": []}, format="json").json()
    assert alone["complexity_score"] == first["complexity_score"]


@pytest.mark.parametrize(
    "changes",
    [{"content": "Dig a hole"}, {"details": "- deep\n- wide"}, {"acceptance_criteria": MET * 2}],
)
def test_a_change_of_what_is_counted(
    owner: User, repository: Repository, changes: dict[str, Any]
) -> None:
    task = make(owner, repository)
    before = task.complexity_score
    updated = update_task(actor=owner, task=task, changes=changes)
    assert updated.complexity_score > before
    assert updated.version == 2


def test_another_change_counts_nothing_anew(owner: User, repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    updated = update_task(actor=owner, task=task, changes={"priority": "high"})
    assert updated.complexity_score is None
    with nothing_written():
        update_task(actor=owner, task=task, changes={"content": task.content})


def test_a_level_that_nobody_changed_follows_the_score(owner: User, repository: Repository) -> None:
    long = {"details": "- bit\n" * 60, "acceptance_criteria": MET * 30}
    left, said, told = (make(owner, repository, complexity=c) for c in ("simple", "epic", "simple"))
    assert update_task(actor=owner, task=left, changes=long).complexity == "medium"
    assert update_task(actor=owner, task=said, changes=long).complexity == "epic"
    both = {**long, "complexity": "simple"}
    assert update_task(actor=owner, task=told, changes=both).complexity == "simple"


def test_an_import_takes_the_level_of_the_score(owner: User, repository: Repository) -> None:
    values = {"content": "Dig", "details": "- deep", "acceptance_criteria": MET}
    ids = create_tasks(
        actor=owner,
        repository=repository,
        new_tasks=[
            NewTask("a", values),
            NewTask("b", {**values, "complexity": "epic"}, depends_on=["a"]),
        ],
    )
    first, second = Task.objects.get(pk=ids["a"]), Task.objects.get(pk=ids["b"])
    assert (first.complexity, first.complexity_score) == ("simple", expected())
    assert (second.complexity, second.complexity_score) == ("epic", expected(1))
    lock_graph(repository.pk)
    changes = [
        TaskChange(first.pk, {"details": "- deep\n- wide"}),
        TaskChange(second.pk, {}, dependencies=[]),
    ]
    change_tasks(actor=owner, repository=repository, changes=changes)
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.complexity_score > expected()
    assert second.complexity_score == expected()
    assert first.version == second.version == 2


def test_the_complexity_of_a_task(api: APIClient, owner: User, repository: Repository) -> None:
    task = make(owner, repository)
    got = api.get(f"{TASKS}/{task.pk}/complexity")
    answer = got.json()
    assert (answer["score"], answer["level"], answer["version"]) == (expected(), "simple", "cx-1")
    assert answer["factors"][1]["explanation"] == "1 requirement adds 0.0129 of at most 0.20."
    again = api.get(f"{TASKS}/{task.pk}/complexity", HTTP_IF_NONE_MATCH=got["ETag"])
    assert again.status_code == 304


def test_a_task_without_a_score_gets_one_to_look_at(api: APIClient, repository: Repository) -> None:
    link = create(TaskDependencyFactory, task__repository=repository)
    with nothing_written():
        answer = api.get(f"{TASKS}/{link.task_id}/complexity").json()
    assert answer["factors"][5]["found"] == 1


def test_what_may_not_be_seen_is_not_there(
    owner: User, outsider: User, client_of: ClientOf, repository: Repository
) -> None:
    task = make(owner, repository)
    missing = outline(client_of(owner).get(f"{TASKS}/{uuid7()}/complexity"))
    assert missing["code"] == "not_found"
    assert outline(client_of(outsider).get(f"{TASKS}/{task.pk}/complexity")) == missing
    assert_problem(APIClient().get(f"{TASKS}/{task.pk}/complexity"), 401, "not_authenticated")
    assert_problem(
        client_of(owner).post(f"{TASKS}/{task.pk}/complexity", {}, format="json"),
        405,
        "method_not_allowed",
    )

"""The ready queue and what is blocked: order, reasons, narrowing, errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.queue import WINDOW, read_windows
from apps.tasks.urgency import PATIENCE
from tests.contracts import API, ClientOf, assert_problem
from tests.factories import PRDFactory, TaskClaimFactory, TaskDependencyFactory, TaskFactory, id_at

READY = f"{API}/tasks/ready"
BLOCKED = f"{API}/tasks/blocked"
pytestmark = pytest.mark.django_db


def contents(api: APIClient, repository: Repository, **query: Any) -> list[str]:
    """What the queue shows, in its order."""
    answer = api.get(READY, {"repository": repository.name, **query})
    assert answer.status_code == 200, answer.content
    return [task["content"] for task in answer.json()["results"]]


def made(repository: Repository, content: str, *, days_ago: float = 0, **values: Any) -> Task:
    """A task that was created so many days ago."""
    key = id_at(timezone.now() - timedelta(days=days_ago))
    return TaskFactory(id=key, repository=repository, content=content, **values)


def test_in_order_of_when_they_should_be_begun(api: APIClient, repository: Repository) -> None:
    now = timezone.now()
    made(repository, "low, new", priority="low")
    made(repository, "high, new", priority="high")
    made(repository, "medium, new")
    made(repository, "low, 29.5 days old", priority="low", days_ago=29.5)
    made(repository, "medium, due in an hour", due_at=now + timedelta(hours=1))
    made(repository, "low, overdue", priority="low", due_at=now - timedelta(hours=1))
    assert contents(api, repository) == [
        "low, overdue",
        "medium, due in an hour",
        "low, 29.5 days old",
        "high, new",
        "medium, new",
        "low, new",
    ]


@pytest.mark.parametrize("priority", list(PATIENCE))
@pytest.mark.parametrize("due_in_days", [None, 0, 3, 60])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_the_database_and_python_agree_on_patience(
    priority: str, due_in_days: int | None, zone: str
) -> None:
    born = datetime(2026, 3, 28, 12, tzinfo=UTC)  # before the clocks change
    due = None if due_in_days is None else born + timedelta(days=due_in_days)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL TIME ZONE '{zone}'")
        cursor.execute(
            "SELECT extract(epoch FROM task_act_by(%s, %s, %s))", [id_at(born), priority, due]
        )
        ((found,),) = cursor.fetchall()
    patient = born + PATIENCE[priority]
    assert found == (patient if due is None else min(due, patient)).timestamp()


def test_what_others_wait_for_comes_first(api: APIClient, repository: Repository) -> None:
    older = made(repository, "older", days_ago=0.5)
    newer = made(repository, "newer")
    for _ in range(3):  # 3 · 6 hours are more than half a day
        TaskDependencyFactory(task__repository=repository, depends_on=newer)
    assert contents(api, repository)[:2] == [newer.content, older.content]


def test_each_says_why(api: APIClient, repository: Repository) -> None:
    blocker = made(repository, "blocker", days_ago=2, status="completed")
    task = made(repository, "task", days_ago=3, priority="high")
    TaskDependencyFactory(task=task, depends_on=blocker)
    TaskDependencyFactory(task__repository=repository, depends_on=task)
    closed = TaskDependencyFactory(task__repository=repository, depends_on=task).task
    Task.objects.filter(pk=closed.pk).update(status="cancelled")
    blocker.refresh_from_db()
    answer = api.get(READY, {"repository": repository.name}).json()
    (shown,) = answer["results"]
    standing = shown["standing"]
    assert shown["id"] == str(task.pk)
    assert shown["repository"] == repository.name
    assert standing["rank"] == 1
    assert standing["unblocks"] == 1
    assert standing["score"] == pytest.approx(48 + 6, abs=0.2)
    assert standing["age_hours"] == pytest.approx(72, abs=0.1)
    assert datetime.fromisoformat(standing["ready_since"]) == blocker.completed_at
    assert "24 hours after its creation" in standing["text"]
    assert "1 open task waits for it" in standing["text"]
    assert not answer["more"]
    assert answer["formula"] == "rq-1"


def test_ready_since_the_last_child_was_closed(api: APIClient, repository: Repository) -> None:
    parent = made(repository, "parent", days_ago=5)
    child = made(repository, "child", days_ago=4, parent_task=parent)
    made(repository, "open under another", days_ago=1)
    Task.objects.filter(pk=child.pk).update(status="completed")
    child.refresh_from_db()
    answer = api.get(READY, {"repository": repository.name}).json()
    since = {each["content"]: each["standing"]["ready_since"] for each in answer["results"]}
    assert datetime.fromisoformat(since["parent"]) == child.completed_at


def test_narrowed(api: APIClient, repository: Repository) -> None:
    prd = PRDFactory(repository=repository)
    parent = made(repository, "parent")
    made(repository, "mine", assignee="ada", tags=["ui"], priority="high")
    made(repository, "nobody's", complexity="epic", prd=prd)
    made(repository, "hers", assignee="eve", parent_task=parent)
    for query, expected in [
        ({"assignee": "ada"}, {"mine"}),
        ({"for_holder": "ada"}, {"mine", "nobody's"}),
        ({"tag": "ui"}, {"mine"}),
        ({"tag": "u"}, set()),
        ({"priority": "high,low"}, {"mine"}),
        ({"complexity": "epic"}, {"nobody's"}),
        ({"prd_id": str(prd.pk)}, {"nobody's"}),
        ({"parent_task_id": str(parent.pk)}, {"hers"}),
        ({"limit": "1"}, {"mine"}),
    ]:
        assert set(contents(api, repository, **query)) == expected, query


def test_windows_follow_each_other(repository: Repository) -> None:
    now = timezone.now()
    for n in range(WINDOW + 3):  # two and two are due at one instant, also where windows meet
        TaskFactory(repository=repository, due_at=now + timedelta(hours=n // 2))
    first, second = read_windows(repository)
    standings = [*first.standings, *second.standings]
    assert (first.more, second.more) == (True, False)
    assert [each.rank for each in standings] == list(range(1, WINDOW + 4))
    assert len({each.task.pk for each in standings}) == WINDOW + 3
    assert max(each.act_by for each in first.standings) <= second.standings[0].act_by


def test_the_head_is_bounded_and_says_so(api: APIClient, repository: Repository) -> None:
    Task.objects.bulk_create(
        Task(repository=repository, content=f"task {n}") for n in range(WINDOW + 1)
    )
    answer = api.get(READY, {"repository": repository.name, "limit": WINDOW}).json()
    assert len(answer["results"]) == WINDOW
    assert answer["more"]
    assert not {f"task {WINDOW}"} & {task["content"] for task in answer["results"]}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": str(WINDOW + 1)}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"limit": "0000000050"}, "limit"),
        ({"priority": "urgent"}, "priority"),
        ({"prd_id": "x"}, "prd_id"),
        ({"tag": "a\0"}, "tag"),
        ({"cursor": "x"}, "cursor"),
    ],
)
def test_bad_parameters_are_named(
    api: APIClient, repository: Repository, query: dict[str, str], parameter: str
) -> None:
    answer = api.get(READY, {"repository": repository.name, **query})
    code = "unknown_parameter" if parameter == "cursor" else "invalid_parameter"
    assert_problem(answer, 400, code, parameter)


@pytest.mark.parametrize("address", [READY, BLOCKED, f"{API}/tasks/claims"])
def test_who_may_not_see_the_repository(
    client_of: ClientOf, outsider: Any, repository: Repository, address: str
) -> None:
    answer = client_of(outsider).get(address, {"repository": repository.name})
    assert_problem(answer, 404, "not_found", "repository")


def test_blocked_names_what_is_in_the_way(api: APIClient, repository: Repository) -> None:
    link = TaskDependencyFactory(task__repository=repository)
    TaskClaimFactory(task=link.depends_on, holder="agent 7")
    cancelled = TaskFactory(repository=repository, status="cancelled")
    TaskDependencyFactory(task=link.task, depends_on=cancelled)
    TaskDependencyFactory(
        task=link.task, depends_on=TaskFactory(repository=repository), kind="related"
    )
    answer = api.get(BLOCKED, {"repository": repository.name}).json()
    (task,) = answer["results"]
    assert answer["next"] is None
    assert task["id"] == str(link.task_id)
    assert task["blocked_by_count"] == 1
    (blocker,) = task["blocked_by"]
    assert blocker["id"] == str(link.depends_on_id)
    assert blocker["claim"]["holder"] == "agent 7"
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": "block"})
    (task,) = api.get(BLOCKED, {"repository": repository.name}).json()["results"]
    assert {each["status"] for each in task["blocked_by"]} == {"pending", "cancelled"}


def test_blocked_is_paged(api: APIClient, repository: Repository) -> None:
    links = [TaskDependencyFactory(task__repository=repository) for _ in range(3)]
    seen, query = [], {"repository": repository.name, "limit": 2}
    while True:
        answer = api.get(BLOCKED, query).json()
        seen += [task["id"] for task in answer["results"]]
        if answer["next"] is None:
            break
        query["cursor"] = answer["next"]
    assert seen == [str(link.task_id) for link in reversed(links)]


@pytest.mark.parametrize("address", [READY, BLOCKED])
def test_queries_do_not_grow_with_the_answer(
    api: APIClient, repository: Repository, address: str
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(address, {"repository": repository.name}).status_code == 200
        return len(queries)

    TaskDependencyFactory(task__repository=repository)
    cost()
    few = cost()
    for _ in range(10):
        TaskDependencyFactory(task__repository=repository)
    assert cost() == few


def test_closing_a_task_recomputes_nothing(api: APIClient, repository: Repository) -> None:
    def cost(waiting: int) -> int:
        task = TaskFactory(repository=repository)
        for _ in range(waiting):
            TaskDependencyFactory(task__repository=repository, depends_on=task)
        with CaptureQueriesContext(connection) as queries:
            body = {"status": "completed"}
            answer = api.patch(f"{API}/tasks/{task.pk}", body, format="json")
        assert answer.status_code == 200, answer.content
        return len(queries)

    cost(1)
    assert cost(1) == cost(30)

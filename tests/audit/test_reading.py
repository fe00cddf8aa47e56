"""Reading history: the order, what changed, and the record at any instant."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User, UserPermission, UserPermissionEvent
from apps.audit.events import event_time, key_after, link_sources, since
from apps.audit.history import Operation, read_history
from apps.audit.snapshots import event_as_of, links_as_of, state_as_of, states_as_of
from apps.core.context import Source, acting
from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.links import Links
from apps.tasks.models import Task, TaskDependency, TaskEvent
from apps.tasks.services import create_task, update_task
from tests.factories import PRDFactory, TaskFactory, create

from .plans import scans

pytestmark = pytest.mark.django_db

VALUES: dict[str, tuple[Any, Any]] = {
    "content": ("Dig", "Dig ü 🌱 \u200f"),
    "details": ("", "x" * 100_000),
    "status": ("pending", "completed"),
    "complexity": (None, "epic"),
    "complexity_score": (None, 0.1 + 0.2),
    "estimated_minutes": (0, None),
    "ai_suggested": (False, True),
    "tags": ([], ["a", "b"]),
    "acceptance_criteria": ([], [{"text": "Fast", "met": False}]),
    "metadata": ({"a": 1}, {"a": True}),
    "due_at": (None, datetime(2026, 5, 1, 8, 0, 0, 123456, UTC)),
    "source_first_line": (None, 7),
}


def now() -> datetime:
    """The database's clock: it makes the keys of events."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def as_json(value: Any) -> str:
    return json.dumps(value, default=str, sort_keys=True)


def history(record: Any, **options: Any) -> Any:
    return read_history(type(record), record.pk, **{"limit": 50, **options})


@pytest.mark.parametrize("name", VALUES)
def test_each_type_of_field_is_told_with_both_values(name: str, as_app: None) -> None:
    before, after = VALUES[name]
    task = create(TaskFactory, **{name: before})
    lines = {"source_last_line": after} if name == "source_first_line" else {}
    Task.objects.filter(pk=task.pk).update(**{name: after}, **lines)
    changes = {c.field.name: (c.before, c.after) for c in history(task).entries[0].field_changes()}
    assert changes[name] == (before, after)
    assert as_json(changes[name]) == as_json((before, after))
    assert changes.keys() <= {name, "completed_at", "source_last_line"}


def test_a_foreign_key_is_told_by_its_id(repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    prd = create(PRDFactory, repository=repository)
    Task.objects.filter(pk=task.pk).update(prd=prd)
    (change,) = history(task).entries[0].field_changes()
    assert (change.field.name, change.before, change.after) == ("prd", None, prd.pk)


def test_operations_from_creation_to_removal(owner: User, repository: Repository) -> None:
    with acting(source=Source.JOB, actor=owner, name="nightly", reason="why"):
        task = create_task(actor=owner, repository=repository, values={"content": "Dig"})
    update_task(actor=owner, task=task, changes={"assignee": "anna"})
    delete_task(actor=owner, task=task)
    restore_task(actor=owner, task=task)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM tasks WHERE id = %s", [task.pk])
    entries = history(task).entries
    assert [(entry.operation, entry.version) for entry in entries] == [
        (Operation.REMOVED, 4),
        (Operation.RESTORED, 4),
        (Operation.DELETED, 3),
        (Operation.UPDATED, 2),
        (Operation.CREATED, 1),
    ]
    assert entries[0].field_changes() == ()
    assert entries[-1].is_first
    assert entries[-1].context["reason"] == "why"


def test_what_was_before_the_first_kept_event_is_not_made_up(repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    Task.objects.filter(pk=task.pk).update(assignee="anna")
    TaskEvent.objects.filter(pgh_obj_id=task.pk, pgh_label="insert").delete()
    (entry,) = history(task).entries
    assert (entry.operation, entry.is_first) == (Operation.UPDATED, True)


# -- order and time ----
@pytest.mark.django_db(transaction=True)
def test_versions_follow_each_other_when_transactions_overlap() -> None:
    """The one that begins first writes last: its transaction's start lies before the other's."""
    task = create(TaskFactory)
    other = psycopg.connect(**connection.get_connection_params())
    with other.cursor() as early:
        early.execute("SELECT now()")  # the transaction has begun
        Task.objects.filter(pk=task.pk).update(assignee="second")
        between = now()
        early.execute("UPDATE tasks SET assignee = 'third' WHERE id = %s", [task.pk])
        other.commit()
    other.close()
    third, second, first = history(task).entries
    assert [e.version for e in (first, second, third)] == [1, 2, 3]
    assert third.newest.pgh_created_at < second.newest.pgh_created_at
    assert first.at < second.at <= between < third.at
    assert state_as_of(Task, task.pk, between).assignee == "second"
    assert state_as_of(Task, task.pk, third.at).assignee == "third"


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1000, 123456, 999_999])
def test_a_key_holds_its_time_to_the_microsecond(microsecond: int) -> None:
    moment = datetime(2026, 11, 23, 8, 0, 0, microsecond, UTC)
    with connection.cursor() as cursor:
        # What `uuid7()` computes, at a moment of our choice.
        cursor.execute("SELECT pg_get_functiondef('uuid7'::regproc)")
        body = cursor.fetchone()[0].split("$function$")[1].replace("%", "%%")
        cursor.execute(body.replace("clock_timestamp()", "%s::timestamptz"), [moment])
        key: UUID = cursor.fetchone()[0]
    assert event_time(key) == moment
    assert key < key_after(moment)
    assert key >= key_after(moment - timedelta(microseconds=1))


def test_an_instant_between_two_changes_shows_the_first(as_app: None) -> None:
    task = create(TaskFactory)
    for number in range(20):
        Task.objects.filter(pk=task.pk).update(assignee=str(number))
    for entry in history(task).entries:
        assert state_as_of(Task, task.pk, entry.at).version == entry.version
        before = state_as_of(Task, task.pk, entry.at - timedelta(microseconds=1))
        assert getattr(before, "version", 0) == entry.version - 1


def test_antiquity_and_odd_ids_have_no_history() -> None:
    for key in (UUID(int=0), UUID(int=2**128 - 1), uuid7()):
        assert read_history(Task, key, limit=5).entries == ()
        assert state_as_of(Task, key, timezone.now()) is None
    task = create(TaskFactory)
    assert state_as_of(Task, task.pk, datetime(1, 1, 1, tzinfo=UTC)) is None


def test_the_image_is_whole_and_is_not_read_from_today() -> None:
    task = create(TaskFactory, metadata={"a": [1]}, details="x" * 100_000)
    moment = now()
    Task.objects.filter(pk=task.pk).update(content="Other", metadata={})
    then = state_as_of(Task, task.pk, moment)
    for field in Task._meta.concrete_fields:
        if field.name != "search":
            assert getattr(then, field.attname) == getattr(task, field.attname), field.name


# -- links ----
def link(*pairs: tuple[Task, Task], **values: Any) -> None:
    TaskDependency.objects.bulk_create(
        TaskDependency(task=task, depends_on=other, **values) for task, other in pairs
    )


def test_links_of_one_change_are_one_entry(owner: User, repository: Repository) -> None:
    first, second, third = (create(TaskFactory, repository=repository) for _ in range(3))
    with acting(source=Source.API, actor=owner, name="create"):
        task = create_task(
            actor=owner,
            repository=repository,
            values={"content": "Dig"},
            links=Links(dependencies=[first.pk, second.pk]),
        )
    with acting(source=Source.API, actor=owner, name="change"):
        links = Links(dependencies=[second.pk, third.pk])
        update_task(actor=owner, task=task, changes={"assignee": "a"}, links=links)
    changed, created = history(task).entries
    assert created.operation is Operation.CREATED
    assert [c.after.depends_on_id for c in created.links] == [first.pk, second.pk]
    assert [(c.before is None, c.after is None) for c in changed.links] == [
        (False, True),
        (True, False),
    ]
    assert {c.field.name for c in changed.field_changes()} == {
        "assignee",
        "dependencies_changed_at",
    }
    other = history(third).entries[0]
    assert (other.operation, other.event, other.version) == (Operation.UPDATED, None, None)
    assert [(c.link.name, c.after.task_id) for c in other.links] == [("blocks", task.pk)]


def test_a_link_that_changes_is_told_with_both_its_values(repository: Repository) -> None:
    task, other = (create(TaskFactory, repository=repository) for _ in range(2))
    link((task, other), kind="related")
    TaskDependency.objects.filter(task=task).update(kind="blocks")
    entries = history(task).entries
    kinds = [
        (change.before.kind, change.after.kind)
        for entry in entries
        for change in entry.links
        if change.before and change.after
    ]
    assert kinds == [("related", "blocks")]


def test_links_as_of_an_instant(repository: Repository) -> None:
    task, first, second = (create(TaskFactory, repository=repository) for _ in range(3))
    moments = [now()]
    link((task, first))
    moments.append(now())
    link((task, second))
    moments.append(now())
    TaskDependency.objects.filter(depends_on=first).delete()
    moments.append(now())
    found = [
        [row.depends_on_id for row in links_as_of(Task, task.pk, moment)["dependencies"]]
        for moment in moments
    ]
    assert found == [[], [first.pk], [first.pk, second.pk], [second.pk]]
    states = states_as_of(Task, [first.pk, second.pk, uuid7()], moments[0])
    assert states.keys() == {first.pk, second.pk}


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_a_walk_meets_every_event_once(repository: Repository, owner: User, limit: int) -> None:
    task, *others = (create(TaskFactory, repository=repository) for _ in range(6))
    for number in range(12):
        wanted = [other.pk for n, other in enumerate(others) if (number + n) % 3]
        with acting(source=Source.API, actor=owner, name=str(number)):
            update_task(
                actor=owner,
                task=task,
                changes={"assignee": str(number)},
                links=Links(dependencies=wanted),
            )
    whole = history(task).entries
    assert len(whole) == 13
    walked: list[Any] = []
    before = None
    while True:
        page = history(task, limit=limit, before=before)
        assert 1 <= len(page.entries) <= limit
        walked += page.entries
        if page.older is None:
            break
        assert page.older < (before or UUID(int=2**128 - 1))
        before = page.older
    assert [entry.id for entry in walked] == [entry.id for entry in whole]
    assert [len(entry.links) for entry in walked] == [len(entry.links) for entry in whole]


def test_more_links_than_a_page_holds_are_cut_and_none_is_lost(repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    others = Task.objects.bulk_create(
        Task(repository=repository, content=f"{n}") for n in range(600)
    )
    link(*((task, other) for other in others))
    met: list[UUID] = []
    before = None
    while True:
        page = history(task, limit=5, before=before)
        for entry in page.entries:
            met += [change.after.depends_on_id for change in entry.links]
        if page.older is None:
            break
        before = page.older
    assert len(met) == 600
    assert set(met) == {other.pk for other in others}
    assert page.entries[-1].operation is Operation.CREATED


def test_which_links_belong_to_which_story() -> None:
    assert {source.link.name for source in link_sources(Task)} >= {
        "dependencies",
        "blocks",
        "external_key",
    }
    assert [source.link.name for source in link_sources(User)] == ["user_permissions"]
    assert [source.link.name for source in link_sources(Repository)] == ["members"]
    assert UserPermissionEvent.pgh_tracked_model is UserPermission


# -- what is read ----
@pytest.fixture
def quiet(repository: Repository) -> Task:
    """A task of few events and links among thousands of others', with statistics."""
    task = create(TaskFactory, repository=repository)
    for number in range(7):
        Task.objects.filter(pk=task.pk).update(actual_minutes=number)
    others = Task.objects.bulk_create(
        Task(repository=repository, content=f"{n}") for n in range(1_500)
    )
    link(*pairwise(others))
    link((task, others[0]), (task, others[1]), (others[2], task), kind="related")
    Task.objects.exclude(pk=task.pk).update(assignee="somebody")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tasks_events, task_dependencies_events")
    return task


def test_an_instant_reads_one_event_of_one_partition(quiet: Task) -> None:
    query = TaskEvent.objects.filter(
        pgh_obj_id=quiet.pk, pgh_id__lt=key_after(now()), **since(quiet.pk)
    ).order_by("-pgh_id")[:1]
    (ran,) = scans(query, "tasks_events")
    assert ran["Actual Rows"] == 1
    assert "_pgh_obj_id_pgh_id_idx" in ran["Index Name"]


def test_the_planner_opens_no_partition_outside_of_a_records_life(quiet: Task) -> None:
    query = TaskEvent.objects.filter(
        pgh_obj_id=quiet.pk, pgh_id__lt=key_after(now()), **since(quiet.pk)
    )
    # Two, if the quarter turned a minute ago.
    assert 1 <= len(scans(query, "tasks_events", planned=True)) <= 2
    everything = scans(TaskEvent.objects.filter(pgh_obj_id=quiet.pk), "tasks_events", planned=True)
    assert len(everything) > 3


@pytest.mark.parametrize(
    ("name", "column", "count"), [("dependencies", "task_id", 2), ("blocks", "depends_on_id", 1)]
)
def test_links_are_read_by_their_index(quiet: Task, name: str, column: str, count: int) -> None:
    (source,) = (source for source in link_sources(Task) if source.link.name == name)
    query = source.events(quiet.pk).order_by("-pgh_id")[:100]
    with_rows = [n for n in scans(query, "task_dependencies_events") if n["Actual Rows"] > 0]
    assert [node["Actual Rows"] for node in with_rows] == [count]
    assert f"_{column}_pgh_id_idx" in with_rows[0]["Index Name"]


def test_a_page_takes_the_same_statements_at_any_depth(
    repository: Repository, django_assert_num_queries: Any
) -> None:
    task = create(TaskFactory, repository=repository)
    for number in range(1000):
        Task.objects.filter(pk=task.pk).update(actual_minutes=number)
    before, versions = None, []
    while True:
        with django_assert_num_queries(4):  # the task's events, and three kinds of links
            page = history(task, limit=200, before=before)
        versions += [entry.version for entry in page.entries]
        if page.older is None:
            break
        before = page.older
    assert versions == list(range(1001, 0, -1))


def test_the_application_may_read_it(quiet: Task, as_app: None) -> None:
    moment = now()
    assert len(history(quiet).entries) >= 8
    assert event_as_of(Task, quiet.pk, moment).actual_minutes == 6
    assert len(links_as_of(Task, quiet.pk, moment)["dependencies"]) == 2
    assert states_as_of(Task, [quiet.pk], moment).keys() == {quiet.pk}

"""Which changes mark an entity, whoever makes them, and that a rolled-back one marks nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.core.ids import uuid7
from apps.outbox.models import OutboxEntry
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskEvent
from tests.factories import PRDFactory, TaskFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def prd(repository: Repository) -> PRD:
    return PRDFactory(repository=repository)


@pytest.fixture
def other(repository: Repository) -> PRD:
    return PRDFactory(repository=repository)


def execute(sql: str, parameters: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def marked() -> list[UUID]:
    """The entities that are marked, sorted."""
    assert set(OutboxEntry.objects.values_list("kind", flat=True)) <= {"prd"}
    return sorted(OutboxEntry.objects.values_list("entity_id", flat=True))


def unmark() -> None:
    OutboxEntry.objects.all().delete()


def new_task(prd: PRD, **values: Any) -> Task:
    """A task of `prd`, whose mark is wiped away."""
    task: Task = TaskFactory(repository=prd.repository, prd=prd, **values)
    unmark()
    return task


def copy_in(rows: list[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY tasks (repository_id, content, prd_id) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def test_every_way_of_inserting_marks(prd: PRD, other: PRD, as_app: None) -> None:
    rows = [("x", prd), ("y", prd), ("z", other), ("no document", None)]
    both = sorted([prd.pk, other.pk])
    tasks = [Task(repository=prd.repository, content=text, prd=of) for text, of in rows]
    Task.objects.bulk_create(tasks)
    assert marked() == both
    unmark()
    copy_in([(prd.repository_id, text, of and of.pk) for text, of in rows])
    assert marked() == both
    unmark()
    execute(
        "INSERT INTO tasks (id, repository_id, content, prd_id) VALUES (%s, %s, 'again', %s)"
        " ON CONFLICT (id) DO UPDATE SET prd_id = EXCLUDED.prd_id",
        [tasks[0].pk, prd.repository_id, other.pk],
    )
    assert marked() == both


def test_a_row_without_an_entity_marks_nothing(repository: Repository, as_app: None) -> None:
    task = TaskFactory(repository=repository)
    Task.objects.filter(pk=task.pk).update(deleted_at=timezone.now(), deletion_batch=uuid7())
    assert marked() == []


def test_a_change_of_the_key_marks_both_sides(prd: PRD, other: PRD, as_app: None) -> None:
    task = new_task(prd)
    Task.objects.filter(pk=task.pk).update(prd=other)
    assert marked() == sorted([prd.pk, other.pk])
    unmark()
    Task.objects.filter(pk=task.pk).update(prd=None)
    assert marked() == [other.pk]


def test_deleting_and_restoring_mark(prd: PRD, as_app: None) -> None:
    task = new_task(prd)
    Task.objects.filter(pk=task.pk).update(deleted_at=timezone.now(), deletion_batch=uuid7())
    assert marked() == [prd.pk]
    unmark()
    Task.all_objects.filter(pk=task.pk).update(deleted_at=None, deletion_batch=None)
    assert marked() == [prd.pk]


def test_other_columns_mark_nothing(prd: PRD, as_app: None) -> None:
    task = new_task(prd)
    Task.objects.filter(pk=task.pk).update(content="Other", status="completed", priority="high")
    Task.objects.filter(pk=task.pk).update(prd=prd)  # the same value again
    Task.objects.none().update(prd=None)
    execute("UPDATE tasks SET prd_id = NULL WHERE false")
    assert marked() == []


def test_a_purged_row_and_a_purged_entity_mark(prd: PRD, other: PRD) -> None:
    task = new_task(prd)
    execute("DELETE FROM tasks WHERE id = %s", [task.pk])
    assert marked() == [prd.pk]
    new_task(other)
    execute("DELETE FROM prds WHERE id = %s", [other.pk])
    assert marked() == [other.pk]


def test_a_row_that_a_cascade_changes_twice_marks_once(prd: PRD) -> None:
    """Two foreign keys that are set to null show the row twice in the transition tables."""
    parent = new_task(prd)
    child = new_task(prd, parent_task=parent)
    execute(
        "WITH gone AS (DELETE FROM prds WHERE id = %s RETURNING id)"
        " DELETE FROM tasks WHERE id = %s",
        [prd.pk, parent.pk],
    )
    assert marked() == [prd.pk]
    child.refresh_from_db()
    assert (child.prd_id, child.parent_task_id) == (None, None)


def test_an_entity_has_one_entry_and_each_change_a_new_number(prd: PRD, as_app: None) -> None:
    TaskFactory(repository=prd.repository, prd=prd)
    before = OutboxEntry.objects.get()
    execute(
        "UPDATE outbox SET attempts = 3, last_error = 'no',"
        " available_at = available_at + interval '1 hour'"
    )
    TaskFactory(repository=prd.repository, prd=prd)
    after = OutboxEntry.objects.get()
    assert after.sequence > before.sequence
    assert after.queued_at == before.queued_at
    assert (after.attempts, after.last_error) == (0, "")
    assert before.available_at <= after.available_at < before.available_at + timedelta(hours=1)


def test_a_change_revives_a_dead_letter(prd: PRD, as_app: None) -> None:
    TaskFactory(repository=prd.repository, prd=prd)
    execute(
        "UPDATE outbox SET dead_at = now(), last_error = 'no', attempts = 9,"
        " queued_at = queued_at - interval '1 day'"
    )
    before = OutboxEntry.objects.get()
    TaskFactory(repository=prd.repository, prd=prd)
    after = OutboxEntry.objects.get()
    assert (after.dead_at, after.attempts) == (None, 0)
    assert after.queued_at > before.queued_at + timedelta(hours=23)


def test_a_rolled_back_block_leaves_no_history_and_no_entry(prd: PRD, as_app: None) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        task = TaskFactory(repository=prd.repository, prd=prd)
        assert marked() == [prd.pk]
        assert TaskEvent.objects.filter(pgh_obj_id=task.pk).exists()
        raise ZeroDivisionError
    assert marked() == []
    assert not TaskEvent.objects.filter(pgh_obj_id=task.pk).exists()
    assert not Task.all_objects.exists()


def test_no_setting_switches_the_triggers_off(prd: PRD, as_app: None) -> None:
    execute("SELECT set_config('pgtrigger.ignore', '{*,tasks:emit_prd_insert}', true)")
    TaskFactory(repository=prd.repository, prd=prd)
    assert marked() == [prd.pk]


def test_a_temporary_table_does_not_swallow_the_entry(prd: PRD, as_app: None) -> None:
    execute("CREATE TEMP TABLE outbox (LIKE public.outbox INCLUDING ALL)")
    TaskFactory(repository=prd.repository, prd=prd)
    execute("DROP TABLE pg_temp.outbox")
    assert marked() == [prd.pk]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO outbox (sequence, kind, entity_id) VALUES (1, 'prd', uuid7())",
        "INSERT INTO outbox (kind, entity_id) VALUES ('prd', uuid7())",
        "SELECT nextval('outbox_sequence')",
        "TRUNCATE outbox",
        "ALTER TABLE tasks DISABLE TRIGGER USER",
    ],
)
def test_the_application_writes_no_entries_itself(statement: str, as_app: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        execute(statement)

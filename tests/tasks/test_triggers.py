"""What the database keeps true of a task, whoever writes it: moves, times, version, id, values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from apps.core.ids import uuid7, uuid7_floor
from apps.tasks.choices import TaskStatus
from apps.tasks.lifecycle import TRANSITIONS, can_move
from apps.tasks.models import Task
from tests.factories import RepositoryFactory, TaskFactory, create

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]

IGNORE_EVERYTHING = """
    SELECT set_config('pgtrigger.ignore', array_append(array_agg(tgname), '*')::text, true)
    FROM pg_trigger WHERE NOT tgisinternal
"""


def constraint_of(error: DatabaseError) -> str | None:
    cause: Any = error.__cause__
    return cause.diag.constraint_name  # type: ignore[no-any-return]


def refused(constraint: str | None, **values: Any) -> None:
    """Creating a task with `values` breaks `constraint`, and nothing is left of it."""
    repository = RepositoryFactory()
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        TaskFactory(repository=repository, **values)
    assert constraint_of(caught.value) == constraint
    assert not Task.all_objects.filter(repository=repository).exists()


MET = {"text": "x", "met": True}


@pytest.mark.parametrize("before", TaskStatus.values)
def test_the_moves_are_those_of_the_table_and_cannot_be_ignored(before: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(IGNORE_EVERYTHING)
    for after in TaskStatus.values:
        task = create(TaskFactory, status=before)
        refusal = None
        try:
            with transaction.atomic():
                Task.objects.filter(pk=task.pk).update(status=after)
        except IntegrityError as error:
            refusal = constraint_of(error)
        expected = None if can_move(before, after) else "tasks_status_transition"
        assert refusal == expected, (before, after)


def test_the_table_knows_every_status() -> None:
    assert TRANSITIONS.keys() == set(TaskStatus.values)
    for before, after in product(TaskStatus.values, repeat=2):
        assert can_move(before, after) in {True, False}
        assert can_move(before, before)


def test_times_follow_the_status() -> None:
    task = create(TaskFactory)
    assert (task.started_at, task.completed_at) == (None, None)

    def move(status: str) -> Task:
        Task.objects.filter(pk=task.pk).update(status=status)
        return Task.objects.get(pk=task.pk)

    started = move("in_progress")
    assert started.started_at is not None
    done = move("completed")
    assert done.started_at == started.started_at
    assert done.completed_at is not None
    reopened = move("in_progress")
    assert (reopened.started_at, reopened.completed_at) == (started.started_at, None)
    assert move("pending").started_at is None
    finished_at_once = move("completed")
    assert finished_at_once.completed_at is not None
    assert finished_at_once.started_at is None


def test_times_cannot_be_set_against_the_status() -> None:
    task = create(TaskFactory)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    Task.objects.filter(pk=task.pk).update(completed_at=moment, started_at=moment)
    task.refresh_from_db()
    assert (task.completed_at, task.started_at) == (None, None)
    Task.objects.filter(pk=task.pk).update(status="completed")
    done = Task.objects.get(pk=task.pk)
    Task.objects.filter(pk=task.pk).update(completed_at=None)
    assert Task.objects.get(pk=task.pk).completed_at == done.completed_at


def test_finished_work_keeps_the_times_that_it_comes_with() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    task = create(TaskFactory, status="completed", completed_at=moment)
    assert task.completed_at == moment


def test_version_and_update_time_are_the_databases() -> None:
    task = create(TaskFactory, version=77, updated_at=datetime(1999, 1, 1, tzinfo=UTC))
    assert task.version == 1
    assert task.updated_at.year > 2000
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks SET version = 99, updated_at = '1999-01-01', content = 'x'")
    again = Task.objects.get(pk=task.pk)
    assert again.version == 2
    assert again.updated_at > task.updated_at


def test_created_at_is_the_ids_time() -> None:
    task = create(TaskFactory)
    assert task.created_at == datetime.fromtimestamp((task.pk.int >> 80) / 1000, UTC)


@pytest.mark.parametrize("column", ["id", "repository_id"])
def test_identity_cannot_change(column: str) -> None:
    task = create(TaskFactory)
    other = uuid7() if column == "id" else RepositoryFactory().pk
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Task.objects.filter(pk=task.pk).update(**{column: other})
    assert constraint_of(caught.value) == "tasks_immutable"


def at(moment: datetime) -> UUID:
    return UUID(int=uuid7_floor(moment).int | (uuid7().int & ((1 << 80) - 1)))


def test_ids_from_the_future_are_refused_but_clocks_may_differ() -> None:
    now = datetime.now(UTC)
    refused("tasks_id_not_in_future", id=at(now + timedelta(seconds=70)))
    create(TaskFactory, id=at(now + timedelta(seconds=30)))


def test_ids_that_no_partition_takes_are_refused() -> None:
    refused(None, id=at(datetime(2019, 1, 1, tzinfo=UTC)))
    refused(None, id=UUID(int=0xFFFFFFFF << 96 | 0x4 << 76 | 0b10 << 62))


def test_an_id_of_version_4_is_refused_even_in_a_partitions_range() -> None:
    now = at(datetime.now(UTC)).int
    version_4 = UUID(int=(now & ~(0xF << 76)) | (0x4 << 76))
    assert version_4.version == uuid4().version
    refused("tasks_id_uuid7", id=version_4)


@pytest.mark.parametrize(
    ("constraint", "values"),
    [
        ("tasks_content_length", {"content": ""}),
        ("tasks_content_length", {"content": "x" * 1001}),
        ("tasks_details_size", {"details": "ü" * 50_001}),
        ("tasks_status_valid", {"status": "done"}),
        ("tasks_priority_valid", {"priority": "urgent"}),
        ("tasks_complexity_valid", {"complexity": "huge"}),
        ("tasks_session_id_length", {"session_id": "x" * 256}),
        ("tasks_assignee_length", {"assignee": "x" * 256}),
        ("tasks_source_section_length", {"source_section": "x" * 256}),
        ("tasks_estimated_minutes_range", {"estimated_minutes": -1}),
        ("tasks_estimated_minutes_range", {"estimated_minutes": 10_081}),
        ("tasks_actual_minutes_range", {"actual_minutes": -1}),
        ("tasks_complexity_score_range", {"complexity_score": 1.01}),
        ("tasks_tags_schema", {"tags": [f"tag-{n}" for n in range(11)]}),
        ("tasks_tags_schema", {"tags": ["twice", "twice"]}),
        ("tasks_tags_schema", {"tags": [*"abcdefghi", "a"]}),
        ("tasks_tags_schema", {"tags": [*"abcdefgh", "z", "z"]}),
        ("tasks_tags_schema", {"tags": [1]}),
        ("tasks_tags_schema", {"tags": [""]}),
        ("tasks_tags_schema", {"tags": ["x" * 101]}),
        ("tasks_tags_schema", {"tags": {"a": "b"}}),
        ("tasks_tags_schema", {"tags": "text"}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": {}}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [5]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": ["x"]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [[]]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{"met": True}]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{"text": "x"}]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{"text": 1, "met": True}]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{"text": "x", "met": 1}]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{**MET, "text": ""}]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{**MET, "evidence": None}]}),
        ("tasks_acceptance_criteria_schema", {"acceptance_criteria": [{**MET, "note": "x"}]}),
        ("tasks_metadata_schema", {"metadata": []}),
        ("tasks_metadata_schema", {"metadata": {"a": [{"b": 2**53}]}}),
        ("tasks_metadata_schema", {"metadata": {"a": -1e300}}),
        ("tasks_complexity_factors_schema", {"complexity_factors": []}),
        ("tasks_complexity_factors_schema", {"complexity_factors": "text"}),
        ("tasks_source_lines_valid", {"source_first_line": 3}),
        ("tasks_source_lines_valid", {"source_last_line": 3}),
        ("tasks_source_lines_valid", {"source_first_line": 3, "source_last_line": 2}),
    ],
    ids=lambda value: value if isinstance(value, str) else str(value)[:40],
)
def test_values_are_checked_by_named_constraints(constraint: str, values: dict[str, Any]) -> None:
    refused(constraint, **values)


def test_the_bounds_themselves_are_allowed() -> None:
    task = create(
        TaskFactory,
        content="x" * 1000,
        details="ü" * 50_000,
        estimated_minutes=10_080,
        actual_minutes=0,
        tags=[f"{n}" * 50 for n in range(10)],
    )
    assert len(task.tags) == 10


def test_a_task_is_not_its_own_parent() -> None:
    task = create(TaskFactory)
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Task.objects.filter(pk=task.pk).update(parent_task=task.pk)
    assert constraint_of(caught.value) == "tasks_parent_not_self"


@pytest.mark.parametrize(
    "text",
    [
        "x" * 100_000,
        "\U0001d400-" * 20_000,
        " ".join(f"wörd{n}" for n in range(9_000)),
        "<" * 100_000,
        "a" * 3000 + " b",
    ],
    ids=["letters", "wide hyphens", "words", "brackets", "long word"],
)
def test_no_text_breaks_the_search_vector(text: str) -> None:
    create(TaskFactory, details=text[:100_000].encode()[:100_000].decode(errors="ignore"))


def test_a_row_in_psql_needs_only_repository_and_content() -> None:
    repository = RepositoryFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tasks (repository_id, content) VALUES (%s, 'by hand')", [repository.pk]
        )
    task = Task.objects.get(content="by hand")
    assert (task.status, task.priority, task.tags, task.version) == ("pending", "medium", [], 1)

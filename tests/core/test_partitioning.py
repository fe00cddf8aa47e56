"""Partitions: which exist, that two sessions can make them at once, that they can go again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection

from apps.core.partitioning import (
    QuarterPartition,
    create_missing_partitions,
    oldest_id_time,
    partitioned_models,
    partitions_of,
    quarter_start,
)
from apps.tasks.models import Task
from tests.factories import TaskFactory, create

pytestmark = pytest.mark.django_db


def test_one_quarter_back_and_four_ahead() -> None:
    for model in partitioned_models():
        partitions = partitions_of(model._meta.db_table)
        assert len(partitions) == 6
        assert partitions[1].first == quarter_start(datetime.now(UTC))
        for earlier, later in pairwise(partitions):
            assert earlier.end == later.first  # no gap, no overlap


@pytest.mark.parametrize(
    ("month", "name"), [(1, "2026q1"), (3, "2026q1"), (4, "2026q2"), (12, "2026q4")]
)
def test_names_and_starts_of_quarters(month: int, name: str) -> None:
    start = quarter_start(datetime(2026, month, 28, tzinfo=UTC))
    assert QuarterPartition(start).name() == name
    assert (start.day, start.hour) == (1, 0)


def test_making_them_again_makes_nothing() -> None:
    assert create_missing_partitions() == []


def test_the_next_quarter_brings_one_more_to_each_table() -> None:
    later = partitions_of("tasks")[2].first
    with time_machine.travel(later, tick=False):
        created = create_missing_partitions()
    assert len(created) == len(partitioned_models())
    assert partitions_of("tasks")[-1].name == next(
        name for name in created if name.startswith("tasks_2")
    )


def test_older_quarters_come_when_asked_for_without_a_gap() -> None:
    oldest = partitions_of("tasks")[0].first
    create_missing_partitions(since=oldest - timedelta(days=400))
    for model in partitioned_models():
        partitions = partitions_of(model._meta.db_table)
        assert partitions[0].first == quarter_start(oldest - timedelta(days=400))
        assert all(earlier.end == later.first for earlier, later in pairwise(partitions))
    assert create_missing_partitions(since=oldest) == []


def test_a_partition_with_references_can_be_removed() -> None:
    """A plain DROP fails while foreign keys point at the parent; so does the reverse migration."""
    name = partitions_of("tasks")[-1].name.removeprefix("tasks_")
    with connection.schema_editor() as editor:
        editor.delete_partition(Task, name)
    assert len(partitions_of("tasks")) == 5


def test_the_oldest_id_is_the_first_partitions() -> None:
    assert oldest_id_time("tasks") == partitions_of("tasks")[0].first
    assert oldest_id_time("users") is None


def test_a_new_row_lies_in_this_quarters_partition() -> None:
    task = create(TaskFactory)
    with connection.cursor() as cursor:
        cursor.execute("SELECT tableoid::regclass::text FROM tasks WHERE id = %s", [task.pk])
        assert cursor.fetchone() == (partitions_of("tasks")[1].name,)


@pytest.mark.django_db(transaction=True)
def test_two_sessions_may_make_them_at_once() -> None:
    name = partitions_of("tasks")[-1].name
    with connection.schema_editor() as editor:
        editor.delete_partition(Task, name.removeprefix("tasks_"))
    barrier = Barrier(2)
    results: list[list[str]] = []

    def make() -> None:
        try:
            barrier.wait()
            results.append(create_missing_partitions())
        finally:
            connection.close()

    threads = [Thread(target=make) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [[], [name]]

"""No column takes a time that Python cannot read, and one that is there is nobody's wrong input."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection, models, transaction
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.api.database_errors import translate
from apps.core.models import EARLIEST, LATEST
from apps.core.triggers import Stamp
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.factories import TaskFactory, create

pytestmark = pytest.mark.django_db

UNREADABLE = [
    "infinity",
    "-infinity",
    "0044-03-15 BC",
    "0001-12-31 23:59:59.999999Z",
    "9998-12-31 00:00:00.000001Z",
    "10000-01-01",
]


def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def is_settable(model: Any, field: models.Field[Any, Any]) -> bool:
    """Whether a statement of the application may decide what the column holds."""
    if isinstance(field, models.GeneratedField):
        return False  # from the id, whose time lies between 1970 and now: `Stamp` sees to it
    stamped = any(isinstance(trigger, Stamp) for trigger in getattr(model._meta, "triggers", ()))
    return not (stamped and field.name == "updated_at")  # the trigger's, whatever is written


def settable_times() -> list[tuple[str, str]]:
    """Table and column of every time of ours but those of events: they copy rows that are checked,
    and the application cannot write them."""
    return [
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and not model._meta.proxy
        if not hasattr(model, "pgh_tracked_model")
        for field in model._meta.concrete_fields
        if isinstance(field, models.DateTimeField) and is_settable(model, field)
    ]


def test_the_columns_are_found() -> None:
    found = settable_times()
    assert len(found) >= 18
    assert {"tasks", "prds", "users", "api_tokens", "outbox"} <= {table for table, _ in found}
    assert ("tasks", "updated_at") not in found


@pytest.mark.parametrize(("table", "column"), settable_times())
def test_no_column_takes_what_python_cannot_read(table: str, column: str) -> None:
    rules = rows(
        "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND conname = %s AND contype = 'c' AND convalidated",
        table,
        f"{table}_{column}_in_range",
    )
    assert rules, f"{table}.{column} takes every time: it needs time_constraint()"
    given = f"(SELECT unnest(%s::timestamptz[]) AS {column}) AS given"
    query = f"SELECT {column}::text FROM {given} WHERE {rules[0][0]}"
    assert rows(query, UNREADABLE) == []
    bounds = f"SELECT {column} FROM {given} WHERE {rules[0][0]}"
    assert rows(bounds, [EARLIEST, LATEST]) == [(EARLIEST,), (LATEST,)]


@pytest.mark.parametrize("hours", [-23, 23])
def test_what_is_taken_has_a_date_in_every_time_zone(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    assert [moment.astimezone(zone) for moment in (EARLIEST, LATEST)] == [EARLIEST, LATEST]


@pytest.mark.parametrize("column", ["due_at", "completed_at", "dependencies_changed_at"])
@pytest.mark.parametrize("moment", ["infinity", "0044-03-15 BC"])
def test_a_statement_of_the_application_is_refused(
    column: str, moment: str, repository: Repository, as_app: None
) -> None:
    task = create(TaskFactory, repository=repository)
    with (
        pytest.raises(IntegrityError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE tasks SET status = 'completed', {column} = %s", [moment])
    refusal = translate(caught.value)
    assert refusal is not None
    assert [(e.pointer, e.code) for e in refusal.errors] == [(f"/{column}", "out_of_range")]
    assert "9998-12-31" in refusal.detail
    assert Task.objects.get(pk=task.pk).status == "pending"


def test_the_trigger_keeps_the_update_time(repository: Repository, as_app: None) -> None:
    create(TaskFactory, repository=repository)
    ((before,),) = rows("SELECT updated_at FROM tasks")
    ((after,),) = rows(
        "UPDATE tasks SET updated_at = 'infinity', content = 'x' RETURNING updated_at"
    )
    assert isinstance(after, datetime)
    assert after > before


@pytest.fixture
def unreadable(repository: Repository) -> Task:
    """A task whose date no constraint has kept out."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_due_at_in_range")
        task: Task = create(TaskFactory, repository=repository)
        cursor.execute("UPDATE tasks SET due_at = 'infinity'")
    return task


def test_a_reader_of_the_api_is_not_blamed(api: APIClient, unreadable: Task) -> None:
    listing = f"/api/v1/tasks?repository={unreadable.repository.name}"
    for url in (f"/api/v1/tasks/{unreadable.pk}", listing):
        response: Any = api.get(url)
        assert (response.status_code, response.json()["code"]) == (500, "internal_error")
        assert response["Content-Type"] == "application/problem+json"
        # Django's signal of a crash has told the test client, as it tells the request log.
        assert isinstance(response.exc_info[1], DataError)


def test_nor_is_one_of_the_console(unreadable: Task) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("op"))
    for url in (
        reverse("admin:tasks_task_change", args=[unreadable.pk]),
        reverse("admin:tasks_task_changelist"),
    ):
        assert client.get(url).status_code == 500

"""What PostgreSQL refuses reads like the rule that was broken; nothing stored leaks."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.utils import timezone

from apps.accounts.models import ApiToken, User
from apps.core.api.database_errors import translate
from apps.core.errors import DomainError
from apps.core.ids import uuid7, uuid7_floor
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task

pytestmark = pytest.mark.django_db

FUTURE = uuid.UUID(
    int=uuid7_floor(timezone.now() + timedelta(hours=1)).int | (7 << 76) | (0b10 << 62)
)


def refusal(write: Callable[[], Any], **options: Any) -> DomainError:
    """The translation of what `write` raises."""
    with pytest.raises(Error) as caught, transaction.atomic():
        write()
    translated = translate(caught.value, **options)
    assert translated is not None
    return translated


def add_member_twice() -> None:
    user = User.objects.create_user("someone")
    repository = Repository.objects.create(name="a")
    for _ in range(2):
        RepositoryMember.objects.create(repository=repository, user=user)


def remove_referenced_repository() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE referrer (id int, r uuid REFERENCES repositories)")
        repository = Repository.objects.create(name="used")
        cursor.execute("INSERT INTO referrer VALUES (1, %s)", [repository.pk])
        cursor.execute("DELETE FROM repositories WHERE id = %s", [repository.pk])


def remove_repository_with_tasks() -> None:
    repository = Repository.objects.create(name="used")
    Task.objects.create(repository=repository, content="x")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM repositories WHERE id = %s", [repository.pk])


def insert_token_of_nobody() -> None:
    ApiToken.objects.create(user_id=uuid7(), name="x", prefix="p", digest=b"d")
    connection.check_constraints()


def insert_task_of_2020() -> None:
    repository = Repository.objects.create(name="a")
    floor = uuid7_floor(datetime(2020, 1, 1, tzinfo=UTC))
    key = uuid.UUID(int=floor.int | (7 << 76) | (0b10 << 62))
    Task.objects.create(id=key, repository=repository, content="x")


def run(sql: str) -> Callable[[], None]:
    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql)

    return write


def create(**values: Any) -> Callable[[], Any]:
    return lambda: Repository.objects.create(**values)


def create_twice(**values: Any) -> Callable[[], Any]:
    def write() -> None:
        Repository.objects.create(**values)
        Repository.objects.create(**{"name": "b", **values})

    return write


RAISE = "RAISE EXCEPTION '{}' USING ERRCODE = 'check_violation', CONSTRAINT = '{}'"


@pytest.mark.parametrize(
    ("write", "code", "pointers", "entry_code"),
    [
        (create(name="bad name"), "invalid_request", ["/name"], "invalid_name"),
        (create(name="a" * 256), "invalid_request", ["/name"], "invalid_length"),
        (create(name="a", settings=[]), "invalid_request", ["/settings"], "invalid_json"),
        (create(name="a", id=uuid.uuid4()), "invalid_id", ["/id"], "invalid_id"),
        (create(name="a", id=FUTURE), "invalid_id", ["/id"], "invalid_id"),
        (create_twice(name="a"), "already_exists", ["/name"], "already_exists"),
        (create_twice(name="a", id=uuid7()), "already_exists", ["/id"], "already_exists"),
        (add_member_twice, "already_exists", ["/repository", "/user"], "already_exists"),
        (insert_token_of_nobody, "invalid_request", ["/user_id"], "invalid_request"),
        (remove_referenced_repository, "conflict", [], None),
        (remove_repository_with_tasks, "conflict", [], None),
        (create(name=None), "invalid_request", ["/name"], "invalid_request"),
        (create(name="a\0b"), "invalid_request", [], None),
        (run("SELECT 1 / 0"), "invalid_request", [], None),
        (run("SELECT 99999999999::int"), "invalid_request", [], None),
        (run("SELECT jsonb '\"\\u0000\"'"), "invalid_request", [], None),
        (insert_task_of_2020, "invalid_id", ["/id"], "invalid_id"),
        (
            run(f"DO $$ BEGIN {RAISE.format('no way back', 'tasks_status_transition')}; END $$"),
            "invalid_transition",
            [],
            None,
        ),
        (
            run(f"DO $$ BEGIN {RAISE.format('a -> b -> a', 'dependencies_cycle')}; END $$"),
            "dependency_cycle",
            [],
            None,
        ),
    ],
)
def test_refusals_name_code_and_place(
    write: Callable[[], Any], code: str, pointers: list[str], entry_code: str | None
) -> None:
    translated = refusal(write)
    assert translated.code == code
    assert [entry.pointer for entry in translated.errors] == pointers
    assert {entry.code for entry in translated.errors} <= {entry_code}
    assert "Key (" not in translated.detail
    assert "relation" not in translated.detail


def test_a_constraint_speaks_through_its_declared_message() -> None:
    translated = refusal(create(name="bad name"))
    assert translated.detail.startswith("A repository's name has 1 to 255 of the characters")


def test_a_unique_field_speaks_through_its_declared_message() -> None:
    translated = refusal(create_twice(name="a"))
    assert translated.detail == "A repository of this name exists already."


def test_a_trigger_speaks_through_its_own_message() -> None:
    sql = f"DO $$ BEGIN {RAISE.format('no way back', 'tasks_status_transition')}; END $$"
    assert refusal(run(sql)).detail == "no way back"


def test_a_foreign_key_is_pointed_at_by_the_name_that_the_client_used() -> None:
    pointers = [e.pointer for e in refusal(add_member_twice, members=["user_id"]).errors]
    assert pointers == ["/repository", "/user_id"]


@pytest.mark.parametrize(
    ("members", "pointer"), [([], "/user_id"), (["user"], "/user"), (["user_id"], "/user_id")]
)
def test_a_missing_reference_too(members: list[str], pointer: str) -> None:
    entries = refusal(insert_token_of_nobody, members=members).errors
    assert [entry.pointer for entry in entries] == [pointer]


def test_a_statement_that_takes_too_long_is_a_503() -> None:
    translated = refusal(run("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)"))
    assert translated.code == "service_unavailable"
    assert translated.extra["retry_after"] > 0


def test_a_missing_partition_of_history_is_not_the_clients() -> None:
    parts = "CREATE TABLE parts (id uuid) PARTITION BY RANGE (id)"
    with pytest.raises(Error) as caught, transaction.atomic():
        run(f"{parts}; INSERT INTO parts VALUES (gen_random_uuid())")()
    assert translate(caught.value) is None


def test_a_fault_of_ours_is_not_the_clients() -> None:
    with pytest.raises(Error) as caught, transaction.atomic():
        run("SELECT * FROM nowhere")()
    assert translate(caught.value) is None

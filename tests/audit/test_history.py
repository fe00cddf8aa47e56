"""History is complete whoever writes: ORM, bulk, raw SQL, COPY, as the application's login."""

from __future__ import annotations

import json
from typing import Any

import pghistory
import pytest
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import ApiToken, ApiTokenEvent, User, UserEvent
from apps.accounts.services import note_use
from apps.core.context import Source, acting, give_reason, request_identity
from apps.core.ids import uuid7
from apps.prds.models import PRD, PRDEvent, PRDRevision
from apps.repositories.models import Repository, RepositoryMember, RepositoryMemberEvent
from apps.repositories.services import issue_repository_token
from apps.tasks.models import Task, TaskDependency, TaskDependencyEvent, TaskEvent
from apps.tasks.services import create_task, update_task
from tests.factories import PRDFactory, TaskDependencyFactory, TaskFactory, UserFactory, create

pytestmark = pytest.mark.django_db

REFUSALS = r"permission denied|must be owner"


def execute(statement: str, *parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.rowcount


def events_of(record: Any, model: Any = TaskEvent) -> list[Any]:
    return list(model.objects.filter(pgh_obj_id=record.pk).order_by("pgh_id"))


def image(row: Any, event_model: Any) -> dict[str, Any]:
    """Every column of `row` that its history keeps."""
    kept = {field.attname for field in event_model._meta.concrete_fields}
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.attname in kept
    }


def assert_complete(event: Any, row: Any) -> None:
    """`event` holds all of `row` but what is derived from the rest or is the event's own key."""
    model = type(event)
    expected = image(row, model)
    missing = {field.attname for field in row._meta.concrete_fields} - expected.keys()
    assert missing <= {"id", "created_at", "search", "password", "last_login", "digest"} | {
        "last_used_at",
        "content",
        "task_count",
    }
    assert {name: getattr(event, name) for name in expected} == expected
    assert event.pgh_obj_id == row.pk


def test_insert_update_and_delete_each_leave_the_whole_row(as_app: None) -> None:
    task = create(TaskFactory, tags=["a"], metadata={"k": [1]}, estimated_minutes=5)
    first = create_image = events_of(task)[0]
    assert (first.pgh_label, first.version) == ("insert", 1)
    assert_complete(create_image, task)
    Task.objects.filter(pk=task.pk).update(content="changed", due_at=None)
    task.refresh_from_db()
    second = events_of(task)[1]
    assert (second.pgh_label, second.version) == ("update", 2)
    assert_complete(second, task)


def test_a_deleted_row_leaves_its_last_image() -> None:
    link = create(TaskDependencyFactory)
    link_id = link.pk
    assert TaskDependency.objects.filter(pk=link_id).delete()[0] == 1
    last = TaskDependencyEvent.objects.filter(pgh_obj_id=link_id).order_by("-pgh_id").first()
    assert last.pgh_label == "delete"
    assert (last.task_id, last.depends_on_id) == (link.task_id, link.depends_on_id)


def test_a_cascade_in_the_database_is_recorded_too() -> None:
    link = create(TaskDependencyFactory)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("DELETE FROM tasks WHERE id = %s", link.depends_on_id)
    labels = [event.pgh_label for event in events_of(link, TaskDependencyEvent)]
    assert labels == ["insert", "delete"]


def test_raw_update_is_recorded_with_the_actor(owner: User, as_app: None) -> None:
    task = create(TaskFactory)
    request_id = "request-0001"
    with request_identity(request_id), acting(source=Source.COMMAND, actor=owner, name="psql"):
        give_reason("because")
        execute("UPDATE tasks SET priority = 'high' WHERE id = %s", task.pk)
    event = events_of(task)[-1]
    assert (event.pgh_label, event.priority, event.version) == ("update", "high", 2)
    assert event.pgh_context == {
        "source": "command",
        "request_id": request_id,
        "name": "psql",
        "reason": "because",
        "actor": str(owner.pk),
        "actor_name": "owner",
    }
    assert_complete(event, Task.objects.get(pk=task.pk))


def test_raw_update_without_context_is_recorded_with_its_login(as_app: None) -> None:
    task = create(TaskFactory)
    execute("UPDATE tasks SET content = 'x' WHERE id = %s", task.pk)
    event = events_of(task)[-1]
    assert event.pgh_context is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, pg_current_xact_id()::text::bigint")
        assert (event.pgh_login, event.pgh_xact) == cursor.fetchone()


def test_copy_is_recorded_row_by_row(repository: Repository, owner: User, as_app: None) -> None:
    ids = [uuid7() for _ in range(300)]
    with acting(source=Source.COMMAND, actor=owner), connection.cursor() as cursor:
        # COPY goes past Django's cursor, so the context is put into the transaction before it.
        cursor.execute("UPDATE repositories SET description = 'copied into'")
        with cursor.copy("COPY tasks (id, repository_id, content) FROM STDIN") as copy:
            for number, key in enumerate(ids):
                copy.write_row((key, repository.pk, f"copied {number}"))
    events = {event.pgh_obj_id: event for event in TaskEvent.objects.all()}
    assert events.keys() == set(ids)
    for task in Task.objects.all():
        assert_complete(events[task.pk], task)
    assert {event.pgh_context["actor_name"] for event in events.values()} == {"owner"}


def test_bulk_create_and_bulk_update_are_recorded(repository: Repository, as_app: None) -> None:
    tasks = Task.objects.bulk_create(
        Task(repository=repository, content=f"bulk {number}") for number in range(50)
    )
    for task in tasks:
        task.priority = "low"
    Task.objects.bulk_update(tasks, ["priority"])
    for task in Task.objects.all():
        insert, update = events_of(task)
        assert (insert.pgh_label, update.pgh_label) == ("insert", "update")
        assert_complete(update, task)


def test_an_upsert_is_recorded_as_what_it_was(repository: Repository, as_app: None) -> None:
    known = create(TaskFactory, repository=repository)
    Task.objects.bulk_create(
        [
            Task(id=known.pk, repository=repository, content="updated"),
            Task(repository=repository, content="inserted"),
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["content"],
    )
    labels = dict(TaskEvent.objects.order_by("pgh_id").values_list("content", "pgh_label"))
    assert labels["updated"] == "update"
    assert labels["inserted"] == "insert"


def test_a_change_of_nothing_is_no_event_and_no_version(as_app: None) -> None:
    task = create(TaskFactory)
    execute("UPDATE tasks SET content = content, version = 99, updated_at = now()")
    assert len(events_of(task)) == 1
    assert Task.objects.get(pk=task.pk).version == 1


def test_a_rolled_back_change_leaves_nothing(repository: Repository) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        TaskFactory(repository=repository)
        raise ZeroDivisionError
    assert TaskEvent.objects.count() == 0


def test_events_of_one_transaction_are_in_order(repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    for number in range(100):
        execute("UPDATE tasks SET actual_minutes = %s WHERE id = %s", number, task.pk)
    assert [event.version for event in events_of(task)] == list(range(1, 102))
    assert len({event.pgh_xact for event in events_of(task)}) == 1


@pytest.mark.parametrize("setting", ["{*}", "{names}"])
def test_history_cannot_be_ignored(setting: str, as_app: None) -> None:
    task = create(TaskFactory)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(tgname)::text FROM pg_trigger"
            " WHERE tgrelid = 'tasks'::regclass AND NOT tgisinternal"
        )
        (names,) = cursor.fetchone()
        value = names if setting == "{names}" else setting
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [value])
    execute("UPDATE tasks SET content = 'unseen?' WHERE id = %s", task.pk)
    assert events_of(task)[-1].content == "unseen?"
    assert Task.objects.get(pk=task.pk).version == 2


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO tasks_events (pgh_label, pgh_obj_id) VALUES ('insert', uuid7())",
        "UPDATE tasks_events SET content = 'forged'",
        "DELETE FROM tasks_events",
        "TRUNCATE tasks_events",
        "TRUNCATE tasks CASCADE",
        "DELETE FROM tasks",
        "ALTER TABLE tasks DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
    ],
)
def test_the_application_cannot_touch_history(statement: str, as_app: None) -> None:
    create(TaskFactory)
    with (
        pytest.raises(DatabaseError, match=REFUSALS),
        transaction.atomic(),
    ):
        execute(statement)


def test_a_temporary_table_swallows_no_event(as_app: None) -> None:
    execute("CREATE TEMPORARY TABLE tasks_events (LIKE public.tasks_events)")
    execute("SET LOCAL search_path = pg_temp, public")
    task = TaskFactory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.tasks_events WHERE pgh_obj_id = %s", [task.pk])
        assert cursor.fetchone() == (1,)


def test_the_real_login_is_recorded(app_login: None) -> None:
    task = create(TaskFactory)
    assert events_of(task)[0].pgh_login == connection.settings_dict["USER"]


def test_services_leave_who_what_when(repository: Repository, owner: User, as_app: None) -> None:
    with acting(source=Source.JOB, actor=owner, name="nightly"):
        task = create_task(actor=owner, repository=repository, values={"content": "Do it"})
        update_task(actor=owner, task=task, changes={"status": "completed"})
    insert, update = events_of(task)
    assert [insert.status, update.status] == ["pending", "completed"]
    assert update.completed_at == Task.objects.get(pk=task.pk).completed_at
    assert update.pgh_context["source"] == "job"
    assert update.pgh_context["request_id"] == insert.pgh_context["request_id"]


def test_secrets_and_times_of_use_stay_out_of_history(owner: User) -> None:
    issued = issue_repository_token(user=owner, scope="write", name="ci")
    token = issued.record
    note_use(token=token, now=token.created_at)
    assert ApiToken.objects.get(pk=token.pk).version == 1
    assert len(events_of(token, ApiTokenEvent)) == 1
    columns = {field.name for field in [*ApiTokenEvent._meta.fields, *UserEvent._meta.fields]}
    assert not columns & {"digest", "password"}


def test_every_text_of_a_prd_is_kept_by_the_database(as_app: None) -> None:
    prd = create(PRDFactory, content="first\n")
    execute("UPDATE prds SET content = 'second', content_hash = 'x', revision = 9")
    kept = list(PRDRevision.objects.order_by("number").values_list("number", "content"))
    assert kept == [(1, "first\n"), (2, "second")]
    prd.refresh_from_db()
    assert (prd.revision, len(prd.content_hash)) == (2, 64)
    assert [event.content_hash for event in events_of(prd, PRDEvent)][-1] == prd.content_hash
    with pytest.raises(DatabaseError), transaction.atomic():
        execute("UPDATE prd_revisions SET content = 'rewritten'")


def test_revisions_cannot_be_rewritten_by_the_owner_by_mistake() -> None:
    create(PRDFactory)
    with pytest.raises(DatabaseError, match="cannot change"), transaction.atomic():
        execute("UPDATE prd_revisions SET content = 'rewritten'")


def test_the_task_count_is_derived_and_makes_no_version() -> None:
    prd = create(PRDFactory)
    PRD.objects.filter(pk=prd.pk).update(task_count=7)
    assert PRD.objects.get(pk=prd.pk).version == 1
    assert len(events_of(prd, PRDEvent)) == 1


def test_members_and_users_have_a_history(repository: Repository, owner: User) -> None:
    member = RepositoryMember.objects.get(repository=repository, user=owner)
    RepositoryMember.objects.filter(pk=member.pk).update(role="viewer")
    assert [event.role for event in events_of(member, RepositoryMemberEvent)] == [
        "maintainer",
        "viewer",
    ]
    User.objects.filter(pk=owner.pk).update(is_staff=True)
    assert [event.is_staff for event in events_of(owner, UserEvent)] == [False, True]


def test_contexts_nest_and_end() -> None:
    task = create(TaskFactory)
    other = UserFactory()
    with acting(source=Source.COMMAND, name="outer"):
        with acting(source=Source.JOB, actor=other, name="inner"):
            execute("UPDATE tasks SET content = 'inner'")
    with transaction.atomic():
        execute("SELECT set_config('pghistory.context_metadata', '', true)")
        execute("UPDATE tasks SET content = 'outside'")
    inner, outside = events_of(task)[-2:]
    assert json.loads(json.dumps(inner.pgh_context))["name"] == "inner"
    assert outside.pgh_context is None
    assert pghistory.runtime._tracker.__dict__.get("value") is None

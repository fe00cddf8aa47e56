"""What is deleted for good: when, by whom, with what, and what history keeps of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.context import Source, acting
from apps.core.deletion import soft_deleted_models
from apps.core.errors import DomainError, ErrorCode
from apps.prds.models import PRD, PRDEvent, PRDRevision, PRDRevisionEvent
from apps.prds.services import delete_prd, purge_prd
from apps.repositories.models import Repository
from apps.repositories.retention import purge_expired
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, purge_template
from apps.tasks.deletion import delete_task, purge_task, restore_task
from apps.tasks.jobs import purge_expired_deletions
from apps.tasks.models import (
    Task,
    TaskDependency,
    TaskDependencyEvent,
    TaskEvent,
    TaskExternalKey,
    TaskExternalKeyEvent,
)
from tests.conftest import application_role
from tests.contracts.races import at_once, meanwhile
from tests.factories import (
    PRDFactory,
    RepositoryFactory,
    TaskDependencyFactory,
    TaskFactory,
    TaskTemplateFactory,
)

from .ageing import age

pytestmark = pytest.mark.django_db
PERMISSIONS = ("purge_task", "purge_prd", "purge_tasktemplate")


def allow(user: User, *permissions: str) -> User:
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return User.objects.get(pk=user.pk)  # permissions are remembered on the object


@pytest.fixture
def purger(owner: User) -> User:
    """A maintainer who may purge everything."""
    return allow(owner, *PERMISSIONS)


def refused(call: Any, **arguments: Any) -> DomainError:
    with application_role(), pytest.raises(DomainError) as caught:
        call(**arguments)
    return caught.value


def purge_in_sql(batch: UUID) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT purge_deletion_batch(%s)", [batch])
        return cursor.fetchone()[0]


def delete_events(model: Any) -> dict[UUID, Any]:
    return {event.pgh_obj_id: event for event in model.objects.filter(pgh_label="delete")}


def test_a_purge_removes_the_batch_and_history_names_who_did_it(
    purger: User, repository: Repository
) -> None:
    prd = PRDFactory(repository=repository)
    top = TaskFactory(repository=repository, prd=prd)
    sub = TaskFactory(repository=repository, parent_task=top)
    outside = TaskFactory(repository=repository)
    links = [
        TaskDependencyFactory(task=outside, depends_on=sub),
        TaskDependencyFactory(task=top, depends_on=outside),
    ]
    key = TaskExternalKey.objects.create(repository=repository, task=top, key="SL-1")
    revision = PRDRevision.objects.get(prd=prd)
    kept = delete_prd(actor=purger, prd=PRDFactory(repository=repository))
    age(kept.id, days=2)
    age(delete_prd(actor=purger, prd=prd).id, days=2)
    with application_role(), acting(source=Source.CONSOLE, actor=purger, reason="By request"):
        counts = purge_prd(actor=purger, prd=prd)
    assert counts == {"prds": 1, "tasks": 2}
    assert list(Task.all_objects.all()) == [outside]
    assert PRD.all_objects.count() == 1  # the other deletion
    assert not TaskDependency.objects.exists()
    assert not TaskExternalKey.objects.exists()
    outside.refresh_from_db()
    assert outside.version == 1
    gone = {
        PRDEvent: [prd],
        PRDRevisionEvent: [revision],
        TaskEvent: [top, sub],
        TaskDependencyEvent: links,
        TaskExternalKeyEvent: [key],
    }
    for events, records in gone.items():
        found = delete_events(events)
        assert found.keys() == {record.pk for record in records}
        for event in found.values():
            assert event.pgh_context["actor"] == str(purger.pk)
            assert event.pgh_context["reason"] == "By request"


def test_a_live_task_outlives_its_purged_parent_and_template(
    purger: User, repository: Repository
) -> None:
    template = TaskTemplateFactory(repository=repository)
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, template=template, parent_task=parent)
    delete_task(actor=purger, task=child)
    age(delete_task(actor=purger, task=parent).id, days=2)
    age(delete_template(actor=purger, template=template).id, days=2)
    restore_task(actor=purger, task=child)
    with application_role():
        purge_task(actor=purger, task=parent)
        purge_template(actor=purger, template=template)
    child.refresh_from_db()
    assert (child.parent_task_id, child.template_id) == (None, None)
    assert not TaskTemplate.all_objects.exists()


def test_a_deletion_of_today_stays(purger: User, repository: Repository) -> None:
    task = TaskFactory(repository=repository)
    age(delete_task(actor=purger, task=task).id, hours=23, minutes=59)
    error = refused(purge_task, actor=purger, task=task)
    assert error.code is ErrorCode.CONFLICT
    assert "24 hours" in error.detail
    task.refresh_from_db()
    age(task.deletion_batch, hours=24, minutes=1)
    with application_role():
        assert purge_task(actor=purger, task=task) == {"tasks": 1}


@pytest.mark.parametrize("table", ["tasks", "prds", "task_templates"])
def test_the_applications_login_cannot_destroy_what_it_has_hidden(
    purger: User, repository: Repository, table: str
) -> None:
    """Neither with an old time nor with the batch of an old deletion."""
    factory: Any = {"tasks": TaskFactory, "prds": PRDFactory, "task_templates": TaskTemplateFactory}
    old = age(delete_task(actor=purger, task=TaskFactory(repository=repository)).id, days=60)
    record = factory[table](repository=repository)
    with application_role():
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} SET deleted_at = now() - interval '60 days', deletion_batch = %s,"
                " updated_at = now() - interval '60 days' WHERE id = %s",
                [old, record.pk],
            )
        with pytest.raises(DatabaseError, match="24 hours"), transaction.atomic():
            purge_in_sql(old)
    assert type(record).all_objects.filter(pk=record.pk).exists()


@pytest.mark.parametrize("table", ["tasks", "prds", "task_templates"])
def test_the_applications_login_may_not_delete(table: str) -> None:
    with (
        application_role(),
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


def test_only_the_application_and_the_owner_may_call_the_function(settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT grantee::regrole::text FROM pg_proc, aclexplode(proacl)"
            " WHERE proname = 'purge_deletion_batch' AND grantee <> proowner"
        )
        assert cursor.fetchall() == [(settings.TASKHUB_APPLICATION_ROLE,)]


def test_the_function_reaches_every_soft_deleted_table() -> None:
    """A new soft-deleted model needs a new version of the function."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'purge_deletion_batch'")
        source = cursor.fetchone()[0]
    for model in soft_deleted_models():
        assert f"DELETE FROM {model._meta.db_table} WHERE deletion_batch = batch" in source


@pytest.mark.parametrize("missing", PERMISSIONS[:2])
def test_each_kind_in_the_batch_needs_its_permission(
    owner: User, repository: Repository, missing: str
) -> None:
    prd = PRDFactory(repository=repository)
    TaskFactory(repository=repository, prd=prd)
    age(delete_prd(actor=owner, prd=prd).id, days=2)
    actor = allow(owner, *(set(PERMISSIONS) - {missing}))
    assert refused(purge_prd, actor=actor, prd=prd).code is ErrorCode.PERMISSION_DENIED
    with application_role():
        assert purge_prd(actor=allow(owner, *PERMISSIONS), prd=prd)


def test_a_purge_needs_a_maintainer(collaborator: User, repository: Repository) -> None:
    task = TaskFactory(repository=repository)
    age(delete_task(actor=collaborator, task=task).id, days=2)
    actor = allow(collaborator, *PERMISSIONS)
    assert refused(purge_task, actor=actor, task=task).code is ErrorCode.PERMISSION_DENIED


def test_neither_in_an_archive_nor_twice_nor_what_is_live(
    purger: User, repository: Repository
) -> None:
    task = TaskFactory(repository=repository)
    assert refused(purge_task, actor=purger, task=task).code is ErrorCode.CONFLICT
    age(delete_task(actor=purger, task=task).id, days=2)
    Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
    assert refused(purge_task, actor=purger, task=task).code is ErrorCode.REPOSITORY_ARCHIVED
    Repository.objects.filter(pk=repository.pk).update(archived_at=None)
    with application_role():
        purge_task(actor=purger, task=task)
    assert refused(purge_task, actor=purger, task=task).code is ErrorCode.NOT_FOUND


# -- retention ----
@pytest.fixture
def old(purger: User, repository: Repository) -> dict[int, UUID]:
    """A deletion of each of these ages in days; the oldest has two tasks. One is in an archive."""
    archive = RepositoryFactory(name="acme/archive", archived_at=timezone.now())
    archived = TaskFactory(repository=archive)
    first = TaskFactory(repository=repository)
    TaskFactory(repository=repository, parent_task=first)
    root = User.objects.create(username="root", is_superuser=True)
    Repository.objects.filter(pk=archive.pk).update(archived_at=None)
    age(delete_task(actor=root, task=archived).id, days=500)
    Repository.objects.filter(pk=archive.pk).update(archived_at=timezone.now())
    shared = TaskTemplateFactory()
    return {
        200: age(delete_task(actor=purger, task=first).id, days=200),
        100: age(delete_template(actor=root, template=shared).id, days=100),
        80: age(delete_prd(actor=purger, prd=PRDFactory(repository=repository)).id, days=80),
    }


def test_the_job_purges_what_has_expired(old: dict[int, UUID], settings: Any) -> None:
    settings.TASKHUB_RETENTION_DAYS = 90
    purge_expired_deletions(timestamp=0)
    left = {model: model.all_objects.count() for model in soft_deleted_models()}
    assert left == {PRD: 1, TaskTemplate: 0, Task: 1}
    events = delete_events(TaskEvent)
    assert len(events) == 2
    for event in events.values():
        assert event.pgh_context["source"] == "job"
        assert event.pgh_context["name"] == "purge_expired_deletions"
        assert event.pgh_context["reason"] == "deleted more than 90 days ago"


def test_nothing_expires_without_retention(old: dict[int, UUID], settings: Any) -> None:
    settings.TASKHUB_RETENTION_DAYS = 0
    purge_expired_deletions(timestamp=0)
    assert Task.all_objects.count() == 3


def test_a_run_is_bounded_and_the_next_goes_on(old: dict[int, UUID]) -> None:
    assert [batch.id for batch in purge_expired(days=50, most=2)] == [old[200], old[100]]
    assert [batch.id for batch in purge_expired(days=50, most=2)] == [old[80]]
    assert list(purge_expired(days=50)) == []


def test_what_was_changed_since_is_left_and_the_rest_is_purged(
    old: dict[int, UUID], repository: Repository
) -> None:
    Task.all_objects.filter(deletion_batch=old[200]).update(assignee="somebody")
    first, second = purge_expired(days=90)
    assert (first.id, first.counts) == (old[200], {})
    assert "24 hours" in first.left
    assert second.counts == {"task_templates": 1}


def test_a_dry_run_goes_on_past_what_is_restored_meanwhile(
    old: dict[int, UUID], purger: User
) -> None:
    task = Task.all_objects.filter(deletion_batch=old[200]).first()
    with meanwhile(lambda: restore_task(actor=purger, task=task), before='"deletion_batch" = '):
        first, second = purge_expired(days=90, dry_run=True)
    assert (first.id, first.counts, first.left != "") == (old[200], {}, True)
    assert second.counts == {"task_templates": 1}


def test_the_command_says_what_it_does(
    old: dict[int, UUID], settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*arguments: str) -> list[str]:
        call_command("purge_deleted", *arguments)
        return capsys.readouterr().out.splitlines()

    settings.TASKHUB_RETENTION_DAYS = 90
    dry = said("--dry-run")
    assert dry[0].startswith(f"would purge {old[200]}, deleted ")
    assert dry[0].endswith("UTC: 2 tasks")
    assert dry[-1] == "would purge 3 rows of 2 deletions."
    assert Task.all_objects.count() == 3
    assert said("--older-than", "150")[-1] == "purged 2 rows of 1 deletions."
    assert said()[-1] == "purged 1 rows of 1 deletions."
    settings.TASKHUB_RETENTION_DAYS = 0
    assert "never" not in said()[0]
    assert "nothing expires" in said()[0]
    with pytest.raises(CommandError, match="less than a day"):
        said("--older-than", "0")
    with pytest.raises(CommandError, match="36,500"):
        said("--older-than", "999999999999")


@pytest.mark.django_db(transaction=True)
def test_of_a_purge_and_a_restore_at_once_one_finds_nothing(
    purger: User, repository: Repository, request: pytest.FixtureRequest
) -> None:
    """With the application's own login, on connections of their own."""
    rounds: list[Task] = []
    refusals: list[DomainError] = []
    for _ in range(5):
        top = TaskFactory(repository=repository)
        TaskFactory(repository=repository, parent_task=top)
        with transaction.atomic():
            age(delete_task(actor=purger, task=top).id, days=2)
        rounds.append(top)
    request.getfixturevalue("app_login")

    def attempt(service: Any, task: Task) -> Any:
        def call() -> bool:
            try:
                service(actor=purger, task=task)
            except DomainError as error:
                refusals.append(error)
                return False
            return True

        return call

    for top in rounds:
        before = Task.all_objects.count()
        restored, purged = at_once([attempt(restore_task, top), attempt(purge_task, top)])
        assert restored != purged
        assert Task.all_objects.count() == before - (2 if purged else 0)
        assert Task.objects.filter(pk=top.pk).exists() == restored
    expected = {ErrorCode.NOT_FOUND, ErrorCode.CONFLICT}
    assert {error.code for error in refusals} <= expected, [str(error) for error in refusals]


def test_every_soft_deleted_model_has_a_purge_permission() -> None:
    for model in soft_deleted_models():
        wanted = f"purge_{model._meta.model_name}"
        assert wanted in dict(model._meta.permissions)
        assert wanted in PERMISSIONS

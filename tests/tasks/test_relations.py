"""Every foreign key, and what becomes of the row that has it when the row it names is deleted.

The tables below must name each foreign key of ours: a new one fails until it has its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from rest_framework.test import APIClient

from apps.core.models import SoftDeletedModel
from apps.planning.models import ComplexityScore, PRDItem, PRDPlan, PRDPlanEntry
from apps.prds.models import PRD, PRDRevision
from apps.prds.services import delete_prd, purge_prd, restore_prd
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, purge_template, restore_template
from apps.tasks.bulk import external_keys_in_use
from apps.tasks.deletion import delete_task, purge_task, restore_task
from apps.tasks.models import Task, TaskExternalKey
from tests.contracts import API
from tests.factories import (
    ComplexityScoreFactory,
    PRDFactory,
    PRDItemFactory,
    PRDPlanEntryFactory,
    PRDPlanFactory,
    TaskClaimFactory,
    TaskDependencyFactory,
    TaskFactory,
    TaskTemplateFactory,
    UserFactory,
)

from .ageing import age

TASKS = f"{API}/tasks"
CASCADE, RESTRICT, SET_NULL = "c", "r", "n"  # pg_constraint.confdeltype
TARGET = object()  # stands for the id of the row that is named
MOVING = {"version", "updated_at"}
Shown = Callable[[APIClient, Any, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """What a row with this foreign key does when the soft-deleted row that it names …

    … is deleted: it goes along, or stays as it is. It names the row in any case.
    … is purged: it goes (cascade), or names nothing any more (set null).
    `shown`, by the API or a service, is `values`: at first, when the named row is deleted, when it
    is restored, when it is purged. Of what goes along, that is seen on a row that came back alone.
    """

    refer: Callable[[Any], Any]
    purged: str
    goes_along: bool = False
    shown: Shown
    values: tuple[Any, Any, Any, Any]


def member(name: str) -> Shown:
    """A member of the task's representation."""
    return lambda api, row, target: api.get(f"{TASKS}/{row.pk}").json()[name]


def end(side: str, name: str) -> Shown:
    """A member of the task at that side of a dependency, and whether it can be started."""

    def shown(api: APIClient, row: Any, target: Any) -> Any:
        task = getattr(row, side)
        return api.get(f"{TASKS}/{task.pk}").json()[name], is_ready(api, row, task)

    return shown


def is_ready(api: APIClient, row: Any, task: Any) -> bool:
    query = {"repository": task.repository.name, "state": "ready"}
    return str(task.pk) in [found["id"] for found in api.get(TASKS, query).json()["results"]]


RELATIONS = {
    "tasks.Task.parent_task": Relation(
        refer=lambda target: TaskFactory(repository=target.repository, parent_task=target),
        goes_along=True,
        purged=SET_NULL,
        shown=member("parent_task_id"),
        values=(TARGET, TARGET, TARGET, None),
    ),
    "tasks.Task.prd": Relation(
        refer=lambda target: TaskFactory(repository=target.repository, prd=target),
        goes_along=True,
        purged=SET_NULL,
        shown=member("prd_id"),
        values=(TARGET, TARGET, TARGET, None),
    ),
    "tasks.Task.template": Relation(
        refer=lambda target: TaskFactory(repository=target.repository, template=target),
        purged=SET_NULL,
        shown=member("template_id"),
        values=(TARGET, TARGET, TARGET, None),
    ),
    # A link to a deleted task is hidden and holds nothing up; it is there again with the task.
    "tasks.TaskDependency.task": Relation(
        refer=lambda target: TaskDependencyFactory(task=target),
        purged=CASCADE,
        shown=end("depends_on", "blocks"),
        values=(([TARGET], True), ([], True), ([TARGET], True), ([], True)),
    ),
    "tasks.TaskDependency.depends_on": Relation(
        refer=lambda target: TaskDependencyFactory(
            task=TaskFactory(repository=target.repository), depends_on=target
        ),
        purged=CASCADE,
        shown=end("task", "dependencies"),
        values=(([TARGET], False), ([], True), ([TARGET], False), ([], True)),
    ),
    # Its holder has it again when the task comes back in time.
    "tasks.TaskClaim.task": Relation(
        refer=lambda target: TaskClaimFactory(task=target),
        purged=CASCADE,
        shown=is_ready,
        values=(False, False, False, False),
    ),
    # The key stays taken while the task can come back.
    "tasks.TaskExternalKey.task": Relation(
        refer=lambda target: TaskExternalKey.objects.create(
            repository=target.repository, task=target, key="SL-1"
        ),
        purged=CASCADE,
        shown=lambda api, row, target: external_keys_in_use(target.repository, ["SL-1"]),
        values=({"SL-1"}, {"SL-1"}, {"SL-1"}, set()),
    ),
    "prds.PRDRevision.prd": Relation(
        refer=lambda target: PRDRevision.objects.get(prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: PRDRevision.objects.filter(prd=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDItem.prd": Relation(
        refer=lambda target: PRDItemFactory(repository=target.repository, prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: PRDItem.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDItem.task": Relation(
        refer=lambda target: PRDItemFactory(repository=target.repository, task=target),
        purged=SET_NULL,
        shown=lambda api, row, target: PRDItem.objects.filter(task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.ComplexityScore.prd": Relation(
        refer=lambda target: ComplexityScoreFactory(prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: ComplexityScore.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.ComplexityScore.task": Relation(
        refer=lambda target: ComplexityScoreFactory(task=target),
        purged=CASCADE,
        shown=lambda api, row, target: ComplexityScore.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDPlan.prd": Relation(
        refer=lambda target: PRDPlanFactory(repository=target.repository, prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: PRDPlan.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDPlanEntry.task": Relation(
        refer=lambda target: PRDPlanEntryFactory(plan__repository=target.repository, task=target),
        purged=SET_NULL,
        shown=lambda api, row, target: PRDPlanEntry.objects.filter(task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
}

# What names rows that are not soft-deleted: the action of the constraint, whoever deletes.
OTHERS = {
    "accounts.ApiToken.user": CASCADE,
    "accounts.User_groups.user": CASCADE,
    "accounts.User_groups.group": CASCADE,
    "accounts.User_user_permissions.user": CASCADE,
    "accounts.User_user_permissions.permission": CASCADE,
    "repositories.RepositoryMember.repository": CASCADE,
    "repositories.RepositoryMember.user": CASCADE,
    "repositories.TokenRepository.token": CASCADE,
    "repositories.TokenRepository.repository": RESTRICT,
    "task_templates.TaskTemplate.repository": RESTRICT,
    "task_templates.TaskTemplate.deleted_by": SET_NULL,
    "prds.PRD.repository": RESTRICT,
    "prds.PRD.deleted_by": SET_NULL,
    "tasks.Task.repository": RESTRICT,
    "tasks.Task.deleted_by": SET_NULL,
    "tasks.Task.pattern": SET_NULL,
    "tasks.TaskExternalKey.repository": RESTRICT,
    "planning.PRDItem.repository": RESTRICT,
    "planning.PRDPlan.repository": RESTRICT,
    "planning.PRDPlan.author": SET_NULL,
    "planning.PRDPlan.closed_by": SET_NULL,
    "planning.PRDPlanEntry.plan": CASCADE,
}

Service = Callable[..., Any]
SERVICES: dict[Any, tuple[Any, str, Service, Service, Service]] = {
    Task: (TaskFactory, "task", delete_task, restore_task, purge_task),
    PRD: (PRDFactory, "prd", delete_prd, restore_prd, purge_prd),
    TaskTemplate: (
        TaskTemplateFactory,
        "template",
        delete_template,
        restore_template,
        purge_template,
    ),
}


def foreign_keys(*, of_events: bool = False) -> dict[str, Any]:
    """The foreign keys of our models, by `app.Model.field`."""
    return {
        f"{model._meta.label}.{field.name}": field
        for model in apps.get_models(include_auto_created=True)
        if model.__module__.startswith("apps.") and hasattr(model, "pgh_tracked_model") == of_events
        for field in model._meta.local_fields
        if isinstance(field, ForeignKey)
    }


def constraints(tables: set[str]) -> dict[tuple[str, str], str]:
    """The foreign keys of these tables in the database: action by table and column."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, attname, confdeltype::text FROM pg_constraint"
            " JOIN pg_class ON pg_class.oid = conrelid"
            " JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)"
            " WHERE contype = 'f' AND conparentid = 0 AND relname = ANY (%s)",
            [list(tables)],
        )
        return {(table, column): action for table, column, action in cursor.fetchall()}


def test_every_foreign_key_has_its_answer() -> None:
    keys = foreign_keys()
    soft = {name for name, key in keys.items() if issubclass(key.related_model, SoftDeletedModel)}
    assert soft == RELATIONS.keys()
    assert keys.keys() - soft == OTHERS.keys()


@pytest.mark.django_db
def test_each_acts_in_the_database_as_it_says_there() -> None:
    keys = foreign_keys()
    actions = OTHERS | {name: relation.purged for name, relation in RELATIONS.items()}
    expected = {(key.model._meta.db_table, key.column): actions[name] for name, key in keys.items()}
    assert constraints({table for table, _ in expected}) == expected


@pytest.mark.django_db
def test_history_is_bound_to_nothing() -> None:
    """An event names a record that may be gone: by no constraint, nor by an action of Django's."""
    keys = foreign_keys(of_events=True)
    assert len(keys) > 20
    assert constraints({key.model._meta.db_table for key in keys.values()}) == {}
    assert {key.remote_field.on_delete.__name__ for key in keys.values()} == {"DO_NOTHING"}


class Story:
    """A row that a foreign key makes name another, which comes and goes."""

    def __init__(self, name: str, repository: Repository) -> None:
        self.relation = RELATIONS[name]
        self.key = foreign_keys()[name]
        self.actor = UserFactory(is_superuser=True)
        factory, *_ = SERVICES[self.key.related_model]
        self.target = factory(repository=repository)
        self.row = self.relation.refer(self.target)

    def columns(self) -> dict[str, Any]:
        """The referring row as the database has it; empty when it is gone."""
        return type(self.row)._base_manager.filter(pk=self.row.pk).values().first() or {}

    def lasting(self) -> dict[str, Any]:
        """Without what each write of the row moves."""
        return {name: value for name, value in self.columns().items() if name not in MOVING}

    def call(self, verb: str, record: Any) -> Any:
        _, argument, *services = SERVICES[type(record)]
        service = services[("delete", "restore", "purge").index(verb)]
        return service(actor=self.actor, **{argument: record})

    def delete_target(self) -> Any:
        """Delete the named row; the referring one is live afterwards."""
        if self.relation.goes_along:
            self.call("delete", self.row)
        batch = self.call("delete", self.target)
        if self.relation.goes_along:
            self.call("restore", self.row)
        return batch

    def purge_target(self) -> None:
        age(self.delete_target().id, days=2)
        self.call("purge", self.target)


@pytest.fixture(params=RELATIONS)
def story(request: pytest.FixtureRequest, repository: Repository) -> Story:
    """One for each foreign key that names soft-deleted rows."""
    return Story(request.param, repository)


def test_a_deletion_takes_it_along_or_leaves_it_and_a_restore_undoes_that(story: Story) -> None:
    before, batch = story.columns(), story.call("delete", story.target)
    deleted = story.columns()
    assert deleted[story.key.attname] == story.target.pk
    if story.relation.goes_along:
        assert deleted["deletion_batch"] == batch.id
    else:
        assert deleted == before
    assert batch.count == (2 if story.relation.goes_along else 1)
    unchanged = story.lasting if story.relation.goes_along else story.columns
    first = {name: before[name] for name in unchanged()}
    story.call("restore", story.target)
    assert unchanged() == first


def test_a_live_row_may_name_a_deleted_one(story: Story) -> None:
    """It resolves: through the base manager, which shows all."""
    before = story.lasting()
    story.delete_target()
    assert story.lasting() == before
    row = type(story.row)._base_manager.get(pk=story.row.pk)
    named = getattr(row, story.key.name)
    assert (named.pk, named.is_deleted) == (story.target.pk, True)
    if issubclass(type(row), SoftDeletedModel):
        assert not row.is_deleted


def test_a_purge_lets_go_of_it_or_takes_it_away_and_history_keeps_both(story: Story) -> None:
    before = story.lasting()
    story.purge_target()
    assert not type(story.target).all_objects.filter(pk=story.target.pk).exists()
    if story.relation.purged == SET_NULL:
        assert story.lasting() == {**before, story.key.attname: None}
    else:
        assert story.columns() == {}
    events = type(story.row).pgh_event_model.objects.filter(pgh_obj=story.row.pk)
    newest = events.order_by("pgh_id").last()
    if story.relation.purged == SET_NULL:
        assert (newest.pgh_label, getattr(newest, story.key.attname)) == ("update", None)
    else:
        assert newest.pgh_label == "delete"
    assert events.filter(**{story.key.attname: story.target.pk}).exists()


def test_what_is_shown_follows(story: Story, api: APIClient) -> None:
    def look() -> Any:
        return story.relation.shown(api, story.row, story.target)

    seen = [look()]
    story.delete_target()
    seen.append(look())
    story.call("restore", story.target)
    seen.append(look())
    story.purge_target()
    seen.append(look())
    named = str(story.target.pk)

    def filled(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(filled(item) for item in value)
        return named if value is TARGET else value

    assert seen == [filled(value) for value in story.relation.values]


def test_a_deletion_outlives_who_did_it(repository: Repository) -> None:
    """The person goes, by SQL; the row stays deleted, and history still names them."""
    person, task = UserFactory(is_superuser=True), TaskFactory(repository=repository)
    delete_task(actor=person, task=task)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM users WHERE id = %s", [person.pk])
    task.refresh_from_db()
    assert (task.is_deleted, task.deleted_by) == (True, None)
    assert Task.pgh_event_model.objects.filter(pgh_obj=task.pk, deleted_by=person.pk).exists()

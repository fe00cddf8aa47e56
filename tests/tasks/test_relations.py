"""Every foreign key, and what becomes of the row that has it when the row it names is deleted.

The tables below must name each foreign key of ours: a new one fails until it has its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from rest_framework.test import APIClient

from apps.core.models import SoftDeletedModel
from apps.planning.models import PatternEvidence
from apps.prds.models import PRD
from apps.prds.services import delete_prd, purge_prd, restore_prd
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, purge_template, restore_template
from apps.tasks.deletion import delete_task, purge_task, restore_task
from apps.tasks.models import Task
from tests.factories import (
    PRDFactory,
    TaskFactory,
    TaskTemplateFactory,
    UserFactory,
)

from .ageing import age
from .relations import OTHERS, RELATIONS, SET_NULL, TARGET

MOVING = {"version", "updated_at"}

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
    if isinstance(story.row, PatternEvidence):
        return  # derived from the tasks, and made anew by each run: it has no history
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

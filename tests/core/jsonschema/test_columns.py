"""Every JSON column has its schema, and its CHECK in the database says the same as the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project
from django.db import connection
from django.db.models import JSONField, Model
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.jsonschema import Schema, column_schema, load_schema
from apps.planning.merge import LABELS, MINE, THEIRS
from apps.planning.models import PRDItem, PRDPlanEntry
from apps.prds.complexity import LEVELS
from apps.repositories.choices import ActualMinutes, CancelledBlockers, ClosingWithOpenWork
from apps.repositories.models import Repository
from apps.tasks.choices import TaskPriority, TaskStatus
from apps.tasks.models import Task

from .agreement import verdicts_of
from .strategies import values
from .test_agreement import PATIENT

# Without a schema, each with its reason.
WITHOUT: dict[str, str] = {}


def own_columns() -> list[tuple[type[Model], str]]:
    """The JSON columns of our tables. Histories repeat what a row had: they have no rules."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if model.__module__.startswith("apps.") and not hasattr(model, "pgh_tracked_model")
        for field in model._meta.local_concrete_fields
        if isinstance(field, JSONField)
    ]


COLUMNS = [(m, f, s) for m, f in own_columns() if (s := column_schema(m, f)) is not None]


def label(model: type[Model], field: str) -> str:
    return f"{model._meta.app_label}.{model.__name__}.{field}"


def test_every_json_column_has_a_schema() -> None:
    found = {label(model, field) for model, field in own_columns()}
    ruled = {label(model, field) for model, field, _ in COLUMNS}
    assert found - ruled == WITHOUT.keys() & found, "a schema is missing, or a reason is stale"
    assert len(ruled) >= 16


def test_every_schema_file_is_used_and_well_formed() -> None:
    files = sorted(Path(project.BASE_DIR, "apps").glob("*/schemas/*.json"))
    used = [schema.definition for _, _, schema in COLUMNS]
    for path in files:
        schema = load_schema(path.parts[-3], path.stem)
        assert schema.description.startswith(("A ", "An ")), path
        assert schema.description.endswith("."), path
        if schema.definition in used:
            continue
        assert path.parts[-3].startswith(("task_", "planning")), f"{path} is nobody's"


each_column = pytest.mark.parametrize(
    ("model", "field", "schema"), COLUMNS, ids=[label(m, f) for m, f, _ in COLUMNS]
)


def live_condition(model: type[Model], field: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid), convalidated FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND conname = %s",
            [model._meta.db_table, f"{model._meta.db_table}_{field}_schema"],
        )
        ((condition, validated),) = cursor.fetchall()
    assert validated
    return str(condition)


@each_column
@pytest.mark.django_db
@settings(PATIENT, max_examples=25)
@given(data=st.data())
def test_the_live_constraint_agrees(
    model: type[Model], field: str, schema: Schema, data: Any
) -> None:
    share = schema.database_share()
    tried = data.draw(st.lists(values(schema.definition), min_size=1, max_size=6))
    verdicts = verdicts_of(live_condition(model, field), field, tried)
    # Of what no column takes the database sees nothing in a part that it does not look into.
    opaque = "x-database" in str(schema.definition)
    unseen = {"integer_out_of_range", "too_deep"} if opaque else set()
    for value, verdict in zip(tried, verdicts, strict=True):
        broken = share.errors(value)
        assert verdict or broken, value
        assert not verdict or not broken or {e.code for e in broken} <= unseen, (value, broken)


@each_column
def test_an_empty_value_is_right(model: type[Model], field: str, schema: Schema) -> None:
    """What a column has if nobody says anything."""
    default = model._meta.get_field(field).get_default()
    if default is not None:
        assert schema.is_valid(default)


def member(model: type[Model], field: str, *path: str) -> Any:
    schema = column_schema(model, field)
    assert schema is not None
    found: Any = schema.definition
    for name in path:
        found = found[name]
    return found


def test_choices_of_a_schema_are_those_of_the_code() -> None:
    settings_of = ("properties",)
    assert member(Repository, "settings", *settings_of, "cancelled_blockers", "enum") == list(
        CancelledBlockers.values
    )
    assert member(Repository, "settings", *settings_of, "closing_with_open_work", "enum") == list(
        ClosingWithOpenWork.values
    )
    assert member(Repository, "settings", *settings_of, "actual_minutes", "enum") == list(
        ActualMinutes.values
    )
    assert member(Task, "complexity_factors", "properties", "level", "enum") == list(LEVELS)
    base = member(PRDItem, "base", "properties")
    assert list(base) == list(LABELS)
    assert base["status"]["enum"] == TaskStatus.values
    assert base["priority"]["enum"] == TaskPriority.values
    changed = member(PRDPlanEntry, "fields", "items", "properties", "field", "enum")
    assert changed == [*LABELS, "deleted", "removed_from_prd"]
    chosen = ("properties", "choices", "additionalProperties", "enum")
    assert member(PRDPlanEntry, "answers", *chosen) == [MINE, THEIRS]


def test_messages_say_what_the_column_must_be() -> None:
    messages = {
        constraint.name: constraint.violation_error_message
        for constraint in Task._meta.constraints
        if constraint.name.endswith("_schema")
    }
    assert messages["tasks_tags_schema"] == (
        "tags must be a list of at most 10 distinct strings of 1 to 100 characters."
    )


def test_component_names_are_given_once() -> None:
    """The same name stands for the same shape, or the OpenAPI document would lie."""
    seen: dict[str, Any] = {}
    pending = [schema.definition for _, _, schema in COLUMNS]
    while pending:
        definition = pending.pop()
        name = definition.get("x-component")
        if name:
            assert json.dumps(seen.setdefault(name, definition)) == json.dumps(definition), name
        pending += definition.get("properties", {}).values()
        pending += [
            definition[key]
            for key in ("items", "additionalProperties")
            if isinstance(definition.get(key), dict)
        ]
    assert {"Criterion", "ParseNote", "TemplateStep", "Metadata"} <= seen.keys()
    # Where a list is a component, a read-only one is referred to by allOf, which Redoc cannot show.
    assert not [name for name, found in seen.items() if found.get("type") == "array"]

"""The tables as the database has them: partitions, columns, constraints, indexes."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from apps.audit.events import event_model_of
from apps.core.partitioning import partitioned_models
from apps.tasks.models import CriticalPath

pytestmark = pytest.mark.django_db

OWN_APPS = {
    "accounts",
    "repositories",
    "task_patterns",
    "task_templates",
    "prds",
    "tasks",
}


def rows(query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def own_models() -> list[Any]:
    return [model for model in apps.get_models() if model._meta.app_label in OWN_APPS]


def test_tasks_and_every_history_table_are_partitioned() -> None:
    tables = {model._meta.db_table for model in partitioned_models()}
    events = {model._meta.db_table for model in own_models() if model.__name__.endswith("Event")}
    assert "tasks" in tables
    assert events < tables
    kinds = dict(
        rows("SELECT relname, relkind::text FROM pg_class WHERE relname = ANY(%s)", [*tables])
    )
    assert kinds == dict.fromkeys(tables, "p")


def test_every_own_table_has_a_history() -> None:
    exempt = {model for model in own_models() if model.__name__.endswith("Event")}
    exempt.add(CriticalPath)  # derived from what has one
    untracked = [
        model.__name__
        for model in own_models()
        if model not in exempt and not model._meta.auto_created and event_model_of(model) is None
    ]
    assert untracked == []


def test_no_table_has_a_default_partition() -> None:
    assert (
        rows("SELECT relname FROM pg_class WHERE pg_get_expr(relpartbound, oid) = 'DEFAULT'") == []
    )


SPECIFIED_COLUMNS = {
    "tasks": {
        "id": "uuid",
        "content": "text",
        "status": "text",
        "priority": "text",
        "repository_id": "uuid",
        "session_id": "text",
        "created_at": "timestamp with time zone",
        "updated_at": "timestamp with time zone",
        "completed_at": "timestamp with time zone",
        "estimated_minutes": "integer",
        "actual_minutes": "integer",
        "complexity": "text",
        "assignee": "text",
        "tags": "jsonb",
        "parent_task_id": "uuid",
        "ai_suggested": "boolean",
        "pattern_id": "uuid",
        "prd_id": "uuid",
        "source_section": "text",
        "deleted_at": "timestamp with time zone",
    },
    "prds": {
        "id": "uuid",
        "repository_id": "uuid",
        "filename": "text",
        "content": "text",
        "parsed_at": "timestamp with time zone",
        "task_count": "integer",
        "complexity_score": "double precision",
        "metadata": "jsonb",
        "created_at": "timestamp with time zone",
        "updated_at": "timestamp with time zone",
    },
    "task_templates": {
        "name": "text",
        "description": "text",
        "project_type": "text",
        "tasks": "jsonb",
        "popularity": "integer",
        "success_rate": "double precision",
    },
    "task_patterns": {
        "pattern_type": "text",
        "description": "text",
        "task_sequence": "jsonb",
        "occurrence_count": "integer",
        "avg_completion_time": "double precision",
        "success_rate": "double precision",
    },
}


@pytest.mark.parametrize("table", SPECIFIED_COLUMNS)
def test_the_specified_columns_are_there(table: str) -> None:
    found = dict(
        rows(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s",
            table,
        )
    )
    specified = SPECIFIED_COLUMNS[table]
    assert {name: found.get(name) for name in specified} == specified


def test_every_constraint_has_a_name_of_ours() -> None:
    """Names that the API can translate: `<table>_<rule>`, none left to a generator."""
    for model in own_models():
        table = model._meta.db_table
        for constraint in model._meta.constraints:
            assert constraint.name.startswith(f"{table}_"), constraint.name


def test_every_referenced_column_of_tasks_has_an_index() -> None:
    """Without one, deleting a parent, PRD or repository would read every partition."""
    indexed = {
        definition.split("(")[1].split(")")[0].split(",")[0].strip()
        for (definition,) in rows("SELECT indexdef FROM pg_indexes WHERE tablename = 'tasks'")
    }
    assert {
        "repository_id",
        "parent_task_id",
        "prd_id",
        "pattern_id",
        "template_id",
    } <= indexed

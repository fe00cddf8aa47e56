"""The application's login may do what the lists say, on parents only, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from apps.core.partitioning import partitions_of
from apps.dbops.grants import table_privileges
from apps.dbops.integrity.rights import apply_grants

pytestmark = pytest.mark.django_db

ALL_PRIVILEGES = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")


def privileges_of(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT privilege FROM unnest(%s::text[]) AS privilege"
            " WHERE has_table_privilege(%s, 'public.' || quote_ident(%s), privilege)",
            [list(ALL_PRIVILEGES), settings.TASKHUB_APPLICATION_ROLE, table],
        )
        return {privilege for (privilege,) in cursor.fetchall()}


def all_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p')"
        )
        return {name for (name,) in cursor.fetchall()}


def test_rights_are_those_of_the_lists() -> None:
    listed = dict(table_privileges())
    assert {table: privileges_of(table) for table in listed} == {
        table: set(privileges) for table, privileges in listed.items()
    }


def test_what_is_not_listed_cannot_be_touched() -> None:
    """Partitions above all: a statement that names one would go past its parent's triggers."""
    listed = dict(table_privileges())
    unlisted = all_tables() - listed.keys()
    assert {partition.name for partition in partitions_of("tasks")} < unlisted
    assert {table: privileges_of(table) for table in unlisted if privileges_of(table)} == {}


def test_every_model_says_what_the_application_may_do() -> None:
    listed = dict(table_privileges())
    silent = [
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy and model._meta.db_table not in listed
    ]
    assert silent == []


def test_a_right_that_was_given_by_hand_is_taken_back() -> None:
    with connection.cursor() as cursor:
        role = settings.TASKHUB_APPLICATION_ROLE
        cursor.execute(f'GRANT ALL ON tasks_events TO "{role}"')
    apply_grants()
    assert privileges_of("tasks_events") == {"SELECT"}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {partition} (repository_id, content) VALUES (uuid7(), 'x')",
        "UPDATE {partition} SET content = 'x'",
        "SELECT * FROM {partition}",
        "DROP TABLE {partition}",
        "ALTER TABLE tasks DETACH PARTITION {partition}",
        "CREATE TABLE public.mine (id integer)",
        "CREATE OR REPLACE FUNCTION uuid7_time(id uuid) RETURNS timestamptz"
        " LANGUAGE sql IMMUTABLE AS 'SELECT now()'",
        "INSERT INTO prd_revisions (prd_id, number, content, content_hash)"
        " VALUES (uuid7(), 1, 'x', 'x')",
        "DELETE FROM prds",
        "UPDATE django_migrations SET name = 'x'",
    ],
)
def test_the_application_is_refused(statement: str, as_app: None) -> None:
    partition = partitions_of("tasks")[1].name
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(partition=partition))


def test_trigger_functions_cannot_be_called_or_attached(as_app: None) -> None:
    """Else the owner's rights of the history functions would serve a forged table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE proname LIKE 'pgtrigger%%'"
            " AND has_function_privilege(oid, 'EXECUTE')"
        )
        assert cursor.fetchall() == []


def definitions() -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, prosecdef, proconfig FROM pg_proc WHERE proname LIKE 'pgtrigger%%'"
        )
        return cursor.fetchall()


def test_functions_with_the_owners_rights_pin_their_search_path() -> None:
    definers = [(name, config) for name, definer, config in definitions() if definer]
    assert len(definers) > 30
    assert {tuple(config) for _, config in definers} == {
        ("search_path=pg_catalog, public, pg_temp",)
    }

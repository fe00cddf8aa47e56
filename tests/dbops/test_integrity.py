"""Whoever tampers with the database as its owner is found, in words, with the remedy that works."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as live_settings
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.test import Client

from apps.core.partitioning import partitions_of
from apps.dbops.integrity.definitions import migrated_functions, trigger_functions
from apps.dbops.integrity.drift import find_drift
from apps.dbops.integrity.findings import MAINTENANCE, REINSTALL
from apps.dbops.integrity.rights import apply_grants
from tests.conftest import application_role

from .tampering import execute, found

pytestmark = pytest.mark.django_db

STRANGER = "pg_read_all_stats"  # a role of every server that is neither of our logins


def test_a_migrated_database_is_as_released() -> None:
    assert found() == []


def test_the_application_may_ask(as_app: None) -> None:
    assert found() == []


def test_it_takes_a_handful_of_queries(django_assert_max_num_queries: Any) -> None:
    find_drift()  # what the server is asked once a process
    with django_assert_max_num_queries(13):
        find_drift()


RIGHTS = {
    "all on history": ("GRANT ALL ON tasks_events TO <app>", "INSERT"),
    "a column of history": ("GRANT UPDATE (content) ON tasks_events TO <app>", "column content"),
    "a partition": ("GRANT INSERT ON <partition> TO <app>", "may INSERT"),
    "a column of a partition": ("GRANT UPDATE (content) ON <partition> TO <app>", "UPDATE"),
    "a table that no list names": (
        "CREATE TABLE aside (id int);;GRANT SELECT ON aside TO <app>",
        "table aside",
    ),
    "a sequence": ("GRANT UPDATE ON procrastinate_jobs_id_seq TO <app>", "may UPDATE"),
    "a sequence that no list names": (
        "CREATE SEQUENCE aside;;GRANT USAGE ON aside TO <app>",
        "sequence aside",
    ),
    "deleting tasks": ("GRANT DELETE ON tasks TO <app>", "may DELETE"),
    "truncating": ("GRANT TRUNCATE ON prds TO <app>", "may TRUNCATE"),
    "passing on": ("GRANT SELECT ON tasks TO <app> WITH GRANT OPTION", "pass its rights on"),
    "everybody": ("GRANT SELECT ON users TO PUBLIC", "Everybody (PUBLIC) has SELECT"),
    "a right too few": ("REVOKE UPDATE ON tasks FROM <app>", "may not UPDATE"),
    "a sequence's right too few": (
        "REVOKE ALL ON procrastinate_jobs_id_seq FROM <app>",
        "may not USAGE",
    ),
    "the schema": ("REVOKE USAGE ON SCHEMA public FROM <app>, PUBLIC", "may not use the schema"),
    "creating in the schema": (
        "GRANT CREATE ON SCHEMA public TO <app>",
        "may create objects in the schema public",
    ),
    "creating by everybody": ("GRANT CREATE ON SCHEMA public TO PUBLIC", "may create objects"),
    "a definer function to everybody": (
        "GRANT EXECUTE ON FUNCTION <history>() TO PUBLIC",
        "PUBLIC may execute it",
    ),
    "a definer function to the application": (
        "GRANT EXECUTE ON FUNCTION <history>() TO <app>",
        "may execute it",
    ),
    "a new definer function": (
        "CREATE FUNCTION aside() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "aside(): PUBLIC may execute it",
    ),
}


@pytest.mark.parametrize(("tampering", "words"), RIGHTS.values(), ids=list(RIGHTS))
def test_a_wrong_right_is_found_and_set_right(tampering: str, words: str) -> None:
    execute(tampering)
    (finding,) = found()
    assert words in finding
    assert MAINTENANCE in finding
    assert [str(cured) for cured in apply_grants()] == [finding]
    assert found() == []
    assert apply_grants() == []


TRIGGERS = {
    "disabled on one partition": (
        "ALTER TABLE <partition> DISABLE TRIGGER <history>",
        "of <partition> is disabled",
    ),
    "disabled on the parent": ("ALTER TABLE ONLY tasks DISABLE TRIGGER <copied>", "is disabled"),
    "for replicas only": ("ALTER TABLE ONLY tasks ENABLE REPLICA TRIGGER <copied>", "replicas"),
    "dropped": ("DROP TRIGGER <copied> ON tasks", "of tasks is missing"),
    "another condition": (
        "CREATE OR REPLACE TRIGGER <history> AFTER UPDATE ON tasks FOR EACH ROW"
        " WHEN (OLD.content IS DISTINCT FROM NEW.content) EXECUTE FUNCTION <history>()",
        "is not as its model declares it",
    ),
    "another event": (
        "CREATE OR REPLACE TRIGGER <transition> BEFORE INSERT ON tasks FOR EACH ROW"
        " EXECUTE FUNCTION <transition>()",
        "is not as its model declares it",
    ),
    "another function": (
        "CREATE OR REPLACE TRIGGER <touch> BEFORE UPDATE ON tasks FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "is not as its model declares it",
    ),
    "only for some columns": (
        "CREATE OR REPLACE TRIGGER <transition> BEFORE UPDATE OF content ON tasks FOR EACH ROW"
        " EXECUTE FUNCTION <transition>()",
        "is not as its model declares it",
    ),
    "another body": (
        "CREATE OR REPLACE FUNCTION <history>() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER"
        " SET search_path = pg_catalog, public, pg_temp AS 'BEGIN RETURN NULL; END'",
        "has another body",
    ),
    "its caller's rights": ("ALTER FUNCTION <history>() SECURITY INVOKER", "who calls it"),
    "its owner's rights": ("ALTER FUNCTION <touch>() SECURITY DEFINER", "rights of its owner"),
    "its caller's search path": ("ALTER FUNCTION <history>() RESET search_path", "settings"),
    "another search path": (
        "ALTER FUNCTION <history>() SET search_path = pg_catalog, public",
        "settings search_path=pg_catalog, public",
    ),
    "one more setting": (
        "ALTER FUNCTION <history>() SET row_security = off",
        "settings",
    ),
    "volatility": ("ALTER FUNCTION <touch>() STABLE", "is STABLE"),
}


@pytest.mark.parametrize(("tampering", "words"), TRIGGERS.values(), ids=list(TRIGGERS))
def test_a_wrong_trigger_is_found_and_installed_anew(tampering: str, words: str) -> None:
    execute(tampering)
    findings = found()
    words = words.replace("<partition>", partitions_of("tasks")[1].name)
    assert any(words in finding for finding in findings), findings
    assert all(REINSTALL in finding or "ENABLE TRIGGER" in finding for finding in findings)
    call_command("pgtrigger", "install")
    assert found() == []


OTHERS = {
    "a trigger that nobody declares": (
        "CREATE TRIGGER mine BEFORE UPDATE ON tasks FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "tasks has a trigger that no model declares: mine",
        'DROP TRIGGER "mine" ON "tasks"',
    ),
    "the same on a partition of history": (
        "CREATE TRIGGER mine BEFORE INSERT ON tasks_events_2026q4 FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "tasks_events_2026q4 has a trigger",
        'DROP TRIGGER "mine" ON "tasks_events_2026q4"',
    ),
    "a rule": (
        "CREATE RULE mute AS ON UPDATE TO prds DO INSTEAD NOTHING",
        "prds has a rule: mute",
        "DROP RULE mute ON prds",
    ),
    "row security": (
        "ALTER TABLE users ENABLE ROW LEVEL SECURITY",
        "users has row security switched on",
        "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
    ),
    "a policy": (
        "CREATE POLICY blind ON tasks USING (false)",
        "tasks has a row security policy: blind",
        "DROP POLICY blind ON tasks",
    ),
    "another volatility": (
        "ALTER FUNCTION is_uuid7(uuid) STABLE",
        "is_uuid7 is STABLE",
        "ALTER FUNCTION is_uuid7(uuid) IMMUTABLE",
    ),
    "a second function of the name": (
        "CREATE FUNCTION uuid7_time(id text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "more than one function uuid7_time",
        "DROP FUNCTION uuid7_time(text)",
    ),
    "the same without a name for its parameter": (
        "CREATE FUNCTION uuid7_time(text) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "more than one function uuid7_time: uuid7_time(text), uuid7_time(uuid)",
        "DROP FUNCTION uuid7_time(text)",
    ),
    "a function that takes a call from PostgreSQL's": (
        "CREATE FUNCTION to_jsonb(tasks) RETURNS jsonb LANGUAGE sql AS $$SELECT '{}'::jsonb$$",
        "the name of one of PostgreSQL's: to_jsonb(tasks)",
        "DROP ROUTINE public.to_jsonb(tasks)",
    ),
    "a generated column": (
        "ALTER TABLE tasks ADD extra integer GENERATED ALWAYS AS (length(content)) STORED",
        "The column extra of tasks is generated as length(content)",
        "ALTER TABLE tasks DROP extra",
    ),
    "rights for what comes next": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO <app>",
        "creates next (TABLES) gives rights",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM <app>",
    ),
    "another login's rights": (
        f"GRANT SELECT, DELETE ON tasks_events TO {STRANGER}",
        f"{STRANGER} has DELETE on the table tasks_events",
        f"REVOKE DELETE ON tasks_events FROM {STRANGER}",
    ),
    "creating schemas": (
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO <app>', current_database());"
        " END $$",
        "may create schemas",
        "DO $$ BEGIN EXECUTE format('REVOKE CREATE ON DATABASE %I FROM <app>',"
        " current_database()); END $$",
    ),
}


@pytest.mark.parametrize(("tampering", "words", "cure"), OTHERS.values(), ids=list(OTHERS))
def test_what_only_a_person_should_undo_is_found(tampering: str, words: str, cure: str) -> None:
    execute(tampering)
    (finding,) = found()
    assert words in finding
    execute(cure)
    assert found() == []


def test_another_login_may_read() -> None:
    execute(f"GRANT SELECT ON tasks, tasks_events TO {STRANGER}")
    assert found() == []


def about_functions() -> list[str]:
    """Without the columns that go on using a function which has another name now."""
    return [finding for finding in found() if finding.startswith("The function ")]


BODIES = {
    "uuid7_time": "ALTER FUNCTION uuid7_time(uuid) RENAME TO old;;"
    "CREATE FUNCTION uuid7_time(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE STRICT"
    " PARALLEL SAFE RETURN to_timestamp(0)",
    "is_uuid7": "CREATE OR REPLACE FUNCTION is_uuid7(id uuid) RETURNS boolean"
    " LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
    " RETURN (get_byte(uuid_send(id), 6) >> 4) = 4 AND (get_byte(uuid_send(id), 8) >> 6) = 2",
    "uuid7": "CREATE OR REPLACE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE"
    " AS 'SELECT gen_random_uuid()'",
    "is_list_of_distinct_strings": "CREATE OR REPLACE FUNCTION is_list_of_distinct_strings("
    "list jsonb, longest integer, most integer) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT"
    " PARALLEL SAFE AS 'SELECT true'",
}


@pytest.mark.parametrize("name", BODIES)
def test_a_function_of_a_migration_with_another_body_is_found(name: str) -> None:
    execute(BODIES[name])
    # A function whose body calls it by its old name is found, too.
    (finding,) = [each for each in about_functions() if each.startswith(f"The function {name} ")]
    assert f"The function {name} has another body." in finding
    assert "manage.py sqlmigrate core 0001_uuid7_functions" in finding


@pytest.mark.parametrize("name", sorted(BODIES.keys() - {"uuid7_time"}))
def test_its_migration_is_the_remedy(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    execute(BODIES[name])
    call_command("sqlmigrate", "core", "0001_uuid7_functions")
    sql = capsys.readouterr().out.replace("BEGIN;", "").replace("COMMIT;", "")
    with connection.cursor() as cursor:
        cursor.execute(sql)
    assert found() == []


def test_a_missing_function_is_found() -> None:
    execute("ALTER FUNCTION uuid7() RENAME TO gone")
    (finding,) = about_functions()
    assert "The function uuid7 is missing." in finding


def test_every_function_of_ours_is_compared() -> None:
    """What is not compared belongs to a library, or to a trigger that is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname NOT LIKE 'procrastinate\\_%' AND proname <> '_pgh_attach_context'"
            " AND (proname NOT LIKE 'pgtrigger\\_%' OR oid IN (SELECT tgfoid FROM pg_trigger))"
        )
        live = {name for (name,) in cursor.fetchall()}
    assert live == migrated_functions().keys() | trigger_functions().keys()


def test_a_detached_partition_is_found() -> None:
    partition = partitions_of("tasks_events")[0].name
    execute(f"ALTER TABLE tasks_events DETACH PARTITION {partition}")
    assert any(f"The partition {partition} is detached" in finding for finding in found())


def test_a_login_that_is_somebody_special_is_found(settings: Any) -> None:
    """Here the owner stands in the application's place: a mistake in DATABASE_URL."""
    settings.TASKHUB_APPLICATION_ROLE = connection.settings_dict["USER"]
    findings = " ".join(found())
    assert "has the attribute CREATEDB" in findings
    assert (
        f"is a member of {live_settings.ENVIRONMENT.postgres('DATABASE_URL')['user']}" in findings
    )
    assert "may create objects in the schema public" in findings
    assert "may create schemas" in findings
    assert "owns the database" in findings


def test_a_login_that_is_nobody_is_found(settings: Any) -> None:
    settings.TASKHUB_APPLICATION_ROLE = "nobody_of_that_name"
    assert "does not exist" in found()[0]


def test_the_check_warns_and_readiness_degrades(client: Client) -> None:
    execute("GRANT DELETE ON tasks TO <app>")
    (message,) = [m for m in run_checks(databases=["default"]) if m.id == "taskhub.W012"]
    assert "may DELETE on the table tasks" in message.msg
    assert "maintain_partitions" in message.hint
    assert not message.is_serious()
    with application_role():
        response = client.get("/readyz")
    check = response.json()["checks"]["integrity"]
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert not check["healthy"]
    assert "may DELETE on the table tasks" in check["message"]


def test_nothing_is_compared_before_migrate_has_run() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'tasks'")
    execute("GRANT DELETE ON tasks TO <app>")
    assert found() == []


def test_a_newer_releases_database_is_named_as_such() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('tasks', '9999_later', now())"
        )
    execute("GRANT DELETE ON tasks TO <app>")
    (finding,) = found()
    assert "tasks.9999_later" in finding


def test_maintenance_says_what_it_sets_right(capsys: pytest.CaptureFixture[str]) -> None:
    execute("GRANT DELETE ON tasks TO <app>")
    call_command("maintain_partitions")
    printed = capsys.readouterr().out
    assert "may DELETE on the table tasks" in printed
    assert "1 rights set right" in printed
    assert found() == []

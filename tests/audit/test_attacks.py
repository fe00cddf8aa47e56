"""The application's real login against the history: refused for want of a right, or recorded.

Each attack runs in a session of its own, logged in as the application, and is rolled back. A name
in angle brackets stands for what this database calls it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from apps.core.ids import uuid7
from apps.core.partitioning import partitions_of

pytestmark = pytest.mark.django_db

Session = psycopg.Connection[Any]


@pytest.fixture
def intruder() -> Iterator[Session]:
    """A session of the application's login, as whoever has its password would open it."""
    login = settings.ENVIRONMENT.postgres("DATABASE_URL")
    session = psycopg.connect(**{**login, "dbname": connection.settings_dict["NAME"]})
    try:
        yield session
    finally:
        session.rollback()
        session.close()


@pytest.fixture
def names() -> dict[str, str]:
    """What the placeholders stand for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT substring(tgname FROM 'pgtrigger_([a-z]+)_'), tgname FROM pg_trigger"
            " WHERE tgrelid = 'tasks'::regclass AND tgname ~ '_(insert|update|delete)_[0-9a-f]+$'"
        )
        found = {f"<on {label}>": name for label, name in cursor.fetchall()}
    found["<owner>"] = f'"{connection.settings_dict["USER"]}"'
    found["<task partition>"] = partitions_of("tasks")[1].name
    found["<history partition>"] = partitions_of("tasks_events")[1].name
    return found


def run(session: Session, script: str, names: dict[str, str]) -> None:
    for name, value in names.items():
        script = script.replace(name, value)
    for statement in script.split(";;"):
        session.execute(statement)


TARGETS = ("tasks", "tasks_events", "<task partition>", "<history partition>")
HISTORY = ("tasks_events", "<history partition>")
FORGED = "(pgh_label, pgh_obj_id) VALUES ('insert', uuid7())"
EVERYWHERE = {
    "truncate": "TRUNCATE {}",
    "truncate cascade": "truncate table public.{} restart identity cascade",
    "truncate only": "TRUNCATE ONLY {}",
    "delete": "DELETE FROM {}",
    "disable all triggers": "ALTER TABLE {} DISABLE TRIGGER ALL",
    "disable user triggers": "ALTER TABLE {} DISABLE TRIGGER USER",
    "drop": "DROP TABLE {} CASCADE",
    "rename": "ALTER TABLE {} RENAME TO gone",
    "change of owner": "ALTER TABLE {} OWNER TO CURRENT_USER",
    "own trigger": "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "rule": "CREATE RULE mute AS ON UPDATE TO {} DO INSTEAD NOTHING",
    "policy": "CREATE POLICY blind ON {} USING (false)",
    "row security": "ALTER TABLE {} ENABLE ROW LEVEL SECURITY",
    "unlogged": "ALTER TABLE {} SET (autovacuum_enabled = off)",
    "dropped column": "ALTER TABLE {} DROP COLUMN content",
    "grant to itself": "GRANT ALL ON {} TO CURRENT_USER;;TRUNCATE {}",
    "its own function's rights": "CREATE FUNCTION pg_temp.strike() RETURNS void LANGUAGE sql"
    " SECURITY DEFINER AS 'DELETE FROM public.{}';;SELECT pg_temp.strike()",
}
IN_HISTORY = {
    "insert": f"INSERT INTO {{}} {FORGED}",
    "quoted insert": f'INSERT INTO "public"."{{}}" {FORGED}',
    "insert on conflict": f"INSERT INTO {{}} {FORGED} ON CONFLICT DO NOTHING",
    "insert on conflict update": f"INSERT INTO {{}} {FORGED}"
    " ON CONFLICT (pgh_id) DO UPDATE SET content = 'forged'",
    "update": "UPDATE {} SET content = 'forged'",
    "lower-case update": "update only public.{} set pgh_login = 'somebody'",
    "merge": "MERGE INTO {} AS history USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
    "merge that inserts": "MERGE INTO {} AS history USING (SELECT uuid7() AS id) AS one"
    " ON history.pgh_id = one.id"
    " WHEN NOT MATCHED THEN INSERT (pgh_label, pgh_obj_id) VALUES ('insert', one.id)",
    "copy": "COPY {} (pgh_label, pgh_obj_id) FROM STDIN",
    "delete in a query": "WITH gone AS (DELETE FROM {} RETURNING pgh_id) SELECT * FROM gone",
    "prepared": "PREPARE strike AS DELETE FROM {};;EXECUTE strike",
    "anonymous block": "DO $$ BEGIN EXECUTE 'DELETE FROM {}'; END $$",
    "view": "CREATE TEMPORARY VIEW lens AS SELECT * FROM public.{};;DELETE FROM lens",
    "lock of rows": "SELECT * FROM {} FOR UPDATE",
    "copy out and in": "CREATE TEMPORARY TABLE mine (LIKE {});;INSERT INTO {} SELECT * FROM mine",
}
ON_PARTITIONS = {
    "read": "SELECT * FROM {}",
    "insert into tasks": "INSERT INTO <task partition> (repository_id, content)"
    " VALUES (uuid7(), 'x')",
    "update of tasks": "UPDATE <task partition> SET content = 'x'",
    "detach tasks": "ALTER TABLE tasks DETACH PARTITION <task partition>",
    "detach history": "ALTER TABLE tasks_events DETACH PARTITION <history partition>",
    "disable one trigger": "ALTER TABLE <task partition> DISABLE TRIGGER <on update>",
    "own partition": "CREATE TEMPORARY TABLE mine (LIKE tasks_events);;"
    "ALTER TABLE tasks_events ATTACH PARTITION mine DEFAULT",
}
ELSEWHERE = {
    "disable one trigger": "ALTER TABLE tasks DISABLE TRIGGER <on insert>",
    "replica trigger": "ALTER TABLE tasks ENABLE REPLICA TRIGGER <on insert>",
    "drop a trigger": "DROP TRIGGER <on update> ON tasks",
    "rename a trigger": "ALTER TRIGGER <on update> ON tasks RENAME TO gone",
    "replace a trigger": "CREATE OR REPLACE TRIGGER <on update> AFTER UPDATE ON tasks"
    " FOR EACH ROW WHEN (false) EXECUTE FUNCTION <on update>()",
    "replace a function": "CREATE OR REPLACE FUNCTION <on update>() RETURNS trigger"
    " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "replace the clock of ids": "CREATE OR REPLACE FUNCTION uuid7_time(id uuid)"
    " RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT now()'",
    "alter a function": "ALTER FUNCTION <on update>() SECURITY INVOKER",
    "another search path": "ALTER FUNCTION <on update>() RESET search_path",
    "drop a function": "DROP FUNCTION <on update>() CASCADE",
    "call a function": "SELECT <on insert>()",
    "hang a function on an own table": "CREATE TEMPORARY TABLE forge (LIKE tasks);;"
    "CREATE TRIGGER strike AFTER INSERT ON forge REFERENCING NEW TABLE AS new_values"
    " FOR EACH STATEMENT EXECUTE FUNCTION <on insert>()",
    "session_replication_role": "SET session_replication_role = replica",
    "the same, local": "SET LOCAL session_replication_role = 'replica'",
    "the same by function": "SELECT set_config('session_replication_role', 'replica', true)",
    "the same for ever": "ALTER ROLE CURRENT_USER SET session_replication_role = replica",
    "the owner's role": "SET ROLE <owner>",
    "the owner's role by function": "SELECT set_config('role', btrim('<owner>', '\"'), false)",
    "the owner's session": "SET SESSION AUTHORIZATION <owner>",
    "membership": "GRANT <owner> TO CURRENT_USER",
    "superuser": "ALTER ROLE CURRENT_USER SUPERUSER",
    "a role of its own": "CREATE ROLE mine",
    "the catalogue": "UPDATE pg_trigger SET tgenabled = 'D'",
    "an event trigger": "CREATE EVENT TRIGGER mine ON ddl_command_start"
    " EXECUTE FUNCTION <on update>()",
    "a schema of its own": "CREATE SCHEMA mine",
    "a table of its own": "CREATE TABLE public.mine (id integer)",
    "a function of its own": "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql"
    " AS 'SELECT 1'",
    "files": "COPY (SELECT 1) TO PROGRAM 'true'",
    "revisions": "INSERT INTO prd_revisions (prd_id, number, content, content_hash)"
    " VALUES (uuid7(), 1, 'x', 'x')",
    "outbox": "INSERT INTO outbox (kind, entity_id) VALUES ('prd', uuid7())",
    "the log of migrations": "DELETE FROM django_migrations",
}
REFUSED = {
    **{
        f"{name}: {target}": statement.replace("{}", target)
        for name, statement in EVERYWHERE.items()
        for target in TARGETS
    },
    **{
        f"{name}: {target}": statement.replace("{}", target)
        for name, statement in IN_HISTORY.items()
        for target in HISTORY
    },
    **{
        f"partition: {name}": statement.replace("{}", "<history partition>")
        for name, statement in ON_PARTITIONS.items()
    },
    **ELSEWHERE,
}


@pytest.mark.parametrize("attack", REFUSED.values(), ids=list(REFUSED))
def test_refused(attack: str, intruder: Session, names: dict[str, str]) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as refusal:
        run(intruder, attack, names)
    assert refusal.value.sqlstate == "42501"


def test_server_settings_are_refused(intruder: Session) -> None:
    intruder.autocommit = True  # ALTER SYSTEM takes no transaction
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        intruder.execute("ALTER SYSTEM SET session_replication_role = replica")


def new_task(session: Session) -> UUID:
    """A task of the intruder's, made before the attack."""
    repository, task = uuid7(), uuid7()
    session.execute(
        "INSERT INTO public.repositories (id, name) VALUES (%s, 'intruder/s')", [repository]
    )
    session.execute(
        "INSERT INTO public.tasks (id, repository_id, content) VALUES (%s, %s, 'before')",
        [task, repository],
    )
    return task


def events(session: Session, content: str) -> list[tuple[Any, ...]]:
    return session.execute(
        "SELECT pgh_label, pgh_login, pgh_xact = pg_current_xact_id()::text::bigint"
        " FROM public.tasks_events WHERE content = %s ORDER BY pgh_id",
        [content],
    ).fetchall()


SHADOWS = ";;".join(
    f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})"
    for table in ("tasks_events", "outbox", "task_dependencies", "repositories_events")
)
PREPARATIONS = {
    "nothing": "SELECT 1",
    "ignore all": "SET pgtrigger.ignore = '{*}'",
    "ignore all, local": "SET LOCAL pgtrigger.ignore = '{*}'",
    "ignore by name": "SET pgtrigger.ignore = '{<on insert>,<on update>,<on delete>}'",
    "ignore by name, local": "SET LOCAL pgtrigger.ignore = '{<on insert>,<on update>}'",
    "ignore by uri": "SET pgtrigger.ignore = '{tasks.Task:insert_insert,tasks.Task:update_update}'",
    "ignore by function": "SELECT set_config('pgtrigger.ignore', '{*}', false)",
    "shadowing tables": SHADOWS,
    "shadowing tables first": f"{SHADOWS};;SET search_path = pg_temp, public",
    "shadowing transition table": "CREATE TEMPORARY TABLE new_values (LIKE public.tasks)",
    "shadowing functions": "CREATE FUNCTION pg_temp.now() RETURNS timestamptz LANGUAGE sql"
    " AS 'SELECT to_timestamp(0)';;CREATE FUNCTION pg_temp.current_setting(text, boolean)"
    " RETURNS text LANGUAGE sql AS 'SELECT NULL::text';;"
    "SET search_path = pg_temp, pg_catalog, public",
    "shadowing a type": "CREATE DOMAIN pg_temp.jsonb AS text",
    "lock": "LOCK TABLE public.tasks, public.tasks_events IN ACCESS SHARE MODE;;"
    "LOCK TABLE public.tasks IN ACCESS EXCLUSIVE MODE",
    "savepoints": "SAVEPOINT one;;UPDATE public.tasks SET content = 'undone';;"
    "ROLLBACK TO SAVEPOINT one",
}
# Here a session loses what its own inserts need; what it can still do is recorded.
SELF_INFLICTED = {
    "without the schema": f"{SHADOWS};;SET LOCAL search_path = pg_temp, pg_catalog",
    "another type of id": "CREATE DOMAIN pg_temp.uuid AS text",
}
CHANGES = {
    "update": "UPDATE public.tasks SET content = 'after'",
    "quoted": 'uPdAtE "public"."tasks" sEt "content" = \'after\'',
    "prepared": "PREPARE change AS UPDATE public.tasks SET content = $1;;EXECUTE change ('after')",
    "anonymous block": "DO $$ BEGIN EXECUTE 'UPDATE public.tasks SET content = ''after'''; END $$",
    "query": "WITH changed AS (UPDATE public.tasks SET content = 'after' RETURNING id)"
    " SELECT * FROM changed",
    "merge": "MERGE INTO public.tasks USING (SELECT 1) AS one ON true"
    " WHEN MATCHED THEN UPDATE SET content = 'after'",
    "on conflict": "INSERT INTO public.tasks (id, repository_id, content)"
    " SELECT id, repository_id, 'lost' FROM public.tasks"
    " ON CONFLICT (id) DO UPDATE SET content = 'after'",
    "view": "CREATE TEMPORARY VIEW lens AS SELECT * FROM public.tasks;;"
    "UPDATE lens SET content = 'after'",
    "cursor": "DECLARE one CURSOR FOR SELECT * FROM public.tasks FOR UPDATE;;FETCH one;;"
    "UPDATE public.tasks SET content = 'after' WHERE CURRENT OF one",
    "its own function": "CREATE FUNCTION pg_temp.change() RETURNS void LANGUAGE sql"
    " SECURITY DEFINER AS 'UPDATE public.tasks SET content = ''after''';;SELECT pg_temp.change()",
}


@pytest.mark.parametrize("preparation", PREPARATIONS.values(), ids=list(PREPARATIONS))
def test_recorded_whatever_the_session_prepared(
    preparation: str, intruder: Session, names: dict[str, str]
) -> None:
    new_task(intruder)
    run(intruder, preparation, names)
    intruder.execute("UPDATE public.tasks SET content = 'after'")
    intruder.execute(
        "INSERT INTO public.tasks (repository_id, content)"
        " SELECT repository_id, 'another' FROM public.tasks"
    )
    login = intruder.info.user
    assert events(intruder, "after") == [("update", login, True)]
    assert events(intruder, "another") == [("insert", login, True)]


@pytest.mark.parametrize("preparation", SELF_INFLICTED.values(), ids=list(SELF_INFLICTED))
def test_a_session_that_hides_the_functions_from_itself_cannot_insert(
    preparation: str, intruder: Session, names: dict[str, str]
) -> None:
    new_task(intruder)
    run(intruder, preparation, names)
    with pytest.raises(psycopg.errors.ProgrammingError), intruder.transaction():
        intruder.execute(
            "INSERT INTO public.tasks (repository_id, content)"
            " SELECT repository_id, 'unseen' FROM public.tasks"
        )
    intruder.execute("UPDATE public.tasks SET content = 'after'")
    assert events(intruder, "after") == [("update", intruder.info.user, True)]
    count = intruder.execute("SELECT count(*) FROM public.tasks").fetchone()
    assert count == (1,)


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_recorded_whatever_the_statement(
    change: str, intruder: Session, names: dict[str, str]
) -> None:
    task = new_task(intruder)
    run(intruder, change, names)
    assert events(intruder, "after") == [("update", intruder.info.user, True)]
    version = intruder.execute("SELECT version FROM tasks WHERE id = %s", [task]).fetchone()
    assert version == (2,)


def test_rows_that_copy_brings_are_recorded(intruder: Session) -> None:
    new_task(intruder)
    ((repository,),) = intruder.execute("SELECT repository_id FROM tasks").fetchall()
    with intruder.cursor().copy("COPY tasks (repository_id, content) FROM STDIN") as copy:
        copy.write_row((repository, "copied"))
    assert events(intruder, "copied") == [("insert", intruder.info.user, True)]


def test_a_deletion_that_is_allowed_is_recorded(intruder: Session) -> None:
    first = new_task(intruder)
    ((second, _),) = intruder.execute(
        "INSERT INTO tasks (repository_id, content) SELECT repository_id, 'second' FROM tasks"
        " RETURNING id, content"
    ).fetchall()
    intruder.execute(
        "INSERT INTO task_dependencies (task_id, depends_on_id) VALUES (%s, %s)", [first, second]
    )
    intruder.execute("SET pgtrigger.ignore = '{*}'")
    intruder.execute("DELETE FROM task_dependencies")
    labels = intruder.execute(
        "SELECT pgh_label, pgh_login FROM task_dependencies_events ORDER BY pgh_id"
    ).fetchall()
    assert labels == [("insert", intruder.info.user), ("delete", intruder.info.user)]


def test_a_forged_context_is_testimony_and_the_login_is_the_truth(
    intruder: Session, names: dict[str, str]
) -> None:
    new_task(intruder)
    forged = json.dumps({"actor": str(uuid7()), "login": names["<owner>"], "source": "migration"})
    intruder.execute("SELECT set_config('pghistory.context_metadata', %s, true)", [forged])
    intruder.execute("UPDATE tasks SET content = 'after'")
    row = intruder.execute(
        "SELECT pgh_context, pgh_login FROM tasks_events WHERE content = 'after'"
    ).fetchone()
    assert row == (json.loads(forged), intruder.info.user)


@pytest.mark.parametrize("preparation", ["nothing", "ignore all", "shadowing users"])
def test_a_password_lent_and_put_back_is_recorded(
    preparation: str, intruder: Session, names: dict[str, str]
) -> None:
    intruder.execute(
        "INSERT INTO users (username, password, first_name, last_name, email, is_superuser,"
        " is_staff, is_active, date_joined) VALUES ('op', 'theirs', '', '', '', true, true, true,"
        " now())"
    )
    shadow = "CREATE TEMPORARY TABLE users_events (LIKE public.users_events)"
    run(intruder, PREPARATIONS.get(preparation, shadow), names)
    for password in ("mine", "theirs"):
        intruder.execute(
            "UPDATE public.users SET password = %s, password_changed_at = NULL, version = 1,"
            " updated_at = '2001-01-01'",
            [password],
        )
    recorded = intruder.execute(
        "SELECT pgh_label, pgh_login, version, password_changed_at IS NOT NULL"
        " FROM public.users_events WHERE username = 'op' ORDER BY pgh_id"
    ).fetchall()
    login = intruder.info.user
    assert recorded == [
        ("insert", login, 1, False),
        ("update", login, 2, True),
        ("update", login, 3, True),
    ]


@pytest.mark.parametrize("setting", ["context_metadata", "context_id"])
def test_a_context_that_cannot_be_recorded_stops_the_change(
    setting: str, intruder: Session
) -> None:
    new_task(intruder)
    intruder.execute("SELECT set_config(%s, '{broken', true)", [f"pghistory.{setting}"])
    with pytest.raises(psycopg.errors.InvalidTextRepresentation), intruder.transaction():
        intruder.execute("UPDATE tasks SET content = 'after'")
    assert intruder.execute("SELECT content FROM tasks").fetchall() == [("before",)]


def test_a_lock_only_keeps_others_waiting(intruder: Session) -> None:
    """LOCK TABLE needs no more than the right to write: it disturbs, and ends with its session."""
    intruder.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
    login = settings.ENVIRONMENT.postgres("DATABASE_URL")
    with psycopg.connect(**{**login, "dbname": connection.settings_dict["NAME"]}) as other:
        with pytest.raises(psycopg.errors.LockNotAvailable), other.transaction():
            other.execute("LOCK TABLE tasks IN ACCESS SHARE MODE NOWAIT")
        intruder.rollback()
        other.execute("LOCK TABLE tasks IN ACCESS SHARE MODE NOWAIT")

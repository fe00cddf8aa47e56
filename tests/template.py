"""One worker of the suite migrates; the databases of the others are copies of what it made.

A migration of all apps takes half a minute of a processor, a copy takes a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql


def template_name() -> str:
    """The template stands beside the databases of the workers."""
    return f"test_{settings.ENVIRONMENT.postgres('DATABASE_OWNER_URL')['dbname']}_template"


def copy_template(run: str) -> None:
    """Let the test database be a copy of the template, which the first to come makes for `run`.

    The lock and the comment are PostgreSQL's: a worker that dies half-way lets go of the one and
    has not written the other, and the next one makes the template anew.
    """
    name = template_name()
    with _server() as server:
        server.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
        made_for = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        ).fetchone()
        if made_for != (run,):
            _drop(server)
            _migrate(name)
            database = sql.Identifier(name)
            # Nobody may copy a database to which somebody is connected, be it autovacuum.
            server.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
            server.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(database, run))
    connection.settings_dict["TEST"]["TEMPLATE"] = name


def drop_template() -> None:
    """The suite leaves no database behind on a server that goes on."""
    with _server() as server:
        _drop(server)


@contextmanager
def _server() -> Iterator[psycopg.Connection]:
    """The owner's session beside all test databases; its locks are seen by all that use it."""
    owner = settings.ENVIRONMENT.postgres("DATABASE_OWNER_URL")
    with psycopg.connect(**{**owner, "dbname": "postgres"}, autocommit=True) as server:
        yield server


def _drop(server: psycopg.Connection) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    server.execute(drop.format(sql.Identifier(template_name())))


def _migrate(name: str) -> None:
    """Django's way of making a test database, with another name than this worker's."""
    own, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    own_test = test["NAME"]
    test["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, serialize=False)
    finally:
        connection.close()
        test["NAME"] = own_test
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = own

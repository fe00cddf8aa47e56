"""What the application's login may do, table by table (ADR 0003).

Own tables say it on their model (`app_privileges`); framework tables stand in a list here. Rights
are given on parents only: PostgreSQL checks the table that a statement names, so a partition cannot
be read or written past its parent's triggers. Whatever is not granted is revoked.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

from apps.core.models import READ, WRITE_AND_DELETE, Privileges

NOTHING: Privileges = frozenset()
FRAMEWORK_TABLES: dict[str, Privileges] = {
    # Groups are not used, and have no history: nobody may change them.
    "auth_group": READ,
    "auth_group_permissions": READ,
    "auth_permission": READ,
    "users_groups": READ,
    "users_user_permissions": WRITE_AND_DELETE,
    "django_admin_log": frozenset({"SELECT", "INSERT"}),
    "django_content_type": READ,
    "django_migrations": READ,
    "django_session": WRITE_AND_DELETE,
    "pghistory_context": NOTHING,
    # Jobs: the worker runs with the application's login.
    "procrastinate_jobs": WRITE_AND_DELETE,
    "procrastinate_events": WRITE_AND_DELETE,
    "procrastinate_periodic_defers": WRITE_AND_DELETE,
    "procrastinate_workers": WRITE_AND_DELETE,
}


def table_privileges() -> Iterator[tuple[str, Privileges]]:
    """Every table and what the application may do with it."""
    for model in apps.get_models():
        privileges = getattr(model, "app_privileges", None)
        if privileges is not None:
            yield model._meta.db_table, privileges
    yield from FRAMEWORK_TABLES.items()


def apply_grants(using: str = "default") -> list[str]:
    """Give the application's login exactly these rights; return the tables they were set on.

    Needs the owner's login. In one transaction: nobody sees a moment without rights.
    """
    connection = connections[using]
    quote = connection.ops.quote_name
    role = quote(settings.TASKHUB_APPLICATION_ROLE)
    done = []
    with transaction.atomic(using=using), connection.cursor() as cursor:
        existing = set(connection.introspection.table_names(cursor))
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        for table, privileges in table_privileges():
            if table not in existing:
                continue
            cursor.execute(f"REVOKE ALL ON TABLE {quote(table)} FROM {role}")
            if privileges:
                rights = ", ".join(sorted(privileges))
                cursor.execute(f"GRANT {rights} ON TABLE {quote(table)} TO {role}")
            for sequence in _sequences_of(cursor, table):
                cursor.execute(f"REVOKE ALL ON SEQUENCE {quote(sequence)} FROM {role}")
                if "INSERT" in privileges:
                    cursor.execute(f"GRANT USAGE ON SEQUENCE {quote(sequence)} TO {role}")
            done.append(table)
    return done


def _sequences_of(cursor: Any, table: str) -> list[str]:
    # Identity columns need no right of their own; serial columns (procrastinate's) do.
    cursor.execute(
        "SELECT sequence.relname FROM pg_depend"
        " JOIN pg_class AS sequence ON sequence.oid = objid AND sequence.relkind = 'S'"
        " WHERE classid = 'pg_class'::regclass AND deptype = 'a'"
        " AND refobjid = ('public.' || quote_ident(%s))::regclass",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]

"""What the application's login may do, table by table (ADR 0003).

Own tables say it on their model (`app_privileges`); framework tables stand in a list here. Rights
are given on parents only: PostgreSQL checks the table that a statement names, so a partition cannot
be read or written past its parent's triggers. `integrity.rights` gives what is named here and
revokes the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps

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
# Functions with the owner's rights that the application may call: `name(types)`, as PostgreSQL
# spells them. One that a migration has not made yet is passed over.
EXECUTABLE_FUNCTIONS = frozenset({"purge_deletion_batch(uuid)"})


def table_privileges() -> Iterator[tuple[str, Privileges]]:
    """Every table and what the application may do with it."""
    for model in apps.get_models():
        privileges = getattr(model, "app_privileges", None)
        if privileges is not None:
            yield model._meta.db_table, privileges
    yield from FRAMEWORK_TABLES.items()

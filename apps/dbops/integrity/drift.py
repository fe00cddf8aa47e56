"""All comparisons, for a database that this release has migrated."""

from __future__ import annotations

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder

from .defaults import compare_defaults
from .definitions import own_migrations
from .elsewhere import find_elsewhere
from .findings import Finding
from .functions import compare_functions
from .logins import compare_logins
from .rights import compare_rights
from .surprises import find_surprises
from .triggers import compare_triggers


def find_drift(using: str = "default") -> list[Finding]:
    """Every difference, in words, each with its remedy.

    None while migrations of this release are missing: the database is not meant to be like it yet.
    A database that a newer release has migrated cannot be compared, which is the only finding then.
    """
    connection = connections[using]
    ours = own_migrations()
    labels = {label for label, _ in ours}
    applied = {
        key for key in MigrationRecorder(connection).applied_migrations() if key[0] in labels
    }
    if ours - applied:
        return []
    if applied - ours:
        newest = max(".".join(key) for key in applied - ours)
        return [
            Finding(
                f"The database has migrations that this release does not know ({newest}), so it"
                " cannot be compared.",
                "nothing to do while a newer release is rolled out",
            )
        ]
    with connection.cursor() as cursor:
        return [
            *compare_logins(cursor),
            *compare_rights(cursor),
            *compare_functions(cursor),
            *compare_triggers(cursor),
            *compare_defaults(cursor),
            *find_surprises(cursor),
            *find_elsewhere(cursor),
        ]

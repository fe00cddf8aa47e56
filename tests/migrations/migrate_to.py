"""Several apps to one migration each, in one process: to start one takes longer than a migration.

    python -m tests.migrations.migrate_to planning=0009 tasks=

An app without a number goes to its newest migration. `manage.py migrate` has one target at a time.
"""

from __future__ import annotations

import sys

import django


def main(arguments: list[str]) -> None:
    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    loader = executor.loader
    targets = []
    for app, number in (argument.split("=") for argument in arguments):
        name = loader.get_migration_by_prefix(app, number).name if number else None
        targets += [(app, name)] if name else loader.graph.leaf_nodes(app)
    executor.migrate(targets)


if __name__ == "__main__":
    main(sys.argv[1:])

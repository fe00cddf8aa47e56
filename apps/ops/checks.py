"""The checks behind `/readyz`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.core.cache import cache
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.migrations.executor import MigrationExecutor

from apps.core.health import Unhealthy, register_check
from apps.core.partitioning import partitioned_models, partitions_of
from apps.dbops.integrity.drift import find_drift

# Enough to run the maintenance by hand before inserts fail.
SHORTEST_HEADROOM = timedelta(days=30)


def check_database() -> str:
    """The database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return "answers"


def check_migrations() -> str:
    """Every migration of this release is applied."""
    executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Unhealthy(f"{len(missing)} migrations are not applied; run manage.py migrate.")
    return "up to date"


def check_partitions() -> str:
    """Every partitioned table takes rows now and for the next 30 days."""
    soonest = None
    for model in partitioned_models():
        table = model._meta.db_table
        partitions = partitions_of(table)
        now = datetime.now(UTC)
        if not partitions or not any(p.first <= now < p.end for p in partitions):
            raise Unhealthy(f"{table} has no partition for now; run manage.py maintain_partitions.")
        end = partitions[-1].end
        soonest = end if soonest is None or end < soonest else soonest
        if end - now < SHORTEST_HEADROOM:
            raise Unhealthy(
                f"{table} takes no rows from {end:%Y-%m-%d} on; run manage.py maintain_partitions."
            )
    return f"until {soonest:%Y-%m-%d}" if soonest else "none"


def check_integrity() -> str:
    """Logins, rights, triggers and functions are those of this release.

    Not required: a release that is being replaced looks at its successor's database.
    """
    findings = find_drift()
    if findings:
        more = f" {len(findings) - 1} more:" if len(findings) > 1 else ""
        raise Unhealthy(f"{findings[0]};{more} manage.py check --database default lists all.")
    return "as released"


def check_cache() -> str:
    """The cache answers. TaskHub works without it, only slower."""
    # django-redis is told to swallow errors, so its own answer would always be fine.
    client = cache.client.get_client()  # type: ignore[attr-defined]
    client.ping()
    return "answers"


def register_checks() -> None:
    """Make `/readyz` ask these."""
    register_check("database", check_database)
    register_check("migrations", check_migrations, after="database")
    register_check("partitions", check_partitions, after="database")
    register_check("integrity", check_integrity, required=False, after="migrations")
    register_check("cache", check_cache, required=False)

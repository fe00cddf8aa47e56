"""Partitions: a quarter each, by ranges of UUIDv7 ids, and no DEFAULT one (ADR 0002).

Every partitioned model's key is its UUIDv7 primary key, so a quarter is a range of ids.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from psqlextra.models import PostgresPartitionedModel
from psqlextra.partitioning import (
    PostgresPartitioningConfig,
    PostgresPartitioningManager,
    PostgresRangePartition,
    PostgresRangePartitioningStrategy,
)

from .ids import uuid7_floor, uuid7_time_or_max

QUARTER = relativedelta(months=3)
BOUNDS = re.compile(r"FROM \('([0-9a-f-]{36})'\) TO \('([0-9a-f-]{36})'\)")
# Two sessions that make partitions at once would meet in "already exists": they take turns.
MAINTENANCE_LOCK = 0x7A5C_0001


def quarter_start(moment: datetime) -> datetime:
    """The first instant of `moment`'s quarter, in UTC."""
    first_month = (moment.month - 1) // 3 * 3 + 1
    return datetime(moment.year, first_month, 1, tzinfo=UTC)


class QuarterPartition(PostgresRangePartition):
    """The rows whose ids were made in one quarter; named `<table>_2026q4`."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        super().__init__(
            from_values=str(uuid7_floor(start)), to_values=str(uuid7_floor(start + QUARTER))
        )

    def name(self) -> str:
        return f"{self.start.year}q{(self.start.month - 1) // 3 + 1}"

    def deconstruct(self) -> dict[str, Any]:
        return {**super().deconstruct(), "start": self.start.isoformat()}


class Quarterly(PostgresRangePartitioningStrategy):
    """From `behind` quarters back (or `since`, when that is earlier) to `ahead` quarters ahead of
    now, without a gap; deletes nothing."""

    def __init__(self, *, ahead: int, behind: int, since: datetime | None = None) -> None:
        self.ahead = ahead
        self.behind = behind
        self.since = since

    def to_create(self) -> Generator[QuarterPartition, None, None]:
        current = quarter_start(datetime.now(UTC))
        start = current - self.behind * QUARTER
        if self.since is not None:
            start = min(start, quarter_start(self.since))
        while start <= current + self.ahead * QUARTER:
            yield QuarterPartition(start)
            start += QUARTER

    def to_delete(self) -> Generator[QuarterPartition, None, None]:
        yield from ()


def partitioned_models() -> list[type[PostgresPartitionedModel]]:
    """Every partitioned model of the project."""
    return [model for model in apps.get_models() if issubclass(model, PostgresPartitionedModel)]


def partition_manager(since: datetime | None = None) -> PostgresPartitioningManager:
    """psqlextra's manager over all partitioned models; `since` asks for older quarters as well."""
    strategy = Quarterly(
        ahead=settings.TASKHUB_PARTITIONS_AHEAD,
        behind=settings.TASKHUB_PARTITIONS_BEHIND,
        since=since,
    )
    return PostgresPartitioningManager(
        [
            PostgresPartitioningConfig(model=model, strategy=strategy)
            for model in partitioned_models()
        ]
    )


def create_missing_partitions(
    using: str = "default", *, since: datetime | None = None
) -> list[str]:
    """Create what is missing for tables that exist; return the new partitions' names.

    Needs the owner's login. Safe to run at any time and from several sessions. `since` asks for
    older quarters too, for rows that come with old ids.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [MAINTENANCE_LOCK])
        existing = set(connection.introspection.table_names(cursor))
        present = [m.__name__ for m in partitioned_models() if m._meta.db_table in existing]
        if not present:
            return []
        plan = partition_manager(since).plan(skip_delete=True, model_names=present, using=using)
        plan.apply(using=using)
        return [
            f"{model_plan.config.model._meta.db_table}_{partition.name()}"
            for model_plan in plan.model_plans
            for partition in model_plan.creations
        ]


@dataclass(frozen=True, slots=True)
class Partition:
    """One partition: ids from `first` (included) to `end` (excluded), as times in UTC."""

    name: str
    first: datetime
    end: datetime


def partitions_of(table: str, using: str = "default") -> list[Partition]:
    """The partitions of `table` as the database has them, oldest first."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT child.relname, pg_get_expr(child.relpartbound, child.oid)"
            " FROM pg_inherits"
            " JOIN pg_class AS child ON child.oid = inhrelid"
            " JOIN pg_class AS parent ON parent.oid = inhparent"
            " WHERE parent.relname = %s AND parent.relkind = 'p'"
            " AND parent.relnamespace = 'public'::regnamespace",
            [table],
        )
        rows = cursor.fetchall()
    found = []
    for name, expression in rows:
        bounds = BOUNDS.search(expression)
        if bounds:
            first, end = (uuid7_time_or_max(UUID(value)) for value in bounds.groups())
            found.append(Partition(name, first, end))
    return sorted(found, key=lambda partition: partition.first)


def oldest_id_time(table: str) -> datetime | None:
    """From when on `table` takes ids; None without partitions. One look at the catalogue."""
    partitions = partitions_of(table)
    return partitions[0].first if partitions else None

"""Querysets and managers that every record shares."""

from __future__ import annotations

from typing import Any

from psqlextra.manager import PostgresManager
from psqlextra.query import PostgresQuerySet


class RecordQuerySet(PostgresQuerySet):
    """The base of records' querysets, which name reads by what they mean."""


class _AllManager(PostgresManager):
    # Historical models get plain managers: these classes are made at run time, and a migration
    # should not lean on today's querysets.
    use_in_migrations = False


class _LiveManager(_AllManager):
    def get_queryset(self) -> Any:
        return super().get_queryset().filter(deleted_at__isnull=True)


def all_manager(queryset: type[RecordQuerySet] = RecordQuerySet) -> Any:
    """A manager over every row: the base manager, through which relations resolve."""
    return _AllManager.from_queryset(queryset)()


def live_manager(queryset: type[RecordQuerySet] = RecordQuerySet) -> Any:
    """A manager over the rows that are not deleted."""
    return _LiveManager.from_queryset(queryset)()

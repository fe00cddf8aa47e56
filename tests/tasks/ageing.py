"""Deletions that happened long ago, which no service can make: triggers keep the times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from apps.core.deletion import soft_deleted_models
from apps.core.ids import uuid7, uuid7_floor


@contextmanager
def without_triggers(table: str) -> Iterator[None]:
    """As the owner, who alone may do so."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # ALTER TABLE wants nothing pending
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def age(batch: UUID, **ago: Any) -> UUID:
    """Put the deletion `batch` back in time, by `timedelta(**ago)`; return its id from now on."""
    moment = timezone.now() - timedelta(**ago)
    new = UUID(int=uuid7_floor(moment).int | uuid7().int & ((1 << 80) - 1))
    for model in soft_deleted_models():
        with without_triggers(model._meta.db_table):
            model.all_objects.filter(deletion_batch=batch).update(
                deletion_batch=new,
                deleted_at=moment,
                updated_at=moment,
            )
    return new

"""Reads of the outbox. An entry is dead, waiting (leased, or until a retry) or pending."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now


class OutboxQuerySet(models.QuerySet[Any]):
    """The three states that an entry can be in. The clock is the database's."""

    def dead(self) -> OutboxQuerySet:
        """Given up; only a new change or a replay brings them back."""
        return self.filter(dead_at__isnull=False)

    def waiting(self) -> OutboxQuerySet:
        """Held by a worker, or waiting for their next attempt."""
        return self.filter(dead_at__isnull=True, available_at__gt=Now())

    def pending(self) -> OutboxQuerySet:
        """Due now."""
        return self.filter(dead_at__isnull=True, available_at__lte=Now())

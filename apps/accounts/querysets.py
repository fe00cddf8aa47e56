"""Reads of accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db.models import Q

from apps.core.querysets import RecordQuerySet


class ApiTokenQuerySet(RecordQuerySet):
    """Reads of API tokens."""

    def usable(self, now: datetime) -> Self:
        """Tokens that are neither revoked nor expired, of users who may log in."""
        return self.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now),
            revoked_at__isnull=True,
            user__is_active=True,
        )

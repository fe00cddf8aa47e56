"""Reads of repositories."""

from __future__ import annotations

from typing import Self

from apps.core.querysets import RecordQuerySet


class RepositoryQuerySet(RecordQuerySet):
    """Reads of repositories."""

    def active(self) -> Self:
        """The repositories that are not archived."""
        return self.filter(archived_at__isnull=True)

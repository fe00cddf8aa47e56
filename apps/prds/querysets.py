"""Reads of PRDs."""

from __future__ import annotations

from typing import Self

from apps.core.querysets import RecordQuerySet

CONTENT_COLUMNS = ("content", "complexity_factors")


class PRDQuerySet(RecordQuerySet):
    """Reads of PRDs."""

    def without_content(self) -> Self:
        """For lists: a document can have 2 MB."""
        return self.defer(*CONTENT_COLUMNS)

"""Histories of what belongs to a repository: seen by who sees the repository."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.audit.api.history import HistoryAction
from apps.repositories.models import Repository
from apps.repositories.visibility import visible_repositories

from .requests import caller


class RepositoryHistoryAction(HistoryAction):
    """For records with a `repository`, live, deleted or purged."""

    def may_see(self, record: Any) -> bool:
        user, token = caller(self.request)
        return visible_repositories(user, token).filter(pk=record.repository_id).exists()

    def recall(self, records: Sequence[Any]) -> None:
        super().recall(records)
        found = Repository.objects.in_bulk({record.repository_id for record in records})
        for record in records:
            record.repository = found[record.repository_id]

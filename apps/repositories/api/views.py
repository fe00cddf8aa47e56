"""`/api/v1/repositories`."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from apps.audit.api.history import HistoryAction
from apps.core.api.filters import BooleanFilter
from apps.core.api.viewsets import CreateAction, ListAction, UpdateAction
from apps.repositories.models import Repository
from apps.repositories.services import create_repository, update_repository
from apps.repositories.visibility import visible_repositories

from .requests import caller
from .serializers import (
    RepositoryCreateSerializer,
    RepositorySerializer,
    RepositoryUpdateSerializer,
)


class ArchivedFilter(BooleanFilter):
    """Whether the time of archiving is set."""

    def condition(self, name: str, value: Any) -> Q:
        return Q(archived_at__isnull=not value)


class RepositoryViewSet(HistoryAction, ListAction, CreateAction, UpdateAction):
    """The repositories that the caller may see. Deleting is not offered; archive instead."""

    queryset = Repository.objects.none()  # tells the schema of the model
    read_serializer_class = RepositorySerializer
    create_serializer_class = RepositoryCreateSerializer
    update_serializer_class = RepositoryUpdateSerializer
    filters = {
        "archived": ArchivedFilter(
            description="Only archived ones (true) or only active ones (false)."
        )
    }

    def get_queryset(self) -> Any:
        return visible_repositories(*caller(self.request))

    def may_see(self, record: Repository) -> bool:
        return bool(self.get_queryset().filter(pk=record.pk).exists())

    def perform_create(self, data: dict[str, Any]) -> Repository:
        user, token = caller(self.request)
        return create_repository(actor=user, token=token, **data)

    def perform_update(
        self, instance: Repository, data: dict[str, Any], *, expected_version: int | None
    ) -> Repository:
        user, _ = caller(self.request)
        return update_repository(
            actor=user, repository=instance, changes=data, expected_version=expected_version
        )

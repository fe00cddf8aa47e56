"""A resource over repositories, as small as a resource can be, and its routes."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import IntegerField, Value
from django.db.models.functions import Length
from django.urls import include, path, re_path
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter

from apps.core.api.fields import StrictIntegerField
from apps.core.api.filters import BooleanFilter, CreationTimeFilter, TextFilter
from apps.core.api.keyset import NEWEST_FIRST, Order
from apps.core.api.problems import unknown_path
from apps.core.api.serializers import StrictModelSerializer
from apps.core.api.viewsets import (
    BaseViewSet,
    CreateAction,
    DestroyAction,
    ListAction,
    RetrieveAction,
    UpdateAction,
)
from apps.core.services import check_version, write_fields
from apps.repositories.models import Repository


class ThingSerializer(StrictModelSerializer):
    class Meta:
        model = Repository
        fields = ("id", "version", "name", "description", "settings", "archived_at", "created_at")


class ThingCreateSerializer(StrictModelSerializer):
    class Meta:
        model = Repository
        fields = ("name", "description", "settings", "created_at")
        read_only_fields = ("created_at",)


class ThingUpdateSerializer(StrictModelSerializer):
    version = StrictIntegerField(required=False, min_value=1)

    class Meta:
        model = Repository
        fields = ("version", "description", "settings")


class ThingViewSet(
    ListAction, CreateAction, RetrieveAction, UpdateAction, DestroyAction, BaseViewSet
):
    """Repositories, for anyone."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    read_serializer_class = ThingSerializer
    create_serializer_class = ThingCreateSerializer
    update_serializer_class = ThingUpdateSerializer
    queryset = Repository.objects.all()
    filters = {
        "name": TextFilter(max_length=50, pattern="[a-z0-9/-]+"),
        "description": TextFilter(),
        "live": BooleanFilter(field="archived_at", lookup="isnull"),
        "created_before": CreationTimeFilter(lookup="lt"),
        "created_after": CreationTimeFilter(lookup="gte"),
    }
    order_fields = {
        "id": NEWEST_FIRST,
        "oldest": Order("id"),
        "name": Order("name", description="alphabetical"),
        "description": Order("description", descending=True),
        "archived_at": Order("archived_at"),
        "recently_archived": Order("archived_at", descending=True),
        "length": Order(Length("description"), descending=True, nullable=False),
        # Every key is null: the whole list is ordered by the tie-break.
        "never": Order(Value(None, IntegerField())),
    }

    def perform_create(self, data: dict[str, Any]) -> Repository:
        with transaction.atomic():
            return Repository.objects.create(**data)

    @transaction.atomic
    def perform_update(
        self, instance: Any, data: dict[str, Any], *, expected_version: int | None
    ) -> Repository:
        locked = Repository.objects.select_for_update().get(pk=instance.pk)
        check_version(locked, expected_version)
        return write_fields(locked, data)

    def perform_destroy(self, instance: Any, *, expected_version: int | None) -> None:
        with transaction.atomic():
            check_version(instance, expected_version)
            instance.delete()


router = SimpleRouter(trailing_slash=False)
router.register("things", ThingViewSet, basename="thing")
urlpatterns = [
    path("api/v1/", include(router.urls)),
    re_path("^api/", unknown_path),
]

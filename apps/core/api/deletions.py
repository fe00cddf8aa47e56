"""`GET …/{id}/deletion` and `POST …/{id}/restore`: what a DELETE takes along, and its way back.

A resource of soft-deleted records takes `DeletionAction` for its `DestroyAction`, begins
`get_queryset` with `self.rows()` and says how a restore is done (`perform_restore`). Its list shows
what is deleted when it has a filter `state` that knows `deleted`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.deletion import SAMPLE, Batch, Share, plan_deletion, plan_restore
from apps.core.errors import NotFoundError

from . import versions
from .keyset import Order
from .serializers import StrictSerializer
from .viewsets import DestroyAction

DELETED: Final = "deleted"
LAST_DELETED_FIRST: Final = Order(
    "deletion_batch",
    descending=True,
    nullable=False,
    description="last deleted first; the order of what is deleted, and of nothing else",
)
RESTORED_HEADER: Final = "TaskHub-Restored"


class DeletedBySerializer(serializers.Serializer):
    """Who deleted it."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class DeletionSampleSerializer(serializers.Serializer):
    """One record of many."""

    id = serializers.UUIDField()
    label = serializers.CharField()  # type: ignore[assignment]


class DeletionShareSerializer(serializers.Serializer):
    """The records of one kind."""

    kind = serializers.CharField(help_text="For instance `task` or `prd`.")
    count = serializers.IntegerField()
    sample = DeletionSampleSerializer(many=True, help_text=f"The first {SAMPLE} of them at most.")


class DeletionSerializer(serializers.Serializer):
    """What a DELETE of a live record would do, or a restore of a deleted one."""

    deleted_at = serializers.DateTimeField(
        allow_null=True, help_text="Null while it is live: then all this is a preview of DELETE."
    )
    deleted_by = DeletedBySerializer(allow_null=True)
    batch = serializers.UUIDField(
        allow_null=True, help_text="All that went in one deletion has one; it returns together."
    )
    count = serializers.IntegerField(
        help_text="How many records would go, or come back; itself included."
    )
    records = DeletionShareSerializer(many=True, help_text="The same, by kind.")
    waiting = DeletionShareSerializer(
        many=True,
        help_text=(
            "Live records outside that wait for some of these: they would wait no longer, or again."
        ),
    )
    conflicts = serializers.ListField(
        child=serializers.CharField(),
        help_text="What stands in the way of a restore; while there is any, it is refused.",
    )
    remarks = serializers.ListField(
        child=serializers.CharField(), help_text="What one should know before a restore."
    )


class NoBodySerializer(StrictSerializer):
    """An object without members: whatever is sent beside is named and refused."""


class DeletionAction(DestroyAction):
    """DELETE, its preview, and the return of what was deleted."""

    def rows(self) -> Any:
        """The manager over what the current action is about: live records, or deleted ones too."""
        queryset: Any = self.queryset  # type: ignore[arg-type]  # it tells of the model alone
        model = queryset.model
        on_deleted = getattr(self, "action", None) in {"deletion", "restore"}
        return model.all_objects if on_deleted or self._lists_deleted() else model.objects

    def get_orders(self) -> Mapping[str, Order]:
        orders = super().get_orders()
        deleted = {DELETED: LAST_DELETED_FIRST}
        if getattr(self, "swagger_fake_view", False):
            return {**orders, **deleted}
        return deleted if self._lists_deleted() else orders

    def perform_restore(self, instance: Any, *, expected_version: int | None) -> Batch:
        """Call the service that restores the record; return what it brought back."""
        raise NotImplementedError

    @extend_schema(
        summary="Show what a deletion takes along, or a restore brings back",
        responses=DeletionSerializer,
    )
    @action(detail=True, methods=["get"], filters={})
    def deletion(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """For a live record a preview of DELETE, for a deleted one of its restore.

        The entity tag is good for the If-Match of either: it stands for this record's version, not
        for what goes along.
        """
        record = self.get_object()
        versions.expected_version(request, record)
        try:
            data = _described(record)
        except NotFoundError:
            record = self.get_object()  # restored since it was read: it is live, or gone for good
            data = _described(record)
        return self.respond(record, data=data)

    @extend_schema(
        summary="Restore a record with all that was deleted with it",
        request=None,
        parameters=[
            OpenApiParameter(
                RESTORED_HEADER,
                int,
                OpenApiParameter.HEADER,
                response=[200],
                description="How many records came back, itself included.",
            )
        ],
    )
    @action(detail=True, methods=["post"], filters={})
    def restore(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the record as it is now; what one DELETE took along comes back, no more.

        412 when If-Match names another version than that of the deleted record; 409 `conflict` when
        it is not deleted, `already_exists` when a live record has the place of one that would come
        back: `conflicts` says which, and nothing is restored.
        """
        instance = self.get_object()
        if request.stream is not None:
            self.validated(NoBodySerializer)
        expected = versions.expected_version(request, instance)
        with self.explaining_staleness(instance, expected):
            batch = self.perform_restore(instance, expected_version=expected)
        response = self.respond(self.reread(instance))
        response[RESTORED_HEADER] = str(batch.count)
        return response

    def _lists_deleted(self) -> bool:
        if getattr(self, "action", None) != "list":
            return False
        return "state" in self.get_filters() and self.request.query_params.get("state") == DELETED


def _described(record: Any) -> dict[str, Any]:
    if not record.is_deleted:
        plan = plan_deletion(record)
        return {
            "deleted_at": None,
            "deleted_by": None,
            "batch": None,
            "count": plan.count + 1,
            "records": _shares(_with_itself(record, plan.shares)),
            "waiting": _shares(plan.waiting),
            "conflicts": [],
            "remarks": [],
        }
    back = plan_restore(record.deletion_batch)
    person = back.deleted_by
    return {
        "deleted_at": back.deleted_at,
        "deleted_by": {"id": person.pk, "name": person.get_username()} if person else None,
        "batch": back.batch,
        "count": back.count,
        "records": _shares(back.shares),
        "waiting": _shares(back.waiting),
        "conflicts": back.conflicts,
        "remarks": back.remarks,
    }


def _with_itself(record: Any, shares: Iterable[Share]) -> list[Share]:
    along = {share.model: share for share in shares}
    same = along.pop(type(record), Share(type(record), 0, ()))
    own = Share(same.model, same.count + 1, (record, *same.sample[: SAMPLE - 1]))
    return [own, *along.values()]


def _shares(shares: Iterable[Share]) -> list[dict[str, Any]]:
    return [
        {
            "kind": str(share.model._meta.verbose_name).lower().replace(" ", "_"),
            "count": share.count,
            "sample": [{"id": row.pk, "label": str(row)} for row in share.sample],
        }
        for share in shares
    ]

"""`/api/v1/patterns/{id}/occurrences`: the evidence of a pattern."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import UUID_PATTERN, BooleanFilter
from apps.core.api.keyset import Order
from apps.core.api.serializers import StrictModelSerializer
from apps.core.api.viewsets import ListAction
from apps.planning.models import PatternEvidence, PatternOccurrence
from apps.repositories.api.requests import (
    RepositoryFilter,
    in_visible_repositories,
    listed_repository,
)
from apps.task_patterns.api.views import PATTERN_ID, PatternPartViewSet
from apps.tasks.choices import TaskStatus

LAST_FIRST = Order("last_at", descending=True, description="last ended first")


class EvidenceSerializer(StrictModelSerializer):
    """A task that was one step."""

    id = serializers.UUIDField(source="task_id", read_only=True)
    content = serializers.CharField(source="task.content", read_only=True)
    status = serializers.ChoiceField(
        source="task.status", choices=TaskStatus.choices, read_only=True
    )

    class Meta:
        model = PatternEvidence
        fields = ["position", "id", "content", "status"]
        read_only_fields = fields


class OccurrenceSerializer(StrictModelSerializer):
    """Once that a pattern happened."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    tasks = serializers.SerializerMethodField(
        help_text="Its steps; a task that was deleted since is left out."
    )

    class Meta:
        model = PatternOccurrence
        fields = [
            "id",
            "repository",
            "stream",
            "first_at",
            "last_at",
            "minutes",
            "succeeded",
            "tasks",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    @extend_schema_field(EvidenceSerializer(many=True))
    def get_tasks(self, occurrence: Any) -> Any:
        return EvidenceSerializer(occurrence.live_evidence, many=True).data


class PatternOccurrenceViewSet(PatternPartViewSet, ListAction):
    """The newest occurrences of a pattern in the repositories that the caller may see."""

    queryset = PatternOccurrence.objects.none()  # tells the schema of the model
    read_serializer_class = OccurrenceSerializer
    order_fields = {"last_at": LAST_FIRST}
    filters = {
        "repository": RepositoryFilter(description="Only those in this one."),
        "succeeded": BooleanFilter(),
    }

    def get_queryset(self) -> Any:
        occurrences = PatternOccurrence.objects.filter(pattern=self.pattern())
        if "repository" in self.request.query_params:
            occurrences = occurrences.filter(repository=listed_repository(self.request))
        evidence = PatternEvidence.objects.filter(task__deleted_at__isnull=True)
        narrow = evidence.select_related("task").only(
            "occurrence", "position", "task", "task__content", "task__status"
        )
        shown = occurrences.select_related("repository").prefetch_related(
            Prefetch("evidence", narrow.order_by("position"), to_attr="live_evidence")
        )
        return in_visible_repositories(shown, self.request)

    @extend_schema(summary="List the evidence of a pattern", parameters=[PATTERN_ID])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Occurrences with their tasks, the last first: of each repository the newest 100."""
        return super().list(request, *args, **kwargs)


OCCURRENCES = rf"patterns/(?P<pattern_id>{UUID_PATTERN})/occurrences"

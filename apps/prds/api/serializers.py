"""The shape of PRDs in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.serializers import StrictModelSerializer
from apps.prds.models import PRD


class ParseNoteSerializer(serializers.Serializer):
    """Something that the parser saw and did not turn into data."""

    code = serializers.CharField()
    message = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class PRDSummarySerializer(StrictModelSerializer):
    """A PRD without its text."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    parse_errors = serializers.SerializerMethodField()
    metadata = serializers.DictField(read_only=True)
    task_count = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Live tasks; null at a past instant."
    )

    class Meta:
        model = PRD
        fields = [
            "id",
            "repository",
            "filename",
            "title",
            "content_hash",
            "status",
            "parse_status",
            "parse_errors",
            "parsed_at",
            "parser_version",
            "task_count",
            "complexity_score",
            "metadata",
            "revision",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    @extend_schema_field(ParseNoteSerializer(many=True))
    def get_parse_errors(self, prd: PRD) -> Any:
        """As they are stored: a list must not break on what somebody wrote past the API."""
        return prd.parse_errors

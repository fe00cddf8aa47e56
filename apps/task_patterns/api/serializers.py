"""The shape of patterns, and of what people say of them, in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import StrictCharField, StrictChoiceField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.repositories.models import NAME_LENGTH
from apps.task_patterns.choices import FeedbackVerdict
from apps.task_patterns.models import MiningRun, PatternFeedback, PatternRepository, TaskPattern
from apps.task_patterns.work_types import WorkType

LONGEST_COMMENT = 1000


class StepSerializer(serializers.Serializer):
    """One step of a pattern."""

    work_type = serializers.ChoiceField(choices=[kind.value for kind in WorkType])


class ShareSerializer(StrictModelSerializer):
    """What of a pattern was found in one repository."""

    repository = serializers.CharField(source="repository.name", read_only=True)

    class Meta:
        model = PatternRepository
        fields = ["repository", "occurrence_count", "support", "last_seen_at"]
        read_only_fields = fields


class RunSerializer(StrictModelSerializer):
    """The run that the figures come from: the same work gives the same hashes."""

    class Meta:
        model = MiningRun
        fields = [
            "id",
            "algorithm",
            "work_types",
            "parameters",
            "since",
            "as_of",
            "input_hash",
            "result_hash",
            "created_at",
        ]
        read_only_fields = fields


class VerdictsSerializer(serializers.Serializer):
    """How many people said what."""

    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()


class PatternSerializer(StrictModelSerializer):
    """A pattern. Its figures are those of the whole; its shares and the feedback are those of the
    repositories that the caller may see."""

    repository = serializers.CharField(
        source="repository.name",
        read_only=True,
        default=None,
        allow_null=True,
        help_text="The repository that it was mined in; null: in all of them together.",
    )
    task_sequence = serializers.SerializerMethodField()
    run = RunSerializer(read_only=True, allow_null=True)
    repositories = ShareSerializer(many=True, read_only=True, source="visible_links")
    hidden_repositories = serializers.SerializerMethodField(
        help_text="In how many repositories that the caller may not see it was found, too."
    )
    feedback = serializers.SerializerMethodField()

    class Meta:
        model = TaskPattern
        fields = [
            "id",
            "repository",
            "pattern_type",
            "description",
            "task_sequence",
            "occurrence_count",
            "support",
            "stream_count",
            "avg_completion_time",
            "p50_minutes",
            "p80_minutes",
            "success_rate",
            "success_low",
            "success_high",
            "confidence",
            "lift",
            "p_value",
            "q_value",
            "weight",
            "last_seen_at",
            "retired_at",
            "repositories",
            "hidden_repositories",
            "feedback",
            "run",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    @extend_schema_field(StepSerializer(many=True))
    def get_task_sequence(self, pattern: TaskPattern) -> Any:
        return pattern.task_sequence

    def get_hidden_repositories(self, pattern: Any) -> int:
        return int(pattern.link_count) - len(pattern.visible_links)

    @extend_schema_field(VerdictsSerializer)
    def get_feedback(self, pattern: Any) -> dict[str, int]:
        return {"accepted": pattern.accepted_count, "rejected": pattern.rejected_count}


class FeedbackSerializer(StrictModelSerializer):
    """What somebody says of a pattern, for one repository."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    user = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = PatternFeedback
        fields = [
            "id",
            "repository",
            "user",
            "verdict",
            "comment",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields


class FeedbackCreateSerializer(StrictSerializer):
    """One word on a pattern; a second one of the same person replaces it."""

    repository = StrictCharField(max_length=NAME_LENGTH)
    verdict = StrictChoiceField(choices=FeedbackVerdict.choices)
    comment = StrictCharField(
        required=False, allow_blank=True, max_length=LONGEST_COMMENT, default=""
    )

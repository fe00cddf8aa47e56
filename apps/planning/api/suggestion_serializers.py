"""The shape of suggestions in the API."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import (
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictUUIDField,
)
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.planning.choices import SuggestionSource, SuggestionState
from apps.planning.models import Suggestion
from apps.planning.services.suggesting import MOST_SUGGESTIONS
from apps.tasks.api.serializers import LONGEST_CONTENT, LONGEST_NAME, TaskSerializer
from apps.tasks.choices import TaskPriority

from .plan_serializers import PersonSerializer

LONGEST_COMMENT = 1000


class SuggestRequestSerializer(StrictSerializer):
    """For whom suggestions are wanted."""

    repository = StrictCharField(max_length=LONGEST_NAME, help_text="The repository's name.")
    session_id = StrictCharField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="What was finished last in this session is continued. Without it, and without a"
        " task, what the caller (the assignee of the caller's name) has finished last.",
    )
    task_id = StrictUUIDField(
        required=False, help_text="The task that is being worked on: what goes on from it?"
    )
    limit = StrictIntegerField(default=5, min_value=1, max_value=MOST_SUGGESTIONS)


@extend_schema_serializer(component_name="SuggestionShare")
class ShareSerializer(serializers.Serializer):
    """What one source brings: weight / (60 + rank) points."""

    source = serializers.ChoiceField(choices=SuggestionSource.choices)  # type: ignore[assignment]
    rank = serializers.IntegerField(help_text="Its place among what the source found.")
    weight = serializers.FloatField(help_text="The source's weight when it was suggested.")
    points = serializers.FloatField()


@extend_schema_field({"type": "object", "additionalProperties": True})
class FiguresField(serializers.JSONField):
    """Figures by name."""


@extend_schema_serializer(component_name="SuggestionReason")
class ReasonSerializer(serializers.Serializer):
    """Why, in a sentence, and the same figures for machines."""

    source = serializers.ChoiceField(choices=SuggestionSource.choices)  # type: ignore[assignment]
    text = serializers.CharField()
    values = FiguresField()


class SuggestionSerializer(StrictModelSerializer):
    """Something to do next: a new task, or one that is there."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    state = serializers.SerializerMethodField()
    task_id = serializers.UUIDField(
        read_only=True,
        allow_null=True,
        help_text="Of kind `existing`, the task to do; of kind `new`, the one that it follows.",
    )
    pattern_id = serializers.UUIDField(read_only=True, allow_null=True)
    template_id = serializers.UUIDField(read_only=True, allow_null=True)
    created_task_id = serializers.UUIDField(read_only=True, allow_null=True)
    values = FiguresField(
        read_only=True, help_text="Further values of the task that accepting it creates."
    )
    sources = ShareSerializer(many=True, read_only=True)
    reasons = ReasonSerializer(many=True, read_only=True)
    author = PersonSerializer(read_only=True, allow_null=True)
    decided_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Suggestion
        fields = [
            "id",
            "repository",
            "session_id",
            "kind",
            "content",
            "values",
            "task_id",
            "pattern_id",
            "template_id",
            "score",
            "sources",
            "reasons",
            "state",
            "expires_at",
            "author",
            "decided_at",
            "decided_by",
            "comment",
            "created_task_id",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ChoiceField(choices=SuggestionState.choices))
    def get_state(self, suggestion: Suggestion) -> str:
        """What became of it. An open one whose time is over has expired, marked or not."""
        expired = suggestion.has_expired(timezone.now())
        return SuggestionState.EXPIRED.value if expired else suggestion.state


class SuggestionAcceptSerializer(StrictSerializer):
    """What shall be different in the task that is created."""

    content = StrictCharField(required=False, max_length=LONGEST_CONTENT)
    priority = StrictChoiceField(choices=TaskPriority.choices, required=False)
    assignee = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_NAME)


class SuggestionRejectSerializer(StrictSerializer):
    """Why it is not wanted, for people."""

    comment = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_COMMENT)


class AcceptedSuggestionSerializer(SuggestionSerializer):
    """An accepted suggestion with its task."""

    task = TaskSerializer(help_text="The task that was created, or the one to do.")

    class Meta(SuggestionSerializer.Meta):
        fields = [*SuggestionSerializer.Meta.fields, "task"]
        read_only_fields = fields


class SourceRecordSerializer(serializers.Serializer):
    """What people made of the last 1,000 suggestions of a source that they decided on."""

    accepted = serializers.IntegerField()
    rejected = serializers.IntegerField()
    acceptance_rate = serializers.FloatField(
        allow_null=True, help_text="Accepted of decided; null before the first."
    )


@extend_schema_serializer(component_name="SuggestionSourceStatistics")
class SourceStatisticsSerializer(SourceRecordSerializer):
    """The record of one source, and how much it counts for that."""

    source = serializers.ChoiceField(choices=SuggestionSource.choices)  # type: ignore[assignment]
    weight = serializers.FloatField(
        help_text="2 · (1 + accepted) / (2 + accepted + rejected): 1 at first, 0 to 2."
    )


class SuggestionStatisticsSerializer(SourceRecordSerializer):
    """How suggestions fare in a repository. One of several sources counts for each."""

    repository = serializers.CharField()
    open = serializers.IntegerField(help_text="At most 1,000 are counted.")
    sources = SourceStatisticsSerializer(many=True)


@extend_schema_serializer(component_name="SuggestionSourceAnswer")
class SourceAnswerSerializer(SourceStatisticsSerializer):
    """What a source had to say this time."""

    found = serializers.IntegerField(help_text="How many candidates it had.")
    note = serializers.CharField(allow_blank=True, help_text="Why it had none.")


@extend_schema_serializer(component_name="SuggestionBasis")
class BasisSerializer(serializers.Serializer):
    """What the suggestions go on from."""

    by = serializers.ChoiceField(
        choices=["task", "session", "assignee", "repository", "nothing"],
        help_text="Whose finished work it is.",
    )
    last_task_id = serializers.UUIDField(allow_null=True)
    task_ids = serializers.ListField(
        child=serializers.UUIDField(), help_text="What was finished, the last at the end."
    )


class SuggestedSerializer(serializers.Serializer):
    """The suggestions, best first, and how they came about."""

    suggestions = SuggestionSerializer(many=True)
    cold_start = serializers.BooleanField(
        help_text="No pattern was mined and nothing similar was finished: nothing is learnt yet."
    )
    message = serializers.CharField(help_text="The same in words.")
    basis = BasisSerializer()
    sources = SourceAnswerSerializer(many=True)


def source_statistics(records: Any) -> list[dict[str, Any]]:
    """The record of each source, as the answers have it."""
    return [
        {
            "source": source,
            "accepted": record.accepted,
            "rejected": record.rejected,
            "acceptance_rate": record.acceptance_rate,
            "weight": record.weight,
        }
        for source, record in records.sources.items()
    ]

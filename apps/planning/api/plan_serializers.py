"""The shape of plans in the API."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictUUIDField,
)
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.planning.choices import Decision
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.models.plans import ANSWERS, CANDIDATES, FIELDS, NOTES
from apps.tasks.api.serializers import (
    LARGEST_DETAILS,
    LONGEST_CONTENT,
)
from apps.tasks.api.serializers import LONGEST_NAME as LONGEST_ASSIGNEE
from apps.tasks.choices import TaskPriority
from apps.tasks.models.task import ACCEPTANCE_CRITERIA, MOST_MINUTES, TAGS

MOST_DECISIONS = 1_000
LONGEST_NAME = 300


class PlanCreateSerializer(StrictSerializer):
    """A text to compare with what is there."""

    repository = StrictCharField(max_length=255, help_text="The repository's name.")
    filename = StrictCharField(
        max_length=255, help_text="Of a new PRD, or of the one that has a new text."
    )
    content = StrictCharField(
        required=False,
        help_text="Markdown, up to 2 MiB. Without it, the text that the PRD has now.",
    )
    auto_generate_subtasks = StrictBooleanField(
        default=True, help_text="Without it the plan stores the text and leaves tasks alone."
    )


@extend_schema_serializer(component_name="PRDPlanPerson")
class PersonSerializer(serializers.Serializer):
    """A person."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField(source="get_username")


class PlanSummarySerializer(StrictModelSerializer):
    """A plan, without its text and entries."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    prd_id = serializers.UUIDField(
        read_only=True, allow_null=True, help_text="Null until a first import is applied."
    )
    auto_generate_subtasks = serializers.BooleanField(source="generate_tasks", read_only=True)
    author = PersonSerializer(read_only=True, allow_null=True)
    closed_by = PersonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = PRDPlan
        fields = [
            "id",
            "repository",
            "prd_id",
            "filename",
            "auto_generate_subtasks",
            "state",
            "base_revision",
            "parser_version",
            "author",
            "decided_at",
            "closed_at",
            "closed_by",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields


class PlanCountsSerializer(serializers.Serializer):
    """How many entries of each kind, and of each decision."""

    add = serializers.IntegerField()
    change = serializers.IntegerField()
    retire = serializers.IntegerField()
    move = serializers.IntegerField()
    conflict = serializers.IntegerField()
    undecided = serializers.IntegerField(help_text="Those on which the plan waits.")


class PlanProgressSerializer(serializers.Serializer):
    """How far the applying of the plan is."""

    step = serializers.CharField()
    number = serializers.IntegerField()
    of = serializers.IntegerField()
    tasks = serializers.IntegerField(help_text="How many tasks the step is about.")


class PlanSerializer(PlanSummarySerializer):
    """A plan, without its text; its entries are a list of their own."""

    notes = SchemaField(
        schema=NOTES, read_only=True, help_text="What the parser could not resolve, with its line."
    )
    counts = PlanCountsSerializer(read_only=True)
    progress = PlanProgressSerializer(
        read_only=True, allow_null=True, help_text="While it is being applied, else null."
    )

    class Meta(PlanSummarySerializer.Meta):
        fields = [*PlanSummarySerializer.Meta.fields, "notes", "counts", "progress"]
        read_only_fields = fields


class PlanEntrySerializer(StrictModelSerializer):
    """What the plan would do to one task, and what was said of it."""

    lines = serializers.SerializerMethodField(
        help_text="First and last line of the item in the plan's text; null for what is gone."
    )
    changes = SchemaField(schema=FIELDS, source="fields", read_only=True)
    candidates = SchemaField(schema=CANDIDATES, read_only=True)
    answers = SchemaField(schema=ANSWERS, fill=True, read_only=True)
    task_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = PRDPlanEntry
        fields = [
            "id",
            "position",
            "kind",
            "key",
            "task_id",
            "title",
            "lines",
            "rule",
            "confidence",
            "reason",
            "changes",
            "candidates",
            "decision",
            "answers",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "integer"}, "nullable": True})
    def get_lines(self, entry: PRDPlanEntry) -> list[int] | None:
        """As [first, last]."""
        if entry.first_line is None or entry.last_line is None:
            return None
        return [entry.first_line, entry.last_line]


@extend_schema_serializer(component_name="PRDPlanValues")
class EntryValuesSerializer(StrictSerializer):
    """Values of the reviewer's own, by the rules of tasks."""

    content = StrictCharField(required=False, max_length=LONGEST_CONTENT)
    details = StrictCharField(required=False, allow_blank=True, max_length=LARGEST_DETAILS)
    priority = StrictChoiceField(choices=TaskPriority.choices, required=False)
    estimated_minutes = StrictIntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOST_MINUTES
    )
    assignee = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_ASSIGNEE)
    tags = SchemaField(schema=TAGS, required=False)
    acceptance_criteria = SchemaField(schema=ACCEPTANCE_CRITERIA, required=False)


class EntryDecisionSerializer(StrictSerializer):
    """A reviewer's word on one entry; what is left out stays as it was."""

    id = StrictUUIDField(help_text="The entry's.")
    decision = StrictChoiceField(
        choices=Decision.choices,
        required=False,
        help_text="`postponed`: not now, ask again with the next plan; new tasks only.",
    )
    choices = serializers.DictField(
        child=StrictChoiceField(choices=["mine", "theirs"]),
        required=False,
        help_text="By field: leave it as the task has it, or take the document's.",
    )
    values = EntryValuesSerializer(required=False, help_text="By field: another value.")
    same_as = StrictCharField(
        required=False,
        max_length=LONGEST_NAME,
        help_text="The `item_id` of the candidate that it is, or `new`.",
    )


class DecisionsSerializer(StrictSerializer):
    """A reviewer's words, taken all or none."""

    version = StrictIntegerField(required=False, help_text="The plan's; 409 when it is stale.")
    entries = serializers.ListField(
        child=EntryDecisionSerializer(), min_length=1, max_length=MOST_DECISIONS
    )

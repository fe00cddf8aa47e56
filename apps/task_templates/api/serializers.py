"""The shape of templates in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import StrictCharField, StrictChoiceField, StrictIntegerField
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.core.jsonschema import Schema
from apps.task_templates.choices import ProjectType
from apps.task_templates.definition import STEPS, VARIABLES
from apps.task_templates.models import TaskTemplate, TaskTemplateVersion

LONGEST_NAME = 255
LONGEST_DESCRIPTION = 10_000
ANYTHING = Schema({"description": "Any JSON value."})


def count_steps(record: Any) -> int:
    """The number of steps of a template or version, as a list has counted them in the database."""
    found = getattr(record, "counted_steps", None)
    return len(record.tasks) if found is None else found


class TemplateSummarySerializer(StrictModelSerializer):
    """A template without its steps."""

    repository = serializers.SerializerMethodField(help_text="Its name; null: for all.")
    step_count = serializers.SerializerMethodField()
    popularity = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Its instances; null at a past instant."
    )
    closed_count = serializers.IntegerField(
        read_only=True, allow_null=True, help_text="Those without open tasks; null likewise."
    )

    class Meta:
        model = TaskTemplate
        fields = [
            "id",
            "repository",
            "name",
            "description",
            "project_type",
            "template_version",
            "step_count",
            "popularity",
            "success_rate",
            "closed_count",
            "p50_minutes",
            "p80_minutes",
            "outcomes_at",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_repository(self, template: TaskTemplate) -> str | None:
        """The repository's name."""
        return template.repository.name if template.repository else None

    def get_step_count(self, template: TaskTemplate) -> int:
        """How many steps it has."""
        return count_steps(template)


class TemplateSerializer(TemplateSummarySerializer):
    """A template."""

    tasks = SchemaField(schema=STEPS, read_only=True, fill=True)
    variables = SchemaField(schema=VARIABLES, read_only=True)

    class Meta(TemplateSummarySerializer.Meta):
        fields = [*TemplateSummarySerializer.Meta.fields, "tasks", "variables"]
        read_only_fields = fields


class TemplateWriteSerializer(StrictSerializer):
    """What a client says of a template. Its steps and variables are looked at as a whole."""

    name = StrictCharField(max_length=LONGEST_NAME)
    description = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_DESCRIPTION)
    project_type = StrictChoiceField(choices=ProjectType.choices, required=False)
    tasks = SchemaField(schema=STEPS)
    variables = SchemaField(schema=VARIABLES, required=False)


class TemplateCreateSerializer(TemplateWriteSerializer):
    """A new template."""

    repository = StrictCharField(
        allow_null=True,
        max_length=LONGEST_NAME,
        help_text="The repository's name; null: for all repositories, which is a superuser's.",
    )


class TemplateUpdateSerializer(TemplateWriteSerializer):
    """Changes of a template; what is left out stays. Steps and variables are replaced whole."""

    version = StrictIntegerField(
        required=False,
        min_value=1,
        help_text="Refuse the change if the template has another version.",
    )


class TemplateVersionSummarySerializer(StrictModelSerializer):
    """A version of a template without its steps."""

    step_count = serializers.SerializerMethodField()

    class Meta:
        model = TaskTemplateVersion
        fields = ["number", "step_count", "created_at"]
        read_only_fields = fields

    def get_step_count(self, version: TaskTemplateVersion) -> int:
        """How many steps it had."""
        return count_steps(version)


class TemplateVersionSerializer(TemplateVersionSummarySerializer):
    """The steps and variables that a template has had."""

    tasks = SchemaField(schema=STEPS, read_only=True, fill=True)
    variables = SchemaField(schema=VARIABLES, read_only=True)

    class Meta(TemplateVersionSummarySerializer.Meta):
        fields = [*TemplateVersionSummarySerializer.Meta.fields, "tasks", "variables"]
        read_only_fields = fields


class TemplateFieldChangeSerializer(serializers.Serializer):
    """A field before and after."""

    field = serializers.CharField()
    before = SchemaField(schema=ANYTHING, allow_null=True)
    after = SchemaField(schema=ANYTHING, allow_null=True)


class TemplateChangeSerializer(serializers.Serializer):
    """A step or variable that is in both versions, and what differs."""

    name = serializers.CharField(help_text="The step's key or the variable's name.")
    fields = TemplateFieldChangeSerializer(many=True)  # type: ignore[assignment]


class TemplateDifferenceSerializer(serializers.Serializer):
    """What one version has that another has not. Steps are told by their keys."""

    added = SchemaField(schema=STEPS)
    removed = SchemaField(schema=STEPS)
    changed = serializers.SerializerMethodField()
    moved = serializers.ListField(
        child=serializers.CharField(), help_text="Steps that stand elsewhere among the others."
    )
    added_variables = serializers.ListField(child=serializers.CharField())
    removed_variables = serializers.ListField(child=serializers.CharField())
    changed_variables = serializers.SerializerMethodField()

    @extend_schema_field(TemplateChangeSerializer(many=True))
    def get_changed(self, difference: Any) -> Any:
        """The steps that differ."""
        return changes(difference.changed)

    @extend_schema_field(TemplateChangeSerializer(many=True))
    def get_changed_variables(self, difference: Any) -> Any:
        """The variables that differ."""
        return changes(difference.changed_variables)


def changes(found: Any) -> list[dict[str, Any]]:
    """Changes as the API shows them. (`fields` of a serializer is its own.)"""
    return [
        {
            "name": change.name,
            "fields": [
                {"field": one.field, "before": one.before, "after": one.after}
                for one in change.fields
            ],
        }
        for change in found
    ]


class TemplateVersionDifferenceSerializer(serializers.Serializer):
    """What makes one version of a template of another."""

    from_version = serializers.IntegerField()
    to_version = serializers.IntegerField()
    difference = TemplateDifferenceSerializer()

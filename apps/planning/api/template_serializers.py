"""The shape of what is made of templates."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import StrictCharField, StrictUUIDField
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.planning.choices import InstanceOutcome
from apps.planning.instances import minutes_of, outcome_of
from apps.planning.models import TemplateInstance
from apps.planning.models.instances import VALUES
from apps.task_templates.api.serializers import TemplateDifferenceSerializer
from apps.task_templates.choices import ProjectType
from apps.task_templates.definition import STEPS, VARIABLES
from apps.tasks.choices import TaskStatus

LONGEST_NAME = 255


class TemplateDraftSerializer(StrictSerializer):
    """A template that is not kept, and values to try it with."""

    tasks = SchemaField(schema=STEPS)
    variables = SchemaField(schema=VARIABLES, required=False, default=dict)
    values = SchemaField(schema=VALUES, required=False, default=dict)


class TemplateValuesSerializer(StrictSerializer):
    """Values for the variables of a template."""

    variables = SchemaField(schema=VALUES, required=False, default=dict)


class TemplateInstantiateSerializer(TemplateValuesSerializer):
    """Where to make the tasks of a template, with which values."""

    repository = StrictCharField(max_length=LONGEST_NAME, help_text="The repository's name.")
    session_id = StrictCharField(required=False, allow_blank=True, max_length=255, default="")
    assignee = StrictCharField(required=False, allow_blank=True, max_length=255, default="")
    parent_task_id = StrictUUIDField(
        required=False, allow_null=True, default=None, help_text="An open task to make them below."
    )


class TemplatePreviewSerializer(serializers.Serializer):
    """The tasks that an instance would have, in their order."""

    template_version = serializers.IntegerField(allow_null=True)
    variables = SchemaField(schema=VALUES)
    tasks = SchemaField(schema=STEPS)


class TemplateInstanceSummarySerializer(StrictModelSerializer):
    """One use of a template, and what became of it."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    template_id = serializers.UUIDField(read_only=True)
    template_name = serializers.CharField(source="template.name", read_only=True)
    template_version = serializers.IntegerField(
        source="number", read_only=True, help_text="Of which version it was made."
    )
    current_version = serializers.IntegerField(source="template.template_version", read_only=True)
    variables = SchemaField(schema=VALUES, read_only=True)
    actor = serializers.SerializerMethodField(help_text="Who made it, by name.")
    outcome = serializers.SerializerMethodField()
    steps_total = serializers.IntegerField(source="step_count", read_only=True)
    steps_open = serializers.IntegerField(source="open_count", read_only=True)
    steps_completed = serializers.IntegerField(source="completed_count", read_only=True)
    minutes = serializers.SerializerMethodField(
        help_text="From its making to the last completion; null unless it succeeded."
    )

    class Meta:
        model = TemplateInstance
        fields = [
            "id",
            "repository",
            "template_id",
            "template_name",
            "template_version",
            "current_version",
            "variables",
            "session_id",
            "actor",
            "outcome",
            "steps_total",
            "steps_open",
            "steps_completed",
            "minutes",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    def get_actor(self, instance: TemplateInstance) -> str | None:
        """The user's name."""
        return instance.actor.get_username() if instance.actor else None

    @extend_schema_field(serializers.ChoiceField(choices=InstanceOutcome.choices))
    def get_outcome(self, instance: TemplateInstance) -> InstanceOutcome:
        """By docs/templates.md."""
        return outcome_of(instance)

    def get_minutes(self, instance: TemplateInstance) -> float | None:
        """By docs/templates.md."""
        return minutes_of(instance)


class TemplateInstanceStepSerializer(serializers.Serializer):
    """A step of an instance and the task that stands for it."""

    key = serializers.CharField()
    task_id = serializers.UUIDField(allow_null=True, help_text="Null once the task was purged.")
    content = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(
        choices=TaskStatus.choices, allow_null=True, help_text="Null when the task was deleted."
    )


class TemplateInstanceSerializer(TemplateInstanceSummarySerializer):
    """One use of a template with its steps."""

    steps = serializers.SerializerMethodField()

    class Meta(TemplateInstanceSummarySerializer.Meta):
        fields = [*TemplateInstanceSummarySerializer.Meta.fields, "steps"]
        read_only_fields = fields

    @extend_schema_field(TemplateInstanceStepSerializer(many=True))
    def get_steps(self, instance: TemplateInstance) -> list[dict[str, Any]]:
        """In the order of the version that it was made of."""
        return [
            {
                "key": step.key,
                "task_id": step.task_id,
                "content": step.task and step.task.content,
                "status": step.task.status if step.task and not step.task.is_deleted else None,
            }
            for step in instance.steps.select_related("task").order_by("position", "pk")
        ]


class TemplateInstanceDifferenceSerializer(serializers.Serializer):
    """What the template says today that it did not say when the instance was made."""

    from_version = serializers.IntegerField()
    to_version = serializers.IntegerField()
    difference = TemplateDifferenceSerializer()


class ProjectTypeReasonSerializer(serializers.Serializer):
    """A trace that speaks for a type."""

    text = serializers.CharField()
    trace = serializers.CharField()
    place = serializers.ChoiceField(choices=["name", "tag", "file", "word"])
    hits = serializers.IntegerField()
    weight = serializers.FloatField()


class ProjectTypeGuessSerializer(serializers.Serializer):
    """A type that the repository looks like."""

    project_type = serializers.ChoiceField(choices=ProjectType.choices)
    score = serializers.FloatField()
    reasons = ProjectTypeReasonSerializer(many=True)


class ProjectTypeGuessesSerializer(serializers.Serializer):
    """What kind of project a repository looks like, best first, and the templates for that."""

    rules = serializers.CharField(help_text="The version of the rules, such as pt-1.")
    guesses = ProjectTypeGuessSerializer(many=True)
    templates = serializers.ListField(
        child=serializers.UUIDField(), help_text="Those for the best guess, most used first."
    )

"""The shape of tasks in the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.core.api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictChoiceField,
    StrictDateTimeField,
    StrictIntegerField,
    StrictUUIDField,
)
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.tasks.choices import TaskComplexity, TaskPriority, TaskStatus
from apps.tasks.links import RELATION_KINDS
from apps.tasks.models import MOST_MINUTES, Task
from apps.tasks.models.task import ACCEPTANCE_CRITERIA, METADATA, TAGS

LONGEST_CONTENT = 1000
LARGEST_DETAILS = 100_000
LONGEST_NAME = 255
MOST_LINKS = 200


class RelationSerializer(StrictSerializer):
    """What a task has to do with another without waiting for it."""

    task_id = StrictUUIDField()
    kind = StrictChoiceField(choices=[(kind.value, kind.label) for kind in RELATION_KINDS])

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Each relation is whole, also in a PATCH."""
        if self.parent is None:
            return super().run_validation(data)
        whole = RelationSerializer(data=data)
        whole.is_valid(raise_exception=True)
        return dict(whole.validated_data)


class TaskSerializer(StrictModelSerializer):
    """A task."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    parent_task_id = serializers.UUIDField(read_only=True, allow_null=True)
    pattern_id = serializers.UUIDField(read_only=True, allow_null=True)
    template_id = serializers.UUIDField(read_only=True, allow_null=True)
    prd_id = serializers.UUIDField(read_only=True, allow_null=True)
    acceptance_criteria = SchemaField(schema=ACCEPTANCE_CRITERIA, read_only=True)
    tags = SchemaField(schema=TAGS, read_only=True)
    metadata = SchemaField(schema=METADATA, read_only=True)
    external_key = serializers.SerializerMethodField()
    source_lines = serializers.SerializerMethodField()
    dependencies = serializers.SerializerMethodField(
        help_text="Ids of the live tasks that must be completed first."
    )
    blocks = serializers.SerializerMethodField(
        help_text="Ids of the live tasks that wait for this one."
    )

    relations = serializers.SerializerMethodField(
        help_text="The live tasks to which this one is related otherwise."
    )

    class Meta:
        model = Task
        fields = [
            "id",
            "repository",
            "content",
            "details",
            "status",
            "priority",
            "complexity",
            "complexity_score",
            "complexity_version",
            "session_id",
            "assignee",
            "estimated_minutes",
            "actual_minutes",
            "tags",
            "acceptance_criteria",
            "parent_task_id",
            "dependencies",
            "blocks",
            "relations",
            "ai_suggested",
            "pattern_id",
            "template_id",
            "prd_id",
            "source_section",
            "source_lines",
            "external_key",
            "removed_from_prd_at",
            "metadata",
            "started_at",
            "due_at",
            "completed_at",
            "deleted_at",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    def get_external_key(self, task: Task) -> str | None:
        """The key under which an import knows the task."""
        link = getattr(task, "external_key", None)
        return link.key if link else None

    def get_source_lines(self, task: Task) -> list[int] | None:
        """First and last line of the task's section in its PRD."""
        if task.source_first_line is None or task.source_last_line is None:
            return None
        return [task.source_first_line, task.source_last_line]

    def get_dependencies(self, task: Any) -> list[str]:
        """In the order in which they were added."""
        return [str(link.depends_on_id) for link in task.live_dependencies if link.kind == "blocks"]

    def get_blocks(self, task: Any) -> list[str]:
        """In the order in which they were added."""
        return [str(link.task_id) for link in task.live_dependents if link.kind == "blocks"]

    @extend_schema_field(RelationSerializer(many=True))
    def get_relations(self, task: Any) -> list[dict[str, str]]:
        """In the order in which they were added."""
        return [
            {"task_id": str(link.depends_on_id), "kind": link.kind}
            for link in task.live_dependencies
            if link.kind != "blocks"
        ]


class TaskWriteSerializer(StrictSerializer):
    """What a client may set on a task."""

    content = StrictCharField(max_length=LONGEST_CONTENT)
    details = StrictCharField(
        required=False, allow_blank=True, max_length=LARGEST_DETAILS, help_text="Markdown."
    )
    status = StrictChoiceField(choices=TaskStatus.choices, required=False)
    priority = StrictChoiceField(choices=TaskPriority.choices, required=False)
    complexity = StrictChoiceField(choices=TaskComplexity.choices, required=False, allow_null=True)
    session_id = StrictCharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_NAME,
        help_text="The client's own id of its session. One of somebody else's session that goes on"
        " in the repository is a 403 (`foreign_session`), but for maintainers.",
    )
    assignee = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_NAME)
    estimated_minutes = StrictIntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOST_MINUTES
    )
    actual_minutes = StrictIntegerField(
        required=False, allow_null=True, min_value=0, max_value=MOST_MINUTES
    )
    tags = SchemaField(schema=TAGS, required=False)
    acceptance_criteria = SchemaField(schema=ACCEPTANCE_CRITERIA, required=False)
    parent_task_id = StrictUUIDField(required=False, allow_null=True)
    dependencies = serializers.ListField(
        child=StrictUUIDField(),
        required=False,
        max_length=MOST_LINKS,
        help_text="The live tasks that must be completed first; replaces those that there were.",
    )
    blocks = serializers.ListField(
        child=StrictUUIDField(),
        required=False,
        max_length=MOST_LINKS,
        help_text="The live tasks that wait for this one; replaces those that there were.",
    )
    relations = serializers.ListField(
        child=RelationSerializer(),
        required=False,
        max_length=MOST_LINKS,
        help_text="Links that hold nothing up; replaces those that there were.",
    )
    ai_suggested = StrictBooleanField(required=False)
    due_at = StrictDateTimeField(required=False, allow_null=True)
    metadata = SchemaField(schema=METADATA, required=False)

    def validate_details(self, details: str) -> str:
        """The bound is in bytes, as the database counts."""
        if len(details.encode()) > LARGEST_DETAILS:
            raise serializers.ValidationError(
                f"details must have at most {LARGEST_DETAILS:,} bytes.", code="max_length"
            )
        return details

    def validate_dependencies(self, dependencies: list[UUID]) -> list[UUID]:
        """Dependencies are a set."""
        return _distinct(dependencies, dependencies)

    def validate_blocks(self, blocks: list[UUID]) -> list[UUID]:
        """And what waits for the task."""
        return _distinct(blocks, blocks)

    def validate_relations(self, relations: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """And its relations, by the other task."""
        return _distinct(relations, [relation["task_id"] for relation in relations])


def _distinct(value: list[Any], keys: list[UUID]) -> list[Any]:
    if len(set(keys)) < len(keys):
        raise serializers.ValidationError("A task is named twice.", code="not_distinct")
    return value


class TaskCreateSerializer(TaskWriteSerializer):
    """A new task."""

    id = StrictUUIDField(
        required=False, help_text="A UUID of version 7 of the client's own, or none."
    )
    repository = StrictCharField(max_length=LONGEST_NAME, help_text="The repository's name.")


class TaskUpdateSerializer(TaskWriteSerializer):
    """Changes of a task; what is left out stays."""

    version = StrictIntegerField(
        required=False, min_value=1, help_text="Refuse the change if the task has another version."
    )
    fence = StrictIntegerField(
        required=False,
        min_value=1,
        help_text="Refuse the change unless the claim of this number holds the task.",
    )

"""The shape of PRD imports in the API."""

from __future__ import annotations

from rest_framework import serializers

from apps.core.api.fields import StrictBooleanField, StrictCharField
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictSerializer
from apps.planning.models.plans import NOTES
from apps.tasks.api.serializers import TaskSerializer

SHORTEST_CONTENT = 100


class PRDImportSerializer(StrictSerializer):
    """A document to import."""

    repository = StrictCharField(max_length=255, help_text="The repository's name.")
    filename = StrictCharField(max_length=255)
    content = StrictCharField(
        min_length=SHORTEST_CONTENT, help_text="Markdown, 100 characters to 2 MiB."
    )
    auto_generate_subtasks = StrictBooleanField(
        default=True, help_text="Make tasks of what the document states; else only store it."
    )


class PRDImportedSerializer(serializers.Serializer):
    """What an import made."""

    prd_id = serializers.UUIDField()
    task_count = serializers.IntegerField()
    complexity_score = serializers.FloatField(allow_null=True)
    tasks = TaskSerializer(many=True)
    notes = SchemaField(schema=NOTES, help_text="What could not be resolved, with its line.")

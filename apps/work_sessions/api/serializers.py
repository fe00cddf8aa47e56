"""The shape of sessions in the API."""

from __future__ import annotations

from typing import Any

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
from apps.repositories.models import NAME_LENGTH
from apps.work_sessions.choices import TaskEvent
from apps.work_sessions.models import (
    FACTORS,
    FILES,
    LONGEST_ID,
    LONGEST_SUMMARY,
    TOOLS,
    WorkSession,
)


class SessionActorSerializer(serializers.Serializer):
    """Whose session it is."""

    id = serializers.UUIDField(source="pk")
    name = serializers.CharField(source="get_username")


class SessionSerializer(StrictModelSerializer):
    """A work session with the tasks that were worked on in it."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    actor = SessionActorSerializer(read_only=True, allow_null=True)
    last_seen_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When it was last heard of. Not in its history: null at a past instant.",
    )
    tools_used = SchemaField(schema=TOOLS, read_only=True)
    files_changed = SchemaField(schema=FILES, read_only=True)
    productivity_factors = SchemaField(
        schema=FACTORS,
        read_only=True,
        help_text="What each factor brought to the score, by the formula of its version.",
    )
    tasks_started = serializers.SerializerMethodField(
        help_text="Ids of the tasks that were worked on in it."
    )
    tasks_completed = serializers.SerializerMethodField(
        help_text="Ids of those that were completed in it."
    )

    class Meta:
        model = WorkSession
        fields = [
            "id",
            "repository",
            "session_id",
            "actor",
            "state",
            "start_time",
            "end_time",
            "last_seen_at",
            "session_summary",
            "tasks_started",
            "tasks_completed",
            "tools_used",
            "files_changed",
            "cli_mode",
            "productivity_score",
            "productivity_version",
            "productivity_factors",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    def get_tasks_started(self, session: Any) -> list[str]:
        """In the order in which they were started."""
        return [str(link.task_id) for link in session.shown_links]

    def get_tasks_completed(self, session: Any) -> list[str]:
        """In the order in which they were started."""
        return [str(link.task_id) for link in session.shown_links if link.completed_at is not None]


def _summary() -> StrictCharField:
    return StrictCharField(
        required=False,
        allow_blank=True,
        max_length=LONGEST_SUMMARY,
        help_text="What was done, in up to 20,000 characters.",
    )


class SessionUpdateSerializer(StrictSerializer):
    """What is said of a session; what is not sent stays as it is."""

    session_summary = _summary()
    tools_used = SchemaField(schema=TOOLS, required=False)
    files_changed = SchemaField(schema=FILES, required=False)
    version = StrictIntegerField(
        required=False, min_value=1, help_text="Refuse (409) unless the session has this version."
    )


class SessionStartSerializer(StrictSerializer):
    """A session begins."""

    repository = StrictCharField(max_length=NAME_LENGTH, help_text="The repository's name.")
    session_id = StrictCharField(
        max_length=LONGEST_ID, help_text="The client's own id, also in its writes of tasks."
    )
    start_time = StrictDateTimeField(
        required=False,
        help_text="Without it: now. At most 366 days ago and 60 seconds in the future.",
    )
    cli_mode = StrictBooleanField(required=False, help_text="Whether a command line started it.")
    session_summary = _summary()
    tools_used = SchemaField(schema=TOOLS, required=False)
    files_changed = SchemaField(schema=FILES, required=False)


class SessionEndSerializer(StrictSerializer):
    """A session ends; a last word on it."""

    end_time = StrictDateTimeField(
        required=False,
        help_text="Without it: now. Not before the start or the last event of a task in it, at most"
        " 60 seconds in the future.",
    )
    session_summary = _summary()
    tools_used = SchemaField(schema=TOOLS, required=False)
    files_changed = SchemaField(schema=FILES, required=False)


class SessionTaskEventSerializer(StrictSerializer):
    """Something happened to a task in a session."""

    task_id = StrictUUIDField(help_text="A live task of the session's repository.")
    event = StrictChoiceField(choices=TaskEvent.choices)
    at = StrictDateTimeField(
        required=False,
        help_text="When, within the session and not before the task's last event. Without it: now.",
    )


class SessionSpanSerializer(serializers.Serializer):
    """A stretch of activity; a silence of more than 15 minutes ends it."""

    started_at = serializers.DateTimeField()
    until = serializers.DateTimeField()


class SessionTaskTimeSerializer(serializers.Serializer):
    """What one task took."""

    task_id = serializers.UUIDField()
    started_at = serializers.DateTimeField()
    stopped_at = serializers.DateTimeField(allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)
    under_way_seconds = serializers.FloatField(
        help_text="How long it was under way while the session was active."
    )
    weighed_seconds = serializers.FloatField(
        help_text="The same, each instant shared with the other tasks under way in the session."
    )
    minutes = serializers.FloatField(help_text="The weighed time, in minutes.")
    total_minutes = serializers.FloatField(
        help_text="Over all sessions of the task, where the wall clock counts once."
    )
    actual_minutes = serializers.IntegerField(
        allow_null=True, help_text="What the task itself says, by the repository's setting."
    )


class SessionTimeSerializer(serializers.Serializer):
    """How a session's time was spent."""

    formula = serializers.CharField(help_text="The version of these rules (docs/sessions.md).")
    wall_seconds = serializers.FloatField(
        help_text="From its start to its end, or until it was last heard of."
    )
    active_seconds = serializers.FloatField(help_text="Without its gaps.")
    focused_seconds = serializers.FloatField(
        help_text="Active, with a task under way; the tasks' weighed seconds make this sum."
    )
    spans = SessionSpanSerializer(many=True)
    tasks = SessionTaskTimeSerializer(many=True)

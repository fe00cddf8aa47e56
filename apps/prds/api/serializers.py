"""The shape of PRDs in the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer
from apps.prds.line_diff import KINDS, MOST_LINES
from apps.prds.models import METADATA, PARSE_ERRORS, PRD, PRDRevision


class PRDSummarySerializer(StrictModelSerializer):
    """A PRD without its text."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    parse_errors = SchemaField(schema=PARSE_ERRORS, read_only=True)
    metadata = SchemaField(schema=METADATA, read_only=True)
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
            "complexity_level",
            "complexity_version",
            "metadata",
            "revision",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields


@extend_schema_serializer(component_name="PRDRevisionActor")
class RevisionActorSerializer(serializers.Serializer):
    """Who wrote a revision, under the name of that time."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class PRDRevisionSummarySerializer(StrictModelSerializer):
    """A text that a PRD has had, without the text."""

    size = serializers.IntegerField(read_only=True, help_text="The text's length in bytes.")
    actor = serializers.SerializerMethodField(
        help_text="Who wrote it; null for a write past TaskHub."
    )

    class Meta:
        model = PRDRevision
        fields = ["number", "content_hash", "size", "created_at", "actor"]
        read_only_fields = fields

    @extend_schema_field(RevisionActorSerializer(allow_null=True))
    def get_actor(self, revision: Any) -> dict[str, Any] | None:
        """From the history of the write."""
        context = getattr(revision.event, "pgh_context", None) or {}
        actor = context.get("actor")
        return {"id": actor, "name": context.get("actor_name", "")} if actor else None


class PRDRevisionSerializer(PRDRevisionSummarySerializer):
    """A text that a PRD has had."""

    class Meta(PRDRevisionSummarySerializer.Meta):
        fields = [*PRDRevisionSummarySerializer.Meta.fields, "content"]
        read_only_fields = fields


class DiffLineSerializer(serializers.Serializer):
    """One line, without its end."""

    kind = serializers.ChoiceField(choices=KINDS)
    from_line = serializers.IntegerField(
        source="old_line", allow_null=True, help_text="Its number in `from_revision`."
    )
    to_line = serializers.IntegerField(
        source="new_line", allow_null=True, help_text="Its number in `to_revision`."
    )
    text = serializers.CharField()


class DiffHunkSerializer(serializers.Serializer):
    """Neighbouring changes, with up to three lines before and after them."""

    lines = DiffLineSerializer(many=True)


class PRDDiffSerializer(serializers.Serializer):
    """What makes one text of a PRD of another."""

    from_revision = serializers.IntegerField(
        allow_null=True, help_text="Null for the first revision, which is compared with nothing."
    )
    to_revision = serializers.IntegerField()
    added = serializers.IntegerField(help_text="Added lines, also those that `hunks` leave out.")
    removed = serializers.IntegerField(help_text="Likewise of removed lines.")
    line_ends_changed = serializers.BooleanField(
        help_text="Lines that are the same end differently: LF, CR LF, CR, or the text's end."
    )
    coarse = serializers.BooleanField(
        help_text="True where a long stretch is shown as removed and added whole, although some "
        "of its lines may be the same: finding them would cost too much."
    )
    truncated = serializers.BooleanField(
        help_text=f"True where `hunks` end after {MOST_LINES:,} lines and changes follow."
    )
    hunks = DiffHunkSerializer(many=True)

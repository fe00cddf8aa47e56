"""The shape of repositories in the API."""

from __future__ import annotations

from apps.core.api.fields import (
    StrictBooleanField,
    StrictCharField,
    StrictIntegerField,
    StrictRegexField,
)
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.repositories.models import NAME_LENGTH, NAME_PATTERN, NAME_RULE, SETTINGS, Repository

LONGEST_DESCRIPTION = 10_000


class RepositorySerializer(StrictModelSerializer):
    """A repository."""

    settings = SchemaField(schema=SETTINGS, read_only=True)

    class Meta:
        model = Repository
        fields = [
            "id",
            "name",
            "description",
            "settings",
            "archived_at",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields


class RepositoryCreateSerializer(StrictSerializer):
    """A new repository; whoever creates it becomes its maintainer."""

    name = StrictRegexField(
        regex=NAME_PATTERN.replace("$", r"\Z"),
        max_length=NAME_LENGTH,
        error_messages={"invalid": NAME_RULE},
    )
    description = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_DESCRIPTION)
    settings = SchemaField(schema=SETTINGS, required=False)


class RepositoryUpdateSerializer(StrictSerializer):
    """What may change; `archived: true` makes the repository read-only, `false` opens it again."""

    description = StrictCharField(required=False, allow_blank=True, max_length=LONGEST_DESCRIPTION)
    settings = SchemaField(schema=SETTINGS, required=False)
    archived = StrictBooleanField(required=False)
    version = StrictIntegerField(required=False, min_value=1)

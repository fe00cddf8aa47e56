"""The shape of a history in the API."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.audit.history import Operation
from apps.core.context import Source

LONGEST_VALUE = 2000


@extend_schema_serializer(component_name="HistoryActor")
class ActorSerializer(serializers.Serializer):
    """Who made a change, under the name of that time."""

    id = serializers.UUIDField()
    name = serializers.CharField()


@extend_schema_serializer(component_name="HistoryChange")
class ChangeSerializer(serializers.Serializer):
    """One member of the representation, with `before` and `after`; or a link that came or went,
    with `added` and `removed`."""

    field = serializers.CharField(help_text="The member's name in the representation.")
    before = serializers.JSONField(required=False, allow_null=True)
    after = serializers.JSONField(required=False, allow_null=True)
    truncated = serializers.BooleanField(
        required=False,
        help_text=(
            f"True where a value is too long for a list: text is cut to its first {LONGEST_VALUE:,}"
            " characters, other JSON shown as null. `as_of` gives the whole record."
        ),
    )
    added = serializers.ListField(child=serializers.DictField(), required=False)
    removed = serializers.ListField(child=serializers.DictField(), required=False)


@extend_schema_serializer(component_name="HistoryEntry")
class EntrySerializer(serializers.Serializer):
    """What one transaction did to a record."""

    id = serializers.UUIDField(help_text="The key of the event.")
    at = serializers.DateTimeField(
        help_text="When it was written. `as_of` this instant shows the result."
    )
    operation = serializers.ChoiceField(
        choices=[operation.value for operation in Operation],
        help_text="`deleted` is soft, and can be `restored`; `removed` rows are gone.",
    )
    version = serializers.IntegerField(
        allow_null=True, help_text="The record's version after it; null where only links changed."
    )
    actor = ActorSerializer(
        allow_null=True, help_text="Null for a change outside of TaskHub's processes; see `login`."
    )
    source = serializers.CharField(  # type: ignore[assignment]
        help_text=f"One of {', '.join(Source)}; `database` for a change past TaskHub."
    )
    name = serializers.CharField(help_text="Which path, command or job.")
    reason = serializers.CharField(help_text="What the writer said; may be empty.")
    request_id = serializers.CharField(allow_null=True)
    token = serializers.CharField(
        allow_null=True, help_text="The first characters of the API token."
    )
    login = serializers.CharField(help_text="The database login.")
    transaction = serializers.IntegerField(help_text="Its changes carry the same number.")
    changes = ChangeSerializer(
        many=True,
        allow_null=True,
        help_text="Of a creation what is not empty; null where what was before is not kept.",
    )


class HistorySerializer(serializers.Serializer):
    """A page of a history. It may have fewer entries than `limit` while more follow."""

    results = EntrySerializer(many=True)
    next = serializers.CharField(
        allow_null=True, help_text="The cursor of the next page; null on the last one."
    )

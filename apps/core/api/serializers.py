"""Serializers that take a body literally: nothing is converted, trimmed or ignored.

* A member that the serializer does not have is an error (`unknown_field`), and so is one that
  clients cannot set (`read_only`), unless the serializer lists it in `accepted_fields`.
* A value has its JSON type: "5" is no integer, 1 no boolean, 3 no string.
* Text keeps its white space; text of nothing else counts as blank.
* Whether a key is free is for the database to say (a 409): a query beforehand would race.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.validators import UniqueValidator

from apps.core.errors import ErrorCode

from . import fields


class StrictMixin(serializers.Serializer):
    """Refuses members that nobody would read."""

    # Read-only fields that a body may repeat; their values are not used.
    accepted_fields: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        """The validated values; every broken rule is reported at once."""
        strays = self._strays(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if strays and isinstance(error.detail, dict):
                raise serializers.ValidationError({**error.detail, **strays}) from None
            raise
        if strays:
            raise serializers.ValidationError(strays)
        return values

    def _strays(self, data: Mapping[str, Any]) -> dict[str, list[ErrorDetail]]:
        strays: dict[str, list[ErrorDetail]] = {}
        for name in data:
            field = self.fields.get(name)
            if field is None:
                strays[name] = [ErrorDetail("This field is not known here.", "unknown_field")]
            elif field.read_only and name not in self.accepted_fields:
                strays[name] = [ErrorDetail("This field cannot be set.", "read_only")]
        return strays


class StrictSerializer(StrictMixin):
    """The base of serializers without a model; they take their fields from `core.api.fields`."""


class StrictModelSerializer(StrictMixin, serializers.ModelSerializer):
    """The base of serializers of a model; its fields are the strict ones."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.AutoField: fields.StrictIntegerField,
        models.BigIntegerField: fields.StrictIntegerField,
        models.BooleanField: fields.StrictBooleanField,
        models.CharField: fields.StrictCharField,
        models.DateField: fields.StrictDateField,
        models.DateTimeField: fields.StrictDateTimeField,
        models.DecimalField: fields.StrictDecimalField,
        models.EmailField: fields.StrictEmailField,
        models.FloatField: fields.StrictFloatField,
        models.IntegerField: fields.StrictIntegerField,
        models.PositiveIntegerField: fields.StrictIntegerField,
        models.PositiveBigIntegerField: fields.StrictIntegerField,
        models.PositiveSmallIntegerField: fields.StrictIntegerField,
        models.SmallIntegerField: fields.StrictIntegerField,
        models.TextField: fields.StrictCharField,
        models.UUIDField: fields.StrictUUIDField,
    }
    serializer_choice_field = fields.StrictChoiceField
    serializer_related_field = fields.StrictPrimaryKeyRelatedField

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        """As DRF does, without its look-ups for uniqueness."""
        field_class, arguments = super().build_standard_field(field_name, model_field)
        return field_class, _without_unique_validators(arguments)

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        """As DRF does, without its look-ups for uniqueness."""
        field_class, arguments = super().build_relational_field(field_name, relation_info)
        return field_class, _without_unique_validators(arguments)

    def get_uniqueness_extra_kwargs(
        self, field_names: Any, declared_fields: Any, extra_kwargs: Any
    ) -> Any:
        """No change: DRF would make fields required for the look-ups that are left out."""
        return extra_kwargs, {}

    def get_unique_together_validators(self) -> list[Any]:
        """None."""
        return []

    def get_unique_for_date_validators(self) -> list[Any]:
        """None."""
        return []


class ProblemErrorSerializer(serializers.Serializer):
    """One broken rule. Either `pointer` or `parameter` says where."""

    pointer = serializers.CharField(
        required=False, help_text="JSON pointer (RFC 6901) into the body; empty for the whole."
    )
    parameter = serializers.CharField(
        required=False, help_text="Name of the query parameter or header."
    )
    code = serializers.CharField(help_text="The rule, for programs.")
    detail = serializers.CharField(help_text="The rule, for people.")


class ProblemSerializer(serializers.Serializer):
    """An error (RFC 9457). It may carry further members, for instance `current` on a conflict."""

    type = serializers.CharField(help_text="Stable URI of the error.")
    title = serializers.CharField(help_text="The error in a few words, the same each time.")
    status = serializers.IntegerField(min_value=400, max_value=599)
    code = serializers.ChoiceField(choices=[(code.value, code.name) for code in ErrorCode])
    detail = serializers.CharField(help_text="What went wrong this time, and what helps.")
    request_id = serializers.CharField(
        allow_null=True, help_text="Quote it when you report the error."
    )
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]


def _without_unique_validators(arguments: dict[str, Any]) -> dict[str, Any]:
    if "validators" in arguments:
        arguments["validators"] = [
            validator
            for validator in arguments["validators"]
            if not isinstance(validator, UniqueValidator)
        ]
    return arguments

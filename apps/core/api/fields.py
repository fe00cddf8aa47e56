"""Serializer fields that take JSON's types literally, where DRF's own convert.

On the way out they are DRF's.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from .filters import UUID_PATTERN

_UUID = re.compile(UUID_PATTERN)
_OFFSET = re.compile(r"(?:[zZ]|[+-]\d\d:?\d\d)$")


class _StrictText(serializers.CharField):
    """Strings only; white space is kept, and text of nothing else counts as blank."""

    default_error_messages = {"invalid": "A string is required."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(*args, **kwargs)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        if not self.allow_blank and isinstance(data, str) and not data.strip():
            self.fail("blank")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictCharField(_StrictText):
    """Text. NUL characters and lone surrogates are refused, as PostgreSQL would."""


class StrictEmailField(_StrictText, serializers.EmailField):
    """An e-mail address."""


class StrictRegexField(_StrictText, serializers.RegexField):
    """Text that a pattern matches."""


class StrictIntegerField(serializers.IntegerField):
    """A whole number: neither "5" nor 5.0 nor true."""

    default_error_messages = {"invalid": "A whole number is required."}

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return data


class StrictFloatField(serializers.FloatField):
    """A number: neither "0.5" nor true."""

    default_error_messages = {"invalid": "A number is required."}

    def to_internal_value(self, data: Any) -> float:
        if type(data) not in {int, float}:
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictDecimalField(serializers.DecimalField):
    """A JSON number, shown as one unless `coerce_to_string` is set."""

    default_error_messages = {"invalid": "A number is required."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("coerce_to_string", False)
        super().__init__(*args, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if type(data) not in {int, float}:
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictBooleanField(serializers.BooleanField):
    """true or false: neither 1 nor "yes"."""

    default_error_messages = {"invalid": "true or false is required."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class StrictUUIDField(serializers.UUIDField):
    """A UUID as a string with hyphens."""

    default_error_messages = {"invalid": "A UUID with hyphens is required."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class StrictDateTimeField(serializers.DateTimeField):
    """A moment as ISO 8601 with an offset; it is kept in UTC."""

    default_error_messages = {
        "invalid": "A date and time with an offset is required, such as 2026-05-01T08:00:00Z."
    }

    def to_internal_value(self, value: Any) -> datetime:
        # Python would take digits of other scripts, too.
        if not isinstance(value, str) or not value.isascii() or not _OFFSET.search(value):
            self.fail("invalid", format="")
        return super().to_internal_value(value)


class StrictDateField(serializers.DateField):
    """A date as ISO 8601."""

    default_error_messages = {"invalid": "A date is required, such as 2026-05-01."}

    def to_internal_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            self.fail("invalid", format="")
        return super().to_internal_value(value)


class StrictChoiceField(serializers.ChoiceField):
    """One of the choices, in its own type; the error lists them."""

    default_error_messages = {"invalid_choice": "One of {allowed} is required."}

    def to_internal_value(self, data: Any) -> Any:
        if data == "" and self.allow_blank:
            return ""
        matches = [choice for choice in self.choices if choice == data]
        # In Python 1 == True: the type must agree too.
        if not matches or isinstance(data, bool):
            self.fail("invalid_choice", allowed=", ".join(str(choice) for choice in self.choices))
        return matches[0]


class StrictSlugRelatedField(serializers.SlugRelatedField):
    """A record named by a unique text, such as a repository by its name."""

    default_error_messages = {"does_not_exist": "There is no {value} here."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            raise serializers.ValidationError("A string is required.", code="invalid")
        if "\0" in data:
            raise serializers.ValidationError(
                "Null characters are not allowed.", code="null_characters_not_allowed"
            )
        return super().to_internal_value(data)


class StrictPrimaryKeyRelatedField(serializers.PrimaryKeyRelatedField):
    """A record named by its id, a UUID as a string with hyphens."""

    default_error_messages = {
        "does_not_exist": "There is no record with this id.",
        "incorrect_type": "A UUID with hyphens is required.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not _UUID.fullmatch(data):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class StrictObjectField(serializers.JSONField):
    """A JSON object, kept as it is."""

    default_error_messages = {"not_an_object": "A JSON object is required."}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return super().to_internal_value(data)

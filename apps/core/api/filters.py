"""Declared filters: one query parameter each, parsed strictly, described in OpenAPI.

A view declares `filters = {"status": ChoiceFilter(TaskStatus), …}`; the key is the parameter. A
filter does nothing but turn text into a condition, without forms, for speed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import Choices, Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property

from apps.core.ids import uuid7_floor

from .parameters import check_text, invalid_parameter

UUID_PATTERN: Final = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_UUID = re.compile(UUID_PATTERN)
_EPOCH = datetime.fromtimestamp(0, UTC)
_LATEST = datetime(9999, 12, 31, tzinfo=UTC)  # as far as there is room to round up


@dataclass(frozen=True, kw_only=True)
class Filter:
    """One parameter: `field` is the look-up's path (default: the parameter's own name)."""

    field: str = ""
    lookup: str = "exact"
    description: str = ""
    required: bool = False

    def parse(self, name: str, text: str) -> Any:
        """The value that `text` stands for, or `invalid_parameter`."""
        raise NotImplementedError

    def condition(self, name: str, value: Any) -> Q:
        """The condition on the rows for a parsed value."""
        return Q(**{f"{self.field or name}__{self.lookup}": value})

    def apply(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        """`queryset`, narrowed. Override to call a queryset's own method."""
        return queryset.filter(self.condition(name, self.parse(name, text)))

    def schema(self) -> dict[str, Any]:
        """The parameter's OpenAPI schema."""
        return {"type": "string"}

    def parameter(self, name: str) -> dict[str, Any]:
        """The parameter's OpenAPI object."""
        parameter: dict[str, Any] = {"in": "query", "name": name, "schema": self.schema()}
        if self.description:
            parameter["description"] = self.description
        if self.required:
            parameter["required"] = True
        return parameter


@dataclass(frozen=True, kw_only=True)
class TextFilter(Filter):
    """Text of at most `max_length` characters; all of it matches `pattern`, if there is one."""

    max_length: int = 255
    pattern: str = ""

    def parse(self, name: str, text: str) -> str:
        check_text(name, text, max_length=self.max_length)
        if self.pattern and not re.fullmatch(self.pattern, text):
            invalid_parameter(name, "pattern", f"{name} does not match {self.pattern}.")
        return text

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self.max_length}
        return {**schema, "pattern": f"^(?:{self.pattern})$"} if self.pattern else schema


@dataclass(frozen=True, kw_only=True)
class ChoiceFilter(Filter):
    """One of `choices`, or several with commas between them when `multiple`."""

    choices: type[Choices] | Iterable[str]
    multiple: bool = False

    @cached_property
    def values(self) -> tuple[str, ...]:
        """The allowed values."""
        choices = self.choices
        return tuple(choices.values if isinstance(choices, type) else choices)

    def parse(self, name: str, text: str) -> list[str]:
        chosen = text.split(",") if self.multiple else [text]
        for value in chosen:
            if value not in self.values:
                allowed = ", ".join(self.values)
                several = " (several: with commas)" if self.multiple else ""
                detail = f"{name} is one of {allowed}{several}."
                invalid_parameter(name, "invalid_choice", detail)
        return list(dict.fromkeys(chosen))

    def condition(self, name: str, value: Any) -> Q:
        path = self.field or name
        return Q(**{path: value[0]}) if len(value) == 1 else Q(**{f"{path}__in": value})

    def schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "enum": list(self.values)}
        return {"type": "array", "items": schema, "minItems": 1} if self.multiple else schema

    def parameter(self, name: str) -> dict[str, Any]:
        parameter = super().parameter(name)
        return {**parameter, "explode": False} if self.multiple else parameter


@dataclass(frozen=True, kw_only=True)
class NumberFilter(Filter):
    """A whole number from `least` to `most`."""

    least: int
    most: int
    default: int

    def parse(self, name: str, text: str) -> int:
        # ASCII digits only, and not so many that to read them takes time.
        plain = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        if not plain or not self.least <= int(text) <= self.most:
            detail = f"{name} is a whole number from {self.least} to {self.most}."
            invalid_parameter(name, "out_of_range", detail)
        return int(text)

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most, "default": self.default}
        return {"type": "integer", **bounds}


@dataclass(frozen=True, kw_only=True)
class UUIDFilter(Filter):
    """A UUID in its usual form, with hyphens."""

    def parse(self, name: str, text: str) -> UUID:
        if not _UUID.fullmatch(text):
            invalid_parameter(name, "invalid", f"{name} is a UUID with hyphens.")
        return UUID(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


@dataclass(frozen=True, kw_only=True)
class BooleanFilter(Filter):
    """`true` or `false`; with `lookup="isnull"`, whether the field is unset."""

    def parse(self, name: str, text: str) -> bool:
        if text not in {"true", "false"}:
            invalid_parameter(name, "invalid", f"{name} is true or false.")
        return text == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class DateTimeFilter(Filter):
    """A moment as ISO 8601 with an offset, for instance `2026-05-01T08:00:00Z`."""

    lookup: str = "gte"

    def parse(self, name: str, text: str) -> datetime:
        try:
            moment = parse_datetime(text)
            if moment is None or moment.tzinfo is None:
                raise ValueError(text)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            # An unescaped + of an offset arrives as a space.
            example = "2026-05-01T08:00:00Z (escape a + as %2B)"
            detail = f"{name} is a date and time with an offset, for instance {example}."
            invalid_parameter(name, "invalid", detail)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, kw_only=True)
class CreationTimeFilter(DateTimeFilter):
    """A bound on creation time, as a bound on the UUIDv7 id, so that partitions are pruned.

    `lookup` is `gte` (made at this moment or later) or `lt` (made before it).
    """

    field: str = "id"

    def condition(self, name: str, value: Any) -> Q:
        # Ids hold whole milliseconds, so the bound is the next whole one; none is before 1970.
        moment = min(max(value, _EPOCH), _LATEST)
        moment += timedelta(microseconds=-moment.microsecond % 1000)
        return Q(**{f"{self.field}__{self.lookup}": uuid7_floor(moment)})


def apply_filters(
    queryset: QuerySet[Any], filters: Mapping[str, Filter], query: Mapping[str, str]
) -> QuerySet[Any]:
    """`queryset` narrowed by each filter that `query` gives; a required one must be there."""
    for name, declared in filters.items():
        text = query.get(name)
        if text is not None:
            queryset = declared.apply(queryset, name, text)
        elif declared.required:
            invalid_parameter(name, "required", f"{name} is required.")
    return queryset


def parse_filters(filters: Mapping[str, Filter], query: Mapping[str, str]) -> dict[str, Any]:
    """The value of each filter that `query` gives, for a read that is no queryset."""
    return {name: filters[name].parse(name, query[name]) for name in filters if name in query}

"""Filters that an index answers."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RadioFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from apps.core.ids import uuid7_floor

from .widgets import RelatedSelect

DAYS = {"today": 0, "7d": 7, "30d": 30, "90d": 90}


class _RelatedForm(AutocompleteDropdownForm):
    widget = RelatedSelect

    def __init__(self, request: HttpRequest, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, name, *args, **kwargs)
        related = kwargs["field"].remote_field.model
        chosen: Any = self.fields[name]
        chosen.queryset = kwargs["model_admin"].in_sight(request, related)


class RelatedFilter(AutocompleteSelectFilter):
    """A related record, found by typing; the name of one out of sight is not shown."""

    form_class = _RelatedForm


class CreatedWindowFilter(RadioFilter):
    """Created today or in the last days, as a range of UUIDv7 keys: no walk over dates."""

    title = "created"
    parameter_name = "created"
    key: ClassVar[str] = "pk"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("today", "Today (UTC)"),
            ("7d", "Last 7 days"),
            ("30d", "Last 30 days"),
            ("90d", "Last 90 days"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        days = DAYS.get(self.value() or "")
        if days is None:
            return queryset
        midnight = datetime.combine(datetime.now(UTC).date(), time.min, UTC)
        return queryset.filter(**{f"{self.key}__gte": uuid7_floor(midnight - timedelta(days=days))})

"""Rows of another model on a record's page, always a bounded number of them."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import TabularInline


class ConsoleTabularInline(TabularInline):
    """Read-only unless a subclass says how to write; `per_page` bounds what is loaded."""

    extra = 0
    per_page = 25
    show_change_link = False
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_formset(self, request: HttpRequest, obj: Model | None = None, **kwargs: Any) -> Any:
        kwargs.setdefault("validate_max", True)
        return super().get_formset(request, obj, **kwargs)

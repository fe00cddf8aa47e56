"""The console page of a record whose history is tracked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.audit.events import events_of, record_of
from apps.core.admin import ConsoleAdmin
from apps.core.admin.search import as_uuid

from .as_of import image_as_of, parse_moment
from .timeline import changes_since, timeline


class RecordAdmin(ConsoleAdmin):
    """A ConsoleAdmin with a history: a timeline, and the record as of any instant.

    Both outlive the record: who may see it, deleted or purged, is asked of its last event.
    """

    object_history_template = "console/history.html"

    def scope_events(self, request: HttpRequest, events: QuerySet[Model]) -> QuerySet[Model]:
        """As `scope`, for events. They have the record's columns, but for its key: `pgh_obj`."""
        return self.scope(request, events)

    def describe_changes_since(self, key: Any, version: int) -> list[str]:
        return changes_since(self.model, key, version)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The record's timeline; with `?as_of=` the record at that instant."""
        newest = self._newest_event(request, unquote(object_id))
        if newest is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(
                request, self.opts, object_id
            )
            return missing
        record = record_of(newest)
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        given = request.GET.get("as_of", "")
        moment = parse_moment(given)
        before: UUID | None = as_uuid(request.GET.get("before", ""))
        shown: dict[str, Any] = (
            {"timeline": timeline(self.model, record.pk, before)}
            if moment is None
            else {"image": image_as_of(self.model, record.pk, moment, newest)}
        )
        record_url = self._record_url(request, record)
        context = {
            **self.admin_site.each_context(request),
            "title": str(record),
            "subtitle": "History",
            **shown,
            "not_understood": given if given and moment is None else "",
            "is_first_page": before is None,
            "state": _state(newest),
            "record_url": record_url,
            "record": record,
            "original": record if record_url else None,  # the breadcrumbs link to it
            "opts": self.opts,
            "preserved_filters": self.get_preserved_filters(request),
            "has_view_permission": True,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.object_history_template, context)

    def _newest_event(self, request: HttpRequest, key: str) -> Any:
        """The last event of the record, if the person may see it."""
        try:
            known = self.opts.pk.to_python(key)
        except ValidationError:
            return None
        return self.scope_events(request, events_of(self.model, known)).first()

    def _record_url(self, request: HttpRequest, record: Model) -> str:
        """The record's page, while it has one."""
        if not self.get_queryset(request).filter(pk=record.pk).exists():
            return ""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(name, args=[record.pk])


def _state(newest: Any) -> str:
    if newest.pgh_label == "delete":
        return "Removed"
    return "Deleted" if getattr(newest, "deleted_at", None) else ""

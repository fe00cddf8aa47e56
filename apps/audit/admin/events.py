"""Lists of events: read-only, newest first, with filters that look at a bounded number of rows."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import quote, unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter, TextFilter

from apps.audit.events import event_time
from apps.core.admin import ConsoleAdmin, CreatedWindowFilter
from apps.core.admin.display import link, state, title

from .timeline import SOURCES, through, who

NEWEST = 20_000
LABELS = {"insert": "Created", "update": "Changed", "delete": "Removed"}


def among_newest(queryset: QuerySet[Model], **conditions: Any) -> QuerySet[Model]:
    """Filter by what no index serves: only the newest 20,000 events are looked at.

    The bound is read first: a subquery would leave the planner free to start elsewhere.
    """
    events = queryset.model._base_manager.order_by("-pgh_id")
    bound = events.values_list("pgh_id", flat=True)[NEWEST : NEWEST + 1]
    for oldest in bound:
        conditions["pgh_id__gt"] = oldest
    return queryset.filter(**conditions)


class EventWindowFilter(CreatedWindowFilter):
    """When it happened."""

    title = "when"
    parameter_name = "when"


class EventKindFilter(RadioFilter):
    """What happened, among the newest events."""

    title = f"what (newest {NEWEST:,})"
    parameter_name = "what"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(LABELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = self.value()
        return among_newest(queryset, pgh_label=value) if value in LABELS else queryset


class EventSourceFilter(RadioFilter):
    """Through which door, among the newest events."""

    title = f"through (newest {NEWEST:,})"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(SOURCES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = self.value()
        return among_newest(queryset, pgh_context__source=value) if value in SOURCES else queryset


class EventActorFilter(TextFilter):
    """Who, by the exact name at that time, among the newest events."""

    title = f"who (newest {NEWEST:,})"
    parameter_name = "who"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = (self.value() or "").strip()
        return among_newest(queryset, pgh_context__actor_name=value) if value else queryset


class EventRequestFilter(TextFilter):
    """Everything that one request did, among the newest events."""

    title = f"request id (newest {NEWEST:,})"
    parameter_name = "request"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = (self.value() or "").strip()
        return among_newest(queryset, pgh_context__request_id=value) if value else queryset


class EventAdmin(ConsoleAdmin):
    """The events of one kind of record, for who may see the records; one line registers it::

    admin.site.register(RepositoryEvent, EventAdmin, title_field="name")
    """

    keyset = "-pgh_id"
    title_field: ClassVar[str] = ""  # the column by which a record is known
    list_display: tuple[str, ...] = ("at", "verb", "record", "who", "through", "why")
    list_display_links = None
    list_filter = (
        EventWindowFilter,
        EventKindFilter,
        EventSourceFilter,
        EventActorFilter,
        EventRequestFilter,
    )

    def __init__(self, model: type[Any], admin_site: Any) -> None:
        super().__init__(model, admin_site)
        # As the sidebar says it: nobody but us calls them events. Set here, it needs no migration.
        self.opts.verbose_name_plural = f"{model.pgh_tracked_model._meta.verbose_name} history"

    @property
    def page(self) -> Any:
        """The page of the records whose events these are."""
        return self.admin_site.get_model_admin(self.model.pgh_tracked_model)

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        scoped: QuerySet[Model] = self.page.scope_events(request, queryset)
        return scoped

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Who may see the records may see what happened to them.
        return bool(
            super().has_view_permission(request, obj) or self.page.has_view_permission(request)
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """An event has no history: it leads to the record's."""
        event: Any = self.get_object(request, unquote(object_id))
        if event is None:
            missing: HttpResponse = self._get_obj_does_not_exist_redirect(
                request, self.opts, object_id
            )
            return missing
        return HttpResponseRedirect(self.history_url(event))

    @admin.display(description="When")
    def at(self, event: Any) -> SafeString:
        when = event_time(event.pgh_id).strftime("%Y-%m-%d %H:%M:%S")
        return link(f"{self.history_url(event)}#event-{event.pgh_id}", when)

    @admin.display(description="What")
    def verb(self, event: Any) -> SafeString:
        return state(f"event-{event.pgh_label}", LABELS.get(event.pgh_label, event.pgh_label))

    @admin.display(description="Record")
    def record(self, event: Any) -> SafeString:
        return title(str(getattr(event, self.title_field)), 80)

    @admin.display(description="Who")
    def who(self, event: Any) -> str:
        return who(event)

    @admin.display(description="Through")
    def through(self, event: Any) -> str:
        return through(event)

    @admin.display(description="Reason")
    def why(self, event: Any) -> SafeString:
        return title(str((event.pgh_context or {}).get("reason", "")), 60)

    def history_url(self, event: Any) -> str:
        """The history of the event's record."""
        meta = self.model.pgh_tracked_model._meta
        name = f"admin:{meta.app_label}_{meta.model_name}_history"
        return reverse(name, args=[quote(event.pgh_obj_id)])

"""Plans in the console: their list and the admin that has their pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from apps.audit.admin import RecordAdmin
from apps.core.admin import CreatedWindowFilter, RelatedFilter
from apps.core.admin.display import state, title
from apps.core.admin.search import as_uuid
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.repositories.admin.scope import has_permission, visible_to

from .importing import ImportPages
from .pages import ReviewPages
from .review import place_of


@admin.register(PRDPlan)
class PRDPlanAdmin(ImportPages, ReviewPages):
    """Plans of imports, newest first."""

    list_display = ("list_title", "list_state", "repository", "author", "created_at")
    list_display_links = ("list_title",)
    list_filter = (
        ("repository", RelatedFilter),
        ("state", ChoicesRadioFilter),
        CreatedWindowFilter,
    )
    allowed_lookups = frozenset({"prd__id__exact"})
    list_select_related = ("repository", "author")
    list_defer = ("content", "notes", "pins")
    search_fields = ("filename",)
    search_help_text = "Part of the filename, or an id"
    palette_icon = "difference"

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    @admin.display(description="Filename")
    def list_title(self, plan: PRDPlan) -> SafeString:
        return title(plan.filename, 80)

    @admin.display(description="State")
    def list_state(self, plan: PRDPlan) -> SafeString:
        return state(plan.state, plan.get_state_display())


@admin.register(PRDPlanEntry)
class PRDPlanEntryAdmin(RecordAdmin):
    """Single entries: their history. What they say stands on the page of their plan."""

    list_display = ("list_title", "kind", "decision", "updated_at")
    list_display_links = ("list_title",)
    list_filter = (("kind", ChoicesRadioFilter), ("decision", ChoicesRadioFilter))
    list_defer = ("fields", "candidates", "answers")

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "plan__repository")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # Who may see the plan may see what is in it.
        return has_permission(request.user, "view", PRDPlan) or has_permission(
            request.user, "change", PRDPlan
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Its place on the page of its plan."""
        key = as_uuid(unquote(object_id))
        entries: Any = self.get_queryset(request).filter(pk=key)
        entry = entries.first() if self.has_view_permission(request) else None
        if entry is None:
            raise Http404
        page = reverse("admin:planning_prdplan_change", args=[entry.plan_id])
        return HttpResponseRedirect(f"{page}{place_of(entry)}")

    @admin.display(description="Entry")
    def list_title(self, entry: PRDPlanEntry) -> SafeString:
        return title(f"{entry.key} {entry.title}", 80)

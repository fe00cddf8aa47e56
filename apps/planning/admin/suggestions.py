"""The inbox of suggestions, the page of each, and “Suggest now”."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter

from apps.audit.admin import RecordAdmin
from apps.core.admin import RelatedFilter
from apps.core.admin.display import json_block, state, title
from apps.core.errors import DomainError
from apps.planning.choices import SuggestionSource, SuggestionState
from apps.planning.models import Suggestion
from apps.planning.services.suggesting import Suggested, suggest
from apps.planning.suggesting.records import is_open
from apps.repositories.admin.scope import has_permission, visible_to
from apps.repositories.visibility import get_visible_repository

from .inbox import Decider, fared
from .suggestion_dialogs import accept, reject

SUGGESTED_AT_ONCE = 10
NEWEST = 20_000


class StateFilter(RadioFilter):
    """Open ones, which wait for somebody, or what became of the others."""

    title = "state"
    parameter_name = "state"
    all_option = ["", "Open"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("expired", "Expired"),
            ("all", "All"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        now = timezone.now()
        match self.value():
            case "accepted" | "rejected" as chosen:
                return queryset.filter(state=chosen)
            case "expired":
                late = Q(state=SuggestionState.OPEN, expires_at__lte=now)
                return queryset.filter(Q(state=SuggestionState.EXPIRED) | late)
            case "all":
                return queryset
        return queryset.filter(is_open(now))


class SourceFilter(RadioFilter):
    """Those that a source had a part in, among the newest: no index knows it."""

    title = f"source (newest {NEWEST:,})"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, str(label)) for value, label in SuggestionSource.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in SuggestionSource.values:
            return queryset
        ids = Suggestion.objects.order_by("-pk").values_list("pk", flat=True)
        for oldest in ids[NEWEST : NEWEST + 1]:
            queryset = queryset.filter(pk__gt=oldest)
        return queryset.filter(sources__contains=[{"source": self.value()}])


@admin.register(Suggestion)
class SuggestionAdmin(RecordAdmin):
    """What could be done next. Nothing is edited here: it is accepted, rejected, or expires."""

    change_list_template = "console/inbox.html"
    change_form_outer_before_template = "console/suggestion_page.html"
    list_display = ("list_content", "list_state", "repository", "expires_at")
    list_display_links = ("list_content",)
    list_filter = (("repository", RelatedFilter), StateFilter, SourceFilter)
    list_select_related = ("repository", "author", "decided_by", "task", "created_task", "pattern")
    list_per_page = 20
    actions_detail = ("accept", "reject")
    readonly_fields = ("readable_values", "readable_sources", "readable_reasons")
    fieldsets = (
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("kind", "session_id"),
                    ("created_at", "updated_at"),
                    ("version", "score"),
                    "readable_values",
                    "readable_sources",
                    "readable_reasons",
                ),
            },
        ),
    )

    accept = accept
    reject = reject

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def has_decide_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may use the dialogs; the services ask for a role, too."""
        return has_permission(request.user, "change", Suggestion)

    def has_suggest_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, "add", Suggestion)

    # -- the inbox ----
    def get_urls(self) -> list[Any]:
        """Before the framework's last pattern, which takes any path for an id."""
        view = self.admin_site.admin_view(self.suggest_now)
        return [path("now/", view, name="planning_suggestion_now"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: Any = super().changelist_view(request, {"title": "Suggestions"})
        context = getattr(response, "context_data", None)
        if context and "cl" in context:
            decider = Decider(request.user)
            chosen = request.GET.get("repository__id__exact", "")
            context |= {
                "cards": decider.cards(context["cl"].result_list),
                "fared": fared(request.user, chosen),
                "is_narrowed": bool(chosen),
                "chosen": chosen,
                "writable": decider.repositories if self.has_suggest_permission(request) else [],
                "is_open": not request.GET.get("state"),
            }
        return response

    def suggest_now(self, request: HttpRequest) -> HttpResponse:
        """POST: ask what to do next in a repository, and show its inbox."""
        inbox = reverse("admin:planning_suggestion_changelist")
        if not self.has_suggest_permission(request):
            raise PermissionDenied
        name = request.POST.get("repository", "")
        if request.method != "POST" or not name or "\x00" in name:
            messages.warning(request, "Choose the repository for which you want suggestions.")
            return HttpResponseRedirect(inbox)
        user: Any = request.user
        try:
            repository = get_visible_repository(name, user)
            made = suggest(actor=user, repository=repository, limit=SUGGESTED_AT_ONCE)
        except DomainError as error:
            messages.error(request, error.detail)
            return HttpResponseRedirect(inbox)
        tell(request, made)
        return HttpResponseRedirect(f"{inbox}?repository__id__exact={repository.pk}")

    # -- the page of one ----
    def allows(self, record: Any, action: str) -> bool:
        return record.state == SuggestionState.OPEN and not record.has_expired(timezone.now())

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Also by the person's role: who may not decide is offered nothing."""
        actions = super().get_actions_detail(request, object_id)
        suggestion = self.get_object(request, str(object_id)) if actions else None
        may = suggestion is not None and Decider(request.user).may_decide(suggestion)
        return actions if may else []

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        suggestion: Suggestion | None = context.get("original")
        if suggestion is not None:
            context["card"] = Decider(request.user).card(suggestion)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Suggestion")
    def list_content(self, suggestion: Suggestion) -> SafeString:
        return title(suggestion.content, 90)

    @admin.display(description="State")
    def list_state(self, suggestion: Suggestion) -> SafeString:
        return state(suggestion.state, suggestion.get_state_display())

    @admin.display(description="Further values")
    def readable_values(self, suggestion: Suggestion) -> SafeString:
        return json_block(suggestion.values)

    @admin.display(description="Sources")
    def readable_sources(self, suggestion: Suggestion) -> SafeString:
        return json_block(suggestion.sources)

    @admin.display(description="Reasons")
    def readable_reasons(self, suggestion: Suggestion) -> SafeString:
        return json_block(suggestion.reasons)


def tell(request: HttpRequest, made: Suggested) -> None:
    """Say what came of asking; a cold start says what each source lacks."""
    if made.cold_start:
        lacking = " ".join(each.note for each in made.found if each.note)
        messages.warning(request, f"{made.message} {lacking}".strip())
    elif made.suggestions:
        messages.success(request, made.message)
    else:
        messages.info(request, made.message)

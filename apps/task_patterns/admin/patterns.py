"""Patterns: their list and the page of each."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter, RadioFilter

from apps.audit.admin import RecordAdmin
from apps.core.admin import RelatedFilter
from apps.core.admin.display import ago, dash, json_block, state, title
from apps.core.admin.search import as_uuid
from apps.repositories.admin.scope import has_permission, visible_to
from apps.repositories.visibility import MOST_REPOSITORIES, visible_repositories
from apps.task_patterns.choices import FeedbackVerdict
from apps.task_patterns.models import PatternFeedback, TaskPattern
from apps.task_patterns.visibility import found_in_any, patterns_in

from .feedback import feedback_action
from .figures import in_words, interval, number
from .page import PatternPage

RETIRED = state("retired", "Retired")


class FoundInFilter(RelatedFilter):
    """The patterns of a repository, as the API has them: its own, and the common ones found there.

    One that the person may not see holds nothing: else the list would tell what is found in it.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        chosen = as_uuid(str(self.lookup_val[0])) if self.lookup_val else None
        if not self.lookup_val:
            return queryset
        repository = visible_repositories(request.user).filter(pk=chosen).first()  # type: ignore[arg-type]
        if repository is None:
            return queryset.none()
        return queryset.filter(pk__in=patterns_in(repository).values("pk"))


class RetiredFilter(RadioFilter):
    """Those that the last run found, those that it did not find any more, or both."""

    title = "found"
    parameter_name = "retired"
    all_option = ["", "By the last run"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "Not any more (retired)"), ("all", "Both")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        match self.value():
            case "only":
                return queryset.filter(retired_at__isnull=False)
            case "all":
                return queryset
        return queryset.filter(retired_at__isnull=True)


class ScopeFilter(RadioFilter):
    """Mined in one repository by itself, or over all of them together."""

    title = "mined"
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("repository", "In one repository"), ("all", "Over all repositories")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() in ("repository", "all"):
            return queryset.filter(repository__isnull=self.value() == "all")
        return queryset


@admin.register(TaskPattern)
class TaskPatternAdmin(RecordAdmin):
    """What was mined. Nothing is edited here; people say whether it is true of them."""

    list_display = (
        "list_steps",
        "list_type",
        "list_scope",
        "list_support",
        "list_success",
        "list_lift",
        "list_corrected_p",
        "list_last_seen",
    )
    list_display_links = ("list_steps",)
    list_filter = (
        ("repository", FoundInFilter),
        ScopeFilter,
        ("pattern_type", ChoicesRadioFilter),
        RetiredFilter,
    )
    list_select_related = ("repository",)
    search_fields = ("description", "signature")
    search_help_text = "A kind of work, such as “test”, or an id"
    palette_icon = "conversion_path"
    actions_detail = ("true_of_us", "not_true_of_us")
    change_form_outer_before_template = "console/pattern.html"
    change_form_outer_after_template = "console/pattern_evidence.html"
    readonly_fields = ("readable_sequence",)
    fieldsets = (
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("pattern_type", "repository"),
                    "signature",
                    "description",
                    "readable_sequence",
                    ("created_at", "updated_at"),
                    ("version", "retired_at"),
                ),
            },
        ),
    )

    true_of_us = feedback_action("true_of_us", FeedbackVerdict.ACCEPTED, "thumb_up")
    not_true_of_us = feedback_action("not_true_of_us", FeedbackVerdict.REJECTED, "thumb_down")

    # -- who sees what: as the API has it ----
    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        user: Any = request.user
        if user.is_superuser:
            return queryset
        # The ids are read first: with a join the planner leaves the order of the list's key.
        ids = list(visible_repositories(user).values_list("pk", flat=True)[:MOST_REPOSITORIES])
        return queryset.filter(found_in_any(ids))

    def scope_events(self, request: HttpRequest, events: QuerySet[Model]) -> QuerySet[Model]:
        # The history of a common pattern names all repositories in which it was ever found.
        return visible_to(request.user, events, "repository")

    def has_feedback_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may use the dialogs; the service asks for a role, too."""
        return has_permission(request.user, "add", PatternFeedback)

    # -- the page ----
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        pattern: TaskPattern | None = context.get("original")
        if pattern is not None:
            after = as_uuid(request.GET.get("after", ""))
            context["page"] = PatternPage(pattern, request.user, after)
            context["after"] = after
            context["title"] = in_words(pattern)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Steps")
    def readable_sequence(self, pattern: TaskPattern) -> SafeString:
        return json_block(pattern.task_sequence)

    # -- the list ----
    @admin.display(description="Sequence")
    def list_steps(self, pattern: TaskPattern) -> SafeString:
        shown = title(in_words(pattern), 90)
        if pattern.retired_at is not None:
            return format_html("{} {}", shown, RETIRED)
        return shown

    @admin.display(description="Type")
    def list_type(self, pattern: TaskPattern) -> str:
        return str(pattern.get_pattern_type_display())

    @admin.display(description="Mined in")
    def list_scope(self, pattern: TaskPattern) -> str:
        return "all" if pattern.repository is None else pattern.repository.name

    @admin.display(description="Streams")
    def list_support(self, pattern: TaskPattern) -> SafeString:
        return _named("streams", f"{pattern.support:,} of {pattern.stream_count:,}")

    @admin.display(description="Success (95 %)")
    def list_success(self, pattern: TaskPattern) -> SafeString:
        return _named("success", interval(pattern))

    @admin.display(description="Lift")
    def list_lift(self, pattern: TaskPattern) -> SafeString:
        return _named("lift", number(pattern.lift))

    @admin.display(description="Corrected p")
    def list_corrected_p(self, pattern: TaskPattern) -> SafeString:
        return _named("corrected p", number(pattern.q_value, 3))

    @admin.display(description="Last seen")
    def list_last_seen(self, pattern: TaskPattern) -> SafeString:
        seen = pattern.last_seen_at
        if seen is None:
            return dash()
        exact = seen.strftime("%Y-%m-%d %H:%M")
        return format_html('<time class="th-nowrap" title="{}">{}</time>', exact, ago(seen))


def _named(name: str, figure: str) -> SafeString:
    """A figure; on a phone, where no column says it, with its name."""
    shown = '<span class="th-nowrap"><span class="th-phone">{} </span>{}</span>'
    return format_html(shown, name, figure)

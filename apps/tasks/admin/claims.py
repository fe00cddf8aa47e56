"""Claims: who holds which task, since when, until when. What ends one stands in its history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter, TextFilter

from apps.audit.admin import EventAdmin, RecordAdmin
from apps.audit.events import record_of
from apps.core.admin import RelatedFilter
from apps.core.admin.base import page_name
from apps.core.admin.display import ago, dash, link, related, state, title
from apps.core.admin.display import change_url as url_of
from apps.repositories.admin.scope import visible_to
from apps.repositories.choices import MemberRole
from apps.repositories.models import RepositoryMember
from apps.tasks.models import Task, TaskClaim, TaskClaimEvent
from apps.tasks.querysets import WIDE_COLUMNS

from .holding import TAKING, HoldingMixin, expiry, has_expired, moment

NEWEST = 20_000
DIALOGS = tuple(f"tasks_taskclaim_{name}" for name in TAKING)


class LeaseFilter(RadioFilter):
    """Claims that hold their task, or those whose lease has expired."""

    title = "lease"
    parameter_name = "lease"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("present", "Present"), ("expired", "Expired")]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Model]:
        match self.value():
            case "present":
                return queryset.present()
            case "expired":
                return queryset.expired()
        found: QuerySet[Model] = queryset
        return found


class HolderFilter(TextFilter):
    """By the exact name of the holder, among the newest claims: no index knows it."""

    title = f"holder (newest {NEWEST:,})"
    parameter_name = "holder"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = (self.value() or "").strip()
        if not value:
            return queryset
        ids = TaskClaim.objects.order_by("-pk").values_list("pk", flat=True)
        for oldest in ids[NEWEST : NEWEST + 1]:
            queryset = queryset.filter(pk__gt=oldest)
        return queryset.filter(holder=value)


@admin.register(TaskClaim)
class TaskClaimAdmin(HoldingMixin, RecordAdmin):
    """Who holds what. Nothing is edited here: work is taken away or handed over."""

    list_display = (
        "list_holder",
        "list_task",
        "repository",
        "list_since",
        "list_heard",
        "list_expires",
        "list_buttons",
    )
    list_display_links = ("list_holder",)
    list_filter = (("repository", RelatedFilter), LeaseFilter, HolderFilter)
    list_select_related = ("repository", "task")
    list_defer = tuple(f"task__{name}" for name in (*WIDE_COLUMNS, "acceptance_criteria"))
    actions_detail = TAKING
    readonly_fields = (
        "task_link",
        "login",
        "since",
        "heard",
        "expires",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "task_link",
                    ("holder", "login"),
                    ("repository", "fence"),
                    ("since", "heard"),
                    "expires",
                )
            },
        ),
        (
            "Record",
            {"classes": ("collapse",), "fields": ("id", ("created_at", "updated_at"), "version")},
        ),
    )

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Also a claim that has ended, for its dialogs: they answer in words, and keep what was
        typed."""
        found = super().get_object(request, object_id, from_field)
        if found is None and page_name(request) in DIALOGS:
            newest = self._newest_event(request, unquote(object_id))
            found = None if newest is None else record_of(newest)
        return found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: Any = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None)
        if context and "cl" in context and self.has_take_permission(request):
            rows = list(context["cl"].result_list)
            maintained = _maintained(request.user, {row.repository_id for row in rows})
            for row in rows:
                row.may_take = (
                    row.repository_id in maintained and not row.repository.is_archived
                ) and row.task.deleted_at is None
        return response

    # -- what is shown ----
    def summary(self, record: TaskClaim) -> Sequence[Any]:
        return (
            _state(record),
            record.repository.name,
            format_html("held by <strong>{}</strong>", record.holder),
            f"fence {record.fence}",
        )

    @admin.display(description="Holder")
    def list_holder(self, claim: TaskClaim) -> SafeString:
        return title(claim.holder, 28)

    @admin.display(description="Task")
    def list_task(self, claim: TaskClaim) -> SafeString:
        shown = link(url_of(claim.task), title(claim.task.content, 44))
        return shown if claim.task.deleted_at is None else related(claim.task)

    @admin.display(description="Task")
    def task_link(self, claim: TaskClaim) -> SafeString:
        return related(claim.task)

    @admin.display(description="Login")
    def login(self, claim: TaskClaim) -> str:
        return claim.actor.get_username() if claim.actor else dash()

    @admin.display(description="Since")
    def list_since(self, claim: TaskClaim) -> SafeString:
        return _when("claimed", ago(claim.created_at), claim.created_at)

    @admin.display(description="Last heard of")
    def list_heard(self, claim: TaskClaim) -> SafeString:
        return _when("heard of", ago(claim.renewed_at), claim.renewed_at)

    @admin.display(description="Expires")
    def list_expires(self, claim: TaskClaim) -> SafeString:
        if has_expired(claim):
            return format_html("{} {}", _state(claim), "returns by itself")
        return _when("expires", expiry(claim), claim.expires_at)

    @admin.display(description="")
    def list_buttons(self, claim: TaskClaim) -> SafeString:
        if not getattr(claim, "may_take", False):
            return SafeString("")
        return render_to_string("console/claim_buttons.html", {"claim": claim})

    @admin.display(description="Since")
    def since(self, claim: TaskClaim) -> str:
        return f"{moment(claim.created_at)}, {ago(claim.created_at)}"

    @admin.display(description="Last heard of")
    def heard(self, claim: TaskClaim) -> str:
        return f"{moment(claim.renewed_at)}, {ago(claim.renewed_at)}"

    @admin.display(description="Expires")
    def expires(self, claim: TaskClaim) -> str:
        return f"{moment(claim.expires_at)}, {expiry(claim)}"


@admin.register(TaskClaimEvent)
class TaskClaimEventAdmin(EventAdmin):
    """Who took work, and how each claim ended."""

    title_field = "holder"
    list_display = ("at", "verb", "record", "list_task", "repository", "who", "through", "why")
    list_select_related = ("repository",)

    @admin.display(description="Task")
    def list_task(self, event: Any) -> SafeString:
        # Without its words: events outlive their task, and a join would leave them out then.
        return link(url_of(Task(pk=event.task_id)), "The task")


def _maintained(user: Any, repositories: set[Any]) -> set[Any]:
    """Those of the repositories that the person maintains: one query for a page."""
    if user.is_superuser:
        return repositories
    roles = [role for role in MemberRole if role.includes(MemberRole.MAINTAINER)]
    rows = RepositoryMember.objects.filter(user=user, role__in=roles, repository__in=repositories)
    return set(rows.values_list("repository_id", flat=True))


def _state(claim: TaskClaim) -> SafeString:
    return state("expired", "Expired") if has_expired(claim) else state("in_progress", "Held")


def _when(verb: str, words: str, exactly: Any) -> SafeString:
    """A time of a list; the verb is for phones, where no heading stands above it."""
    return format_html(
        '<span class="th-nowrap" title="{}"><span class="th-phone">{} </span>{}</span>',
        moment(exactly),
        verb,
        words,
    )

"""Repositories and who may do what in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from apps.audit.admin import EventAdmin, RecordAdmin
from apps.core.admin import RelatedFilter, record_action
from apps.core.admin.display import change_url, items, link, state
from apps.repositories.choices import MemberRole
from apps.repositories.models import (
    Repository,
    RepositoryEvent,
    RepositoryMember,
    RepositoryMemberEvent,
)
from apps.repositories.services import (
    create_repository,
    remove_member,
    set_member,
    update_repository,
)

from .scope import visible_to

MEMBERS_SHOWN = 25


@admin.register(Repository)
class RepositoryAdmin(RecordAdmin):
    """Repositories: what they are called, who works in them, whether they are archived."""

    list_display = ("name", "short_description_text", "list_state", "created_at")
    list_defer = ("settings",)
    search_fields = ("name",)
    search_help_text = "Part of the name, or an id"
    palette_icon = "folder_data"
    single_line = ("name",)
    readonly_fields = ("members_list", "work", "archived_at")
    actions_detail = ("archive", "unarchive")
    fieldsets = (
        (None, {"fields": ("name", "description", "settings")}),
        ("Work and members", {"fields": ("work", "members_list")}),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": ("id", ("created_at", "updated_at"), ("version", "archived_at")),
            },
        ),
    )
    add_fieldsets = ((None, {"fields": ("name", "description", "settings")}),)

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset)

    def scope_events(self, request: HttpRequest, events: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, events, "pgh_obj")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [] if obj is None else ["name"]
        return [*super().get_readonly_fields(request, obj), *fixed]

    def create_object(self, request: HttpRequest, form: Any) -> Repository:
        given = form.cleaned_data
        return create_repository(
            actor=request.user,  # type: ignore[arg-type]
            name=given["name"],
            description=given["description"],
            settings=given["settings"],
        )

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> Repository:
        return update_repository(
            actor=request.user,  # type: ignore[arg-type]
            repository=obj,
            changes=self.changed_values(form),
            expected_version=self.seen_version(form),
        )

    @admin.display(description="Description")
    def short_description_text(self, repository: Repository) -> str:
        return repository.description[:100]

    @admin.display(description="State")
    def list_state(self, repository: Repository) -> SafeString:
        archived = repository.is_archived
        return state("archived", "Archived") if archived else state("active", "Active")

    def summary(self, record: Repository) -> Sequence[Any]:
        return (self.list_state(record), f"version {record.version}")

    @admin.display(description="Work")
    def work(self, repository: Repository) -> SafeString:
        pages = (("tasks_task", "Tasks"), ("prds_prd", "PRDs"))
        parts = [
            link(
                f"{reverse(f'admin:{name}_changelist')}?repository__id__exact={repository.pk}", text
            )
            for name, text in pages
        ]
        parts.append(
            link(f"{reverse('admin:queue')}?{urlencode({'repository': repository.name})}", "Queue")
        )
        deleted = f"{reverse('admin:deletions')}?repository={repository.pk}"
        flow = f"{reverse('admin:flow')}?repository={repository.pk}"
        return items([*parts, link(flow, "Flow"), link(deleted, "Deleted")])

    @admin.display(description="Members")
    def members_list(self, repository: Repository) -> SafeString:
        members = RepositoryMember.objects.filter(repository=repository).select_related("user")
        found = list(members.order_by("id")[: MEMBERS_SHOWN + 1])
        parts: list[Any] = [
            format_html("{} {}", link(change_url(m), m.user), m.get_role_display().lower())
            for m in found[:MEMBERS_SHOWN]
        ]
        query = f"repository__id__exact={repository.pk}"
        if len(found) > MEMBERS_SHOWN:
            url = reverse("admin:repositories_repositorymember_changelist")
            parts.append(link(f"{url}?{query}", "All members"))
        url = reverse("admin:repositories_repositorymember_add")
        parts.append(link(f"{url}?repository={repository.pk}", "Add a member"))
        return items(parts)

    def allows(self, record: Repository, action: str) -> bool:
        return action == ("unarchive" if record.is_archived else "archive")

    @record_action(
        label="Archive…",
        icon="archive",
        title="Archive this repository?",
        text="It can still be read; nothing in it can be changed until it is taken out again.",
        submit="Archive",
    )
    def archive(self, request: HttpRequest, repository: Any, form: Any) -> str:
        update_repository(
            actor=request.user,  # type: ignore[arg-type]
            repository=repository,
            changes={"archived": True},
        )
        return f"{repository.name} is archived now."

    @record_action(
        label="Take out of the archive…",
        icon="unarchive",
        title="Take this repository out of the archive?",
        text="It can be changed again.",
        submit="Take it out",
    )
    def unarchive(self, request: HttpRequest, repository: Any, form: Any) -> str:
        update_repository(
            actor=request.user,  # type: ignore[arg-type]
            repository=repository,
            changes={"archived": False},
        )
        return f"{repository.name} can be changed again."


@admin.register(RepositoryMember)
class RepositoryMemberAdmin(RecordAdmin):
    """One user's role in one repository."""

    list_display = ("user", "repository", "role", "created_at")
    list_filter = (
        ("repository", RelatedFilter),
        ("user", RelatedFilter),
        ("role", ChoicesRadioFilter),
    )
    list_select_related = ("user", "repository")
    autocomplete_fields = ("user", "repository")
    actions_detail = ("remove",)
    fieldsets = ((None, {"fields": (("user", "repository"), "role", "created_at")}),)
    add_fieldsets = ((None, {"fields": (("user", "repository"), "role")}),)

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = [] if obj is None else ["user", "repository"]
        return [*super().get_readonly_fields(request, obj), *fixed]

    def create_object(self, request: HttpRequest, form: Any) -> RepositoryMember:
        given = form.cleaned_data
        return set_member(
            actor=request.user,  # type: ignore[arg-type]
            repository=given["repository"],
            user=given["user"],
            role=MemberRole(given["role"]),
        )

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> RepositoryMember:
        return set_member(
            actor=request.user,  # type: ignore[arg-type]
            repository=obj.repository,
            user=obj.user,
            role=MemberRole(form.cleaned_data["role"]),
        )

    @record_action(
        label="Remove…",
        icon="person_remove",
        title="Remove this member?",
        text="The person keeps the account and loses the role in this repository.",
        submit="Remove",
        danger=True,
        leaves_record=True,
    )
    def remove(self, request: HttpRequest, member: Any, form: Any) -> str:
        said = f"{member.user} is no member of {member.repository} any more."
        remove_member(actor=request.user, member=member)  # type: ignore[arg-type]
        return said


admin.site.register(RepositoryEvent, EventAdmin, title_field="name")
admin.site.register(
    RepositoryMemberEvent,
    EventAdmin,
    title_field="user",
    list_display=("at", "verb", "record", "repository", "role", "who", "through", "why"),
    list_select_related=("user", "repository"),
)

"""API tokens: issued once, shown once, revoked for good. The digest is never shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from apps.accounts.choices import TokenScope
from apps.accounts.models import ApiToken, ApiTokenEvent
from apps.accounts.services import revoke_token
from apps.audit.admin import EventAdmin, RecordAdmin
from apps.core.admin import ConsoleForm, RelatedFilter, record_action
from apps.core.admin.display import items, state
from apps.core.admin.widgets import RelatedSelectMultiple
from apps.core.errors import DomainError, ErrorCode
from apps.repositories.models import Repository, TokenRepository
from apps.repositories.services import issue_repository_token

REPOSITORIES_SHOWN = 25


class IssueTokenForm(ConsoleForm):
    """What is fixed when a token is issued. The admin sets `in_sight`, request by request."""

    in_sight: ClassVar[Any] = Repository.objects.none()

    days = forms.IntegerField(
        required=False,
        initial=90,
        label="Valid for days",
        help_text="1 to 3650; empty: it never expires.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    repositories: Any = forms.ModelMultipleChoiceField(
        queryset=Repository.objects.none(),
        required=False,
        help_text="The token opens only these; none: all that its user may see.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("repositories")
        if isinstance(field, forms.ModelMultipleChoiceField):
            relation: Any = TokenRepository._meta.get_field("repository")
            field.widget = RelatedSelectMultiple(relation, admin.site)
            field.queryset = self.in_sight


@admin.register(ApiToken)
class ApiTokenAdmin(RecordAdmin):
    """Keys for programs."""

    list_display = (
        "name",
        "prefix",
        "user",
        "list_scope",
        "list_state",
        "expires_at",
        "last_used_at",
    )
    list_filter = (("user", RelatedFilter), ("scope", ChoicesRadioFilter))
    list_select_related = ("user",)
    list_defer = ("digest",)
    search_fields = ("name", "prefix")
    search_help_text = "Part of the name or of the first characters"
    autocomplete_fields = ("user",)
    single_line = ("name",)
    readonly_fields = ("prefix", "opens", "revoked_at", "last_used_at", "expires_at")
    actions_detail = ("revoke",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "prefix"),
                    ("user", "scope"),
                    "opens",
                    ("created_at", "expires_at"),
                    ("last_used_at", "revoked_at"),
                )
            },
        ),
    )
    add_fieldsets = ((None, {"fields": ("name", ("user", "scope"), "days", "repositories")}),)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = IssueTokenForm
        form = super().get_form(request, obj, change=change, **kwargs)
        form.in_sight = self.in_sight(request, Repository)
        return form

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """One's own: who could revoke another person's token could lock out their programs."""
        return queryset if request.user.is_superuser else queryset.filter(user=request.user)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"user": request.user.pk, **super().get_changeform_initial_data(request)}

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Revoking is what changing means for a token."""
        return bool(request.user.has_perm("accounts.change_apitoken"))

    def create_object(self, request: HttpRequest, form: Any) -> ApiToken:
        given = form.cleaned_data
        if given["user"] != request.user and not request.user.is_superuser:
            raise DomainError(
                ErrorCode.PERMISSION_DENIED, "Only a superuser issues tokens for other people."
            )
        issued = issue_repository_token(
            user=given["user"],
            scope=TokenScope(given["scope"]),
            name=given["name"],
            repositories=given["repositories"],
            days=given["days"],
        )
        issued.record._secret = issued.secret  # type: ignore[attr-defined]  # for the next page only
        return issued.record

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save: the service has bound the repositories."""

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token, this once: no redirect, no message, nothing that keeps it."""
        context = {
            **self.admin_site.each_context(request),
            "title": "New API token",
            "opts": self.opts,
            "token": obj,
            "secret": obj._secret,
            "has_view_permission": True,
        }
        response = TemplateResponse(request, "console/token_issued.html", context)
        response.headers["Cache-Control"] = "no-store"
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        context["show_save_and_continue"] = False  # the next page shows the token
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="Scope")
    def list_scope(self, token: ApiToken) -> str:
        return token.get_scope_display()

    @admin.display(description="State")
    def list_state(self, token: ApiToken) -> SafeString:
        if token.revoked_at is not None:
            return state("revoked", "Revoked")
        usable = token.is_usable(timezone.now())
        return state("active", "Active") if usable else state("expired", "Expired")

    def summary(self, record: ApiToken) -> Sequence[Any]:
        return (self.list_state(record), format_html("<code>{}…</code>", record.prefix))

    @admin.display(description="Opens")
    def opens(self, token: ApiToken) -> SafeString:
        links = TokenRepository.objects.filter(token=token).select_related("repository")
        names = [row.repository.name for row in links.order_by("id")[:REPOSITORIES_SHOWN]]
        return items(names or ["All repositories that its user may see"])

    def allows(self, record: ApiToken, action: str) -> bool:
        return record.revoked_at is None

    @record_action(
        label="Revoke…",
        icon="key_off",
        title="Revoke this token?",
        text="Programs that use it are locked out at once, for good.",
        submit="Revoke",
        permission="revoke",
        danger=True,
    )
    def revoke(self, request: HttpRequest, token: Any, form: Any) -> str:
        revoke_token(token=token)
        return f"The token {token.name} is revoked."


admin.site.register(ApiTokenEvent, EventAdmin, title_field="name")

"""Users in the console."""

from __future__ import annotations

from copy import copy
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.audit.admin import EventAdmin, RecordAdmin
from apps.core.admin import ConsoleFormMixin
from apps.core.errors import DomainError

from .models import User, UserEvent
from .services import create_user, has_more_rights, set_password, update_user

# Typed as a plain ModelAdmin's, its attributes contradict Unfold's untyped ones.
BaseUserAdmin: Any = DjangoUserAdmin


class EditUserForm(ConsoleFormMixin, UserChangeForm):
    """An account, without its password."""


class AddUserForm(ConsoleFormMixin, UserCreationForm):
    """A new account with its first password."""

    @property
    def first_password(self) -> str | None:
        """What was typed; None for an account that no password opens."""
        given: str | None = self.cleaned_data.get("password1")
        return given if self.cleaned_data.get("set_usable_password", True) else None


class PasswordForm(AdminPasswordChangeForm):
    """Another person's password, written by the service."""

    user: User

    def __init__(self, *args: Any, actor: Any, **kwargs: Any) -> None:
        self.actor = actor
        super().__init__(*args, **kwargs)

    def save(self, commit: bool = True) -> User:
        usable = self.cleaned_data["set_usable_password"]
        password = self.cleaned_data["password1"] if usable else None
        self.user = set_password(actor=self.actor, user=self.user, password=password)
        return self.user


@admin.register(User)
class UserAdmin(BaseUserAdmin, RecordAdmin):
    """People who may log in. An account is switched off, never deleted: history names it."""

    form = EditUserForm
    add_form = AddUserForm
    change_password_form = PasswordForm
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "is_active")
    list_filter = (
        ("is_active", BooleanRadioFilter),
        ("is_staff", BooleanRadioFilter),
        ("is_superuser", BooleanRadioFilter),
    )
    ordering = ("username",)
    keyset = "username"
    search_fields = ("username", "first_name", "last_name", "email")
    search_help_text = "Part of a name or address, or an id"
    palette_icon = "person"
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined", "password_changed_at")
    fieldsets = (
        (
            None,
            {"fields": ("username", "password", ("first_name", "last_name"), "email")},
        ),
        ("Rights", {"fields": (("is_active", "is_staff"), "is_superuser", "user_permissions")}),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("last_login", "date_joined"),
                    "password_changed_at",
                    ("updated_at", "version"),
                ),
            },
        ),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "email", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = list(super().get_readonly_fields(request, obj))
        if not request.user.is_superuser:  # nobody hands out more than they have
            names += ["is_superuser", "is_staff", "user_permissions"]
        return names

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = super().has_change_permission(request, obj)
        if not allowed or not isinstance(obj, User):
            return bool(allowed)
        return not has_more_rights(obj, than=request.user)  # type: ignore[arg-type]

    def create_object(self, request: HttpRequest, form: Any) -> Model:
        values = {name: form.cleaned_data[name] for name in ("username", "email")}
        return create_user(actor=request.user, values=values, password=form.first_password)  # type: ignore[arg-type]

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> Model:
        return update_user(
            actor=request.user,  # type: ignore[arg-type]
            user=obj,
            changes=self.changed_values(form),
            expected_version=self.seen_version(form),
        )

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Nothing is left to save: the service has set the permissions."""

    @method_decorator(sensitive_post_parameters())
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        """As the framework's, with a form that writes through the service, as this person."""
        page: Any = copy(self)  # the admin itself serves every thread
        page.change_password_form = partial(PasswordForm, actor=request.user)
        try:
            response: HttpResponse = super(UserAdmin, page).user_change_password(
                request, id, form_url
            )
        except DomainError as error:
            raise PermissionDenied(error.detail) from error
        return response


admin.site.register(UserEvent, EventAdmin, title_field="username")

"""Users in the console."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.db.models import Model
from django.http import HttpRequest
from unfold.contrib.filters.admin import BooleanRadioFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from apps.core.admin import ConsoleAdmin, ConsoleFormMixin

from .models import User

# Typed as a plain ModelAdmin's, its attributes contradict Unfold's untyped ones.
BaseUserAdmin: Any = DjangoUserAdmin


class EditUserForm(ConsoleFormMixin, UserChangeForm):
    """An account, without its password."""


class AddUserForm(ConsoleFormMixin, UserCreationForm):
    """A new account with its first password."""


@admin.register(User)
class UserAdmin(BaseUserAdmin, ConsoleAdmin):
    """People who may log in. An account is switched off, never deleted: history names it."""

    form = EditUserForm
    add_form = AddUserForm
    change_password_form = AdminPasswordChangeForm
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
    readonly_fields = ("last_login", "date_joined")
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
                "fields": ("id", ("last_login", "date_joined"), ("updated_at", "version")),
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

    def create_object(self, request: HttpRequest, form: Any) -> Model:
        return self._save(form)

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> Model:
        return self._save(form)

    def _save(self, form: Any) -> Model:
        user: User = form.instance
        user.save()
        user.refresh_from_db()
        return user

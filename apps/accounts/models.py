"""Users and API tokens. A token's secret is never stored, only its digest."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from apps.audit.tracking import Link, track
from apps.core.fields import created_at_field, id_field, updated_at_field, version_field
from apps.core.models import (
    WRITE,
    Record,
    choice_constraint,
    length_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.querysets import all_manager
from apps.core.triggers import record_triggers

from .choices import TokenScope
from .querysets import ApiTokenQuerySet
from .triggers import user_triggers


class User(AbstractUser):
    """A person or a program that acts in TaskHub."""

    id = id_field()
    created_at = created_at_field()
    updated_at = updated_at_field()
    version = version_field()

    password_changed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When the password was last changed, set by trigger; empty if it never was.",
    )

    objects: ClassVar[Any] = UserManager()

    app_privileges = WRITE

    class Meta:
        db_table = "users"
        ordering = ("username",)
        constraints = [
            *record_constraints("users"),
            time_constraint("users", "date_joined"),
            time_constraint("users", "last_login"),
            time_constraint("users", "password_changed_at"),
        ]
        triggers = user_triggers()


class ApiToken(Record):
    """A key for programs: scope, expiry and repositories are fixed when it is issued."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens")
    name = models.TextField(help_text="What the token is for.")
    prefix = models.TextField(editable=False, help_text="The token's first characters.")
    digest = models.BinaryField(unique=True, editable=False, help_text="SHA-256 of the token.")
    scope = models.TextField(
        choices=TokenScope.choices, default=TokenScope.READ, db_default=TokenScope.READ
    )
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[Any] = all_manager(ApiTokenQuerySet)

    class Meta:
        db_table = "api_tokens"
        verbose_name = "API token"
        constraints = [
            *record_constraints("api_tokens"),
            length_constraint("api_tokens", "name", 255, minimum=1),
            choice_constraint("api_tokens", "scope", TokenScope),
            time_constraint("api_tokens", "expires_at"),
            time_constraint("api_tokens", "revoked_at"),
            time_constraint("api_tokens", "last_used_at"),
        ]
        triggers = record_triggers(
            immutable=["id", "user", "digest", "prefix", "scope", "expires_at"],
            untouched_by=["last_used_at"],
        )

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"

    def is_usable(self, now: datetime) -> bool:
        """Whether the token opens anything at `now`: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class UserPermission(User.user_permissions.through):  # type: ignore[name-defined]
    """A right given to a user: the join row as a model, so that it has a history."""

    class Meta:
        proxy = True
        verbose_name = "user permission"


UserPermissionEvent: Any = track(
    UserPermission, links=[Link("user_permissions", of="user", to="permission")]
)
UserEvent: Any = track(User, exclude=["password", "last_login"])
ApiTokenEvent: Any = track(ApiToken, listed_by=["user"], exclude=["digest", "last_used_at"])

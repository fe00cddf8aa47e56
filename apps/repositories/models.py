"""A repository is TaskHub's tenant: every other record belongs to one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from apps.accounts.models import ApiToken
from apps.audit.tracking import Link, track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    WRITE_AND_DELETE,
    Record,
    choice_constraint,
    length_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.querysets import all_manager
from apps.core.triggers import record_triggers

from .choices import ActualMinutes, CancelledBlockers, ClosingWithOpenWork, MemberRole

NAME_PATTERN = r"^[a-zA-Z0-9._/-]+$"
NAME_LENGTH = 255
NAME_RULE = "A repository's name has 1 to 255 of the characters a-z, A-Z, 0-9, '.', '_', '/', '-'."
SETTINGS = load_schema("repositories", "settings")


class Repository(Record):
    """What a code repository is called in TaskHub, and how work in it is treated."""

    name = models.TextField(
        unique=True,
        validators=[RegexValidator(NAME_PATTERN.replace("$", r"\Z"), NAME_RULE)],
        error_messages={"unique": "A repository of this name exists already."},
    )
    description = models.TextField(blank=True, default="", db_default="")
    settings = models.JSONField(
        blank=True, default=dict, db_default=models.Value({}, models.JSONField())
    )
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[Any] = all_manager()

    class Meta:
        db_table = "repositories"
        verbose_name_plural = "repositories"
        constraints = [
            *record_constraints("repositories"),
            length_constraint("repositories", "name", NAME_LENGTH, minimum=1),
            models.CheckConstraint(
                name="repositories_name_valid",
                condition=models.Q(name__regex=NAME_PATTERN),
                violation_error_code="invalid_name",
                violation_error_message=NAME_RULE,
            ),
            length_constraint("repositories", "description", 10_000),
            time_constraint("repositories", "archived_at"),
            schema_constraint("repositories", "settings", SETTINGS),
        ]
        triggers = record_triggers()

    def __str__(self) -> str:
        return self.name

    @property
    def cancelled_blockers(self) -> CancelledBlockers:
        """What a cancelled task does to those that wait for it: by default it releases them."""
        return CancelledBlockers(self.settings.get("cancelled_blockers", "release"))

    @property
    def closing_with_open_work(self) -> ClosingWithOpenWork:
        """What closing a task with open blockers or children meets: by default a refusal."""
        return ClosingWithOpenWork(self.settings.get("closing_with_open_work", "refuse"))

    @property
    def actual_minutes(self) -> ActualMinutes:
        """Where the actual minutes of its tasks come from: by default from people and clients."""
        return ActualMinutes(self.settings.get("actual_minutes", "manual"))

    @property
    def is_archived(self) -> bool:
        """Whether the repository takes no more changes."""
        return self.archived_at is not None


class RepositoryMember(Record):
    """A user's role in a repository."""

    repository = models.ForeignKey(
        Repository, models.CASCADE, related_name="members", db_index=False
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.TextField(
        choices=MemberRole.choices,
        default=MemberRole.CONTRIBUTOR,
        db_default=MemberRole.CONTRIBUTOR,
    )

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "repository_members"
        constraints = [
            *record_constraints("repository_members"),
            models.UniqueConstraint(
                fields=["repository", "user"],
                name="repository_members_unique",
                violation_error_message="This user is a member already.",
            ),
            choice_constraint("repository_members", "role", MemberRole),
        ]
        triggers = record_triggers(immutable=["id", "repository", "user"])

    def __str__(self) -> str:
        return f"{self.user} in {self.repository}: {self.role}"


class TokenRepository(Record):
    """One repository that a token opens. A token without any opens all that its user may see."""

    token = models.ForeignKey(
        ApiToken, models.CASCADE, related_name="repository_links", db_index=False
    )
    # Not CASCADE: a token whose last repository went would open all that its user may see.
    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="+")

    class Meta:
        db_table = "token_repositories"
        verbose_name_plural = "token repositories"
        constraints = [
            *record_constraints("token_repositories"),
            models.UniqueConstraint(
                fields=["token", "repository"], name="token_repositories_unique"
            ),
        ]
        triggers = record_triggers(immutable=["id", "token", "repository"])

    def __str__(self) -> str:
        return f"{self.token} → {self.repository}"


RepositoryEvent: Any = track(Repository)
RepositoryMemberEvent: Any = track(
    RepositoryMember, links=[Link("members", of="repository", to="user", shows=("role",))]
)
TokenRepositoryEvent: Any = track(
    TokenRepository, links=[Link("repositories", of="token", to="repository")]
)

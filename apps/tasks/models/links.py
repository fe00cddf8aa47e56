"""What stands beside tasks: dependencies, the keys of imports, claims."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.audit.tracking import Link, track
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
from apps.repositories.models import Repository
from apps.tasks.choices import DependencyKind
from apps.tasks.querysets import TaskClaimQuerySet
from apps.tasks.triggers import SameRepository, dependency_triggers

from .task import Task

LONGEST_LEASE = timedelta(hours=24)


class NextFence(models.Func):
    """The next number of the sequence that orders all claims."""

    template = "nextval('task_claims_fence')"
    output_field: Any = models.BigIntegerField()


class TaskDependency(Record):
    """One task depends on another."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="dependency_links", db_index=False)
    depends_on = models.ForeignKey(Task, models.CASCADE, related_name="dependent_links")
    kind = models.TextField(
        choices=DependencyKind.choices,
        default=DependencyKind.BLOCKS,
        db_default=DependencyKind.BLOCKS,
    )

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "task_dependencies"
        verbose_name_plural = "task dependencies"
        constraints = [
            *record_constraints("task_dependencies"),
            models.UniqueConstraint(
                fields=["task", "depends_on"],
                name="task_dependencies_unique",
                violation_error_message="The task depends on this one already.",
            ),
            models.CheckConstraint(
                name="task_dependencies_not_self",
                condition=~models.Q(task=models.F("depends_on")),
                violation_error_code="self_dependency",
                violation_error_message="A task cannot depend on itself.",
            ),
            choice_constraint("task_dependencies", "kind", DependencyKind),
        ]
        triggers = dependency_triggers()

    def __str__(self) -> str:
        return f"{self.task_id} → {self.depends_on_id} ({self.kind})"


class TaskExternalKey(Record):
    """The key under which an import knows a task, unique in its repository.

    A table beside tasks: a unique index of a partitioned table would have to contain its id.
    """

    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="+", db_index=False)
    task = models.OneToOneField(Task, models.CASCADE, related_name="external_key")
    key = models.TextField()

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "task_external_keys"
        constraints = [
            *record_constraints("task_external_keys"),
            models.UniqueConstraint(
                fields=["repository", "key"],
                name="task_external_keys_unique",
                violation_error_message="The repository has a task of this external key already.",
            ),
            length_constraint("task_external_keys", "key", 255, minimum=1),
        ]
        triggers = [
            *record_triggers(immutable=["id", "repository", "task", "key"]),
            SameRepository(field="task"),
        ]

    def __str__(self) -> str:
        return self.key


class TaskClaim(Record):
    """Who works on a task, until when: a lease, so that work is handed out once.

    A table of its own: to take, keep or leave work changes nothing of the task itself. A claim
    that has expired holds nothing, whether its row is still there or not. One row is one holder's
    claim: the next one's is another row, with a greater fence.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, related_name="claims", db_index=False
    )
    task = models.OneToOneField(Task, models.CASCADE, related_name="claim")
    holder = models.TextField(help_text="Who works on it, by a name of their own.")
    actor = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Whose login claimed it.",
    )
    fence = models.BigIntegerField(
        db_default=NextFence(),
        editable=False,
        help_text="Grows with every claim: a write under an older one comes too late.",
    )
    renewed_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="When the holder was last heard of."
    )
    expires_at = models.DateTimeField()

    objects: ClassVar[Any] = all_manager(TaskClaimQuerySet)

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "task_claims"
        constraints = [
            *record_constraints("task_claims"),
            length_constraint("task_claims", "holder", 255, minimum=1),
            time_constraint("task_claims", "renewed_at"),
            time_constraint("task_claims", "expires_at"),
            models.CheckConstraint(
                name="task_claims_lease",
                condition=models.Q(
                    expires_at__gt=models.F("renewed_at"),
                    expires_at__lte=models.F("renewed_at") + LONGEST_LEASE,
                ),
                violation_error_message="A lease lasts more than nothing and at most a day.",
            ),
            models.UniqueConstraint(fields=["fence"], name="task_claims_fence_unique"),
        ]
        indexes = [
            models.Index(fields=["repository", "expires_at"], name="task_claims_repository_expiry"),
            models.Index(fields=["expires_at"], name="task_claims_expiry"),
        ]
        triggers = [
            *record_triggers(
                immutable=["id", "repository", "task", "holder", "fence"],
                untouched_by=["renewed_at", "expires_at"],
            ),
            SameRepository(field="task"),
        ]

    def __str__(self) -> str:
        return f"{self.holder} on {self.task_id}"


TaskDependencyEvent: Any = track(
    TaskDependency,
    links=[
        Link("dependencies", of="task", to="depends_on", shows=("kind",)),
        Link("blocks", of="depends_on", to="task", shows=("kind",)),
    ],
)
TaskExternalKeyEvent: Any = track(
    TaskExternalKey, links=[Link("external_key", of="task", to="key")]
)
# Without the times of the lease, so that a heartbeat is no event: a claim and its end are.
TaskClaimEvent: Any = track(
    TaskClaim, exclude=["renewed_at", "expires_at"], listed_by=["repository"]
)

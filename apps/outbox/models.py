"""One row for each entity that has changed and whose handler has not run since."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from apps.core.models import length_constraint, time_constraint

from .querysets import OutboxQuerySet

LONGEST_KIND = 50
LONGEST_ERROR = 2000


class NextSequence(models.Func):
    """`nextval('outbox_sequence')`: each change of an entity gives its entry a new number."""

    template = "nextval('outbox_sequence'::regclass)"
    output_field: Any = models.BigIntegerField()


class OutboxEntry(models.Model):
    """An entity that has changed. Triggers write it (`outbox.triggers`), workers delete it.

    An entity has one entry of a kind however often it changes; a change gives it a new `sequence`,
    so that a worker who handled the state before cannot acknowledge the one after.
    """

    sequence = models.BigIntegerField(primary_key=True, db_default=NextSequence(), editable=False)
    kind = models.TextField(editable=False)
    entity_id = models.UUIDField(editable=False)
    queued_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="Since when the entity waits."
    )
    available_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="Not handled (again) before."
    )
    attempts = models.IntegerField(default=0, db_default=0, editable=False)
    last_error = models.TextField(blank=True, default="", db_default="", editable=False)
    dead_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[Any] = OutboxQuerySet.as_manager()

    # No INSERT and no right on the sequence: rows come from triggers with the owner's rights.
    app_privileges = frozenset({"SELECT", "UPDATE", "DELETE"})

    class Meta:
        db_table = "outbox"
        verbose_name = "outbox entry"
        verbose_name_plural = "outbox entries"
        constraints = [
            models.UniqueConstraint(fields=["kind", "entity_id"], name="outbox_entity_unique"),
            length_constraint("outbox", "kind", LONGEST_KIND, minimum=1),
            length_constraint("outbox", "last_error", LONGEST_ERROR),
            time_constraint("outbox", "queued_at"),
            time_constraint("outbox", "available_at"),
            time_constraint("outbox", "dead_at"),
            models.CheckConstraint(
                name="outbox_attempts_valid", condition=models.Q(attempts__gte=0)
            ),
            models.CheckConstraint(
                name="outbox_dead_says_why",
                condition=models.Q(dead_at__isnull=True) | ~models.Q(last_error=""),
            ),
        ]
        indexes = [
            # Two, because a claim takes many entries that nobody has tried, or one that somebody
            # has; and by kind, so that one kind's backlog is in no other's way.
            models.Index(
                fields=["kind", "available_at", "sequence"],
                name="outbox_fresh",
                condition=models.Q(dead_at__isnull=True, attempts=0),
            ),
            models.Index(
                fields=["kind", "available_at", "sequence"],
                name="outbox_tried",
                condition=models.Q(dead_at__isnull=True, attempts__gt=0),
            ),
            models.Index(
                fields=["sequence"], name="outbox_dead", condition=models.Q(dead_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.entity_id}"

    @property
    def is_dead(self) -> bool:
        """Whether workers have given it up."""
        return self.dead_at is not None

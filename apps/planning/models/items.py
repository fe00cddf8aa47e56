"""What the last merged text of a PRD said of each of its items: the base of the next merge."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.audit.tracking import track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    Record,
    choice_constraint,
    length_constraint,
    record_constraints,
)
from apps.planning.choices import ItemState
from apps.planning.triggers import item_triggers
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task

LONGEST_KEY = 255
LONGEST_TITLE = 1000
PATH = load_schema("planning", "item_path")
BASE = load_schema("planning", "item_base")


class PRDItem(Record):
    """One item of a PRD as its last merged text had it, and the task that stands for it.

    `base` holds the task's values as the text gave them, so that a later merge can tell what the
    document changed from what people changed. An item without a task was rejected, or its task was
    purged. A retired one is kept: its section may come back.
    """

    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="+", db_index=False)
    prd = models.ForeignKey(PRD, models.CASCADE, related_name="items", db_index=False)
    task = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="prd_items", db_index=False
    )
    state = models.TextField(
        choices=ItemState.choices, default=ItemState.LINKED, db_default=ItemState.LINKED
    )
    key = models.TextField(help_text="Its name within the document.")
    external_key = models.TextField(
        blank=True, default="", db_default="", help_text="Its id in the document, if it has one."
    )
    title = models.TextField()
    path = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    base = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    revision = models.IntegerField(help_text="Of the text that was merged last with this item.")

    class Meta:
        db_table = "prd_items"
        verbose_name = "PRD item"
        constraints = [
            *record_constraints("prd_items"),
            models.UniqueConstraint(
                fields=["prd", "key"],
                name="prd_items_key_unique",
                condition=~models.Q(state=ItemState.RETIRED),
            ),
            models.UniqueConstraint(
                fields=["task"],
                name="prd_items_task_unique",
                condition=models.Q(task__isnull=False),
            ),
            choice_constraint("prd_items", "state", ItemState),
            length_constraint("prd_items", "key", LONGEST_KEY, minimum=1),
            length_constraint("prd_items", "external_key", LONGEST_KEY),
            length_constraint("prd_items", "title", LONGEST_TITLE, minimum=1),
            schema_constraint("prd_items", "path", PATH),
            schema_constraint("prd_items", "base", BASE),
            models.CheckConstraint(
                name="prd_items_revision_valid", condition=models.Q(revision__gte=1)
            ),
        ]
        indexes = [models.Index(fields=["prd"], name="prd_items_prd")]
        triggers = item_triggers()

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


PRDItemEvent: Any = track(PRDItem, exclude=["base"])

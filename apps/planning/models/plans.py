"""A plan: what an import of a text would do to the tasks, and what reviewers say of it."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.accounts.models import User
from apps.audit.tracking import track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    WRITE_AND_DELETE,
    Record,
    choice_constraint,
    length_constraint,
    record_constraints,
    time_constraint,
)
from apps.planning.choices import Decision, EntryKind, PlanState
from apps.planning.triggers import entry_triggers, plan_triggers
from apps.prds.models import PRD, OctetLength
from apps.prds.parser import MAX_DOCUMENT_BYTES
from apps.repositories.models import Repository
from apps.tasks.models import Task

from .items import LONGEST_KEY, LONGEST_TITLE

NOTES = load_schema("planning", "plan_notes")
PINS = load_schema("planning", "plan_pins")
CANDIDATES = load_schema("planning", "entry_candidates")
FIELDS = load_schema("planning", "entry_fields")
ANSWERS = load_schema("planning", "entry_answers")


class PRDPlan(Record):
    """A text to import and what stands between it and the tasks.

    Open, it can be decided on, refreshed, applied or discarded; after that it only tells what was
    done. `prd` is null until the first import of a filename is applied.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, related_name="prd_plans", db_index=False
    )
    prd = models.ForeignKey(
        PRD, models.CASCADE, null=True, blank=True, related_name="plans", db_index=False
    )
    filename = models.TextField()
    content = models.TextField()
    generate_tasks = models.BooleanField(default=True, db_default=True)
    state = models.TextField(
        choices=PlanState.choices, default=PlanState.OPEN, db_default=PlanState.OPEN
    )
    base_revision = models.IntegerField(
        null=True, blank=True, help_text="The PRD's revision with which the text was compared."
    )
    parser_version = models.TextField(blank=True, default="", db_default="")
    notes = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    # Which item of the document stands for which earlier item or task, as reviewers have said.
    pins = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        db_table = "prd_plans"
        verbose_name = "PRD plan"
        constraints = [
            *record_constraints("prd_plans"),
            choice_constraint("prd_plans", "state", PlanState),
            length_constraint("prd_plans", "filename", 255, minimum=1),
            models.CheckConstraint(
                name="prd_plans_content_size",
                condition=models.Q(
                    models.lookups.GreaterThanOrEqual(OctetLength("content"), 1),
                    models.lookups.LessThanOrEqual(OctetLength("content"), MAX_DOCUMENT_BYTES),
                ),
                violation_error_code="too_large",
                violation_error_message="content must have 1 byte to 2 MiB.",
            ),
            schema_constraint("prd_plans", "notes", NOTES),
            schema_constraint("prd_plans", "pins", PINS),
            time_constraint("prd_plans", "decided_at"),
            time_constraint("prd_plans", "closed_at"),
            models.CheckConstraint(
                name="prd_plans_closed_at_follows_state",
                condition=models.Q(state=PlanState.OPEN, closed_at__isnull=True)
                | (~models.Q(state=PlanState.OPEN) & models.Q(closed_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="prd_plans_applied_has_prd",
                condition=~models.Q(state=PlanState.APPLIED) | models.Q(prd__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                models.F("repository"), models.F("id").desc(), name="prd_plans_repository_newest"
            ),
            models.Index(
                models.F("prd"),
                models.F("id").desc(),
                name="prd_plans_prd_newest",
                condition=models.Q(prd__isnull=False),
            ),
        ]
        triggers = plan_triggers()

    def __str__(self) -> str:
        return f"{self.filename} ({self.get_state_display()})"


class PRDPlanEntry(Record):
    """What a plan would do to one task, field by field, and what the reviewer says of it.

    `fields` is a list of {field, base, mine, theirs, result, verdict, …} (`merge.model.Change`).
    `answers` holds the reviewer's own values and choices by field.
    """

    plan = models.ForeignKey(PRDPlan, models.CASCADE, related_name="entries", db_index=False)
    position = models.IntegerField()
    kind = models.TextField(choices=EntryKind.choices)
    key = models.TextField(help_text="The item's name within the document.")
    task = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    title = models.TextField()
    first_line = models.IntegerField(null=True, blank=True)
    last_line = models.IntegerField(null=True, blank=True)
    rule = models.TextField(blank=True, default="", db_default="")
    confidence = models.TextField(blank=True, default="", db_default="")
    reason = models.TextField(blank=True, default="", db_default="")
    candidates = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    fields = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    decision = models.TextField(
        choices=Decision.choices, default=Decision.UNDECIDED, db_default=Decision.UNDECIDED
    )
    answers = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "prd_plan_entries"
        verbose_name = "PRD plan entry"
        verbose_name_plural = "PRD plan entries"
        constraints = [
            *record_constraints("prd_plan_entries"),
            models.UniqueConstraint(
                fields=["plan", "position"],
                name="prd_plan_entries_position_unique",
                # A plan that is made anew moves its entries about in one statement.
                deferrable=models.Deferrable.DEFERRED,
            ),
            choice_constraint("prd_plan_entries", "kind", EntryKind),
            choice_constraint("prd_plan_entries", "decision", Decision),
            length_constraint("prd_plan_entries", "key", LONGEST_KEY, minimum=1),
            length_constraint("prd_plan_entries", "title", LONGEST_TITLE),
            schema_constraint("prd_plan_entries", "candidates", CANDIDATES),
            schema_constraint("prd_plan_entries", "fields", FIELDS),
            schema_constraint("prd_plan_entries", "answers", ANSWERS),
            models.CheckConstraint(
                name="prd_plan_entries_position_valid", condition=models.Q(position__gte=1)
            ),
        ]
        indexes = [
            models.Index(
                fields=["task"],
                name="prd_plan_entries_task",
                condition=models.Q(task__isnull=False),
            )
        ]
        triggers = entry_triggers()

    def __str__(self) -> str:
        return f"{self.key} ({self.get_kind_display()})"


PRDPlanEvent: Any = track(PRDPlan, listed_by=["repository"], exclude=["content", "notes"])
PRDPlanEntryEvent: Any = track(PRDPlanEntry, exclude=["fields", "candidates"])

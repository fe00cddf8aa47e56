"""Task patterns: the table to which tasks refer."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.audit.tracking import track
from apps.core.models import (
    Record,
    choice_constraint,
    json_type_constraint,
    length_constraint,
    range_constraint,
    record_constraints,
)
from apps.core.triggers import record_triggers

from .choices import PatternType


class TaskPattern(Record):
    """A regularity in how work gets done, with the figures that support it."""

    pattern_type = models.TextField(choices=PatternType.choices)
    signature = models.TextField(unique=True, help_text="Canonical form; one row a pattern.")
    description = models.TextField(blank=True, default="", db_default="")
    task_sequence = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    occurrence_count = models.IntegerField(default=0, db_default=0)
    avg_completion_time = models.FloatField(null=True, blank=True, help_text="Minutes.")
    success_rate = models.FloatField(null=True, blank=True, help_text="0 to 1.")

    class Meta:
        db_table = "task_patterns"
        constraints = [
            *record_constraints("task_patterns"),
            choice_constraint("task_patterns", "pattern_type", PatternType),
            length_constraint("task_patterns", "signature", 1000, minimum=1),
            length_constraint("task_patterns", "description", 10_000),
            json_type_constraint("task_patterns", "task_sequence", "array"),
            range_constraint("task_patterns", "success_rate", 0, 1),
            models.CheckConstraint(
                name="task_patterns_counts_not_negative",
                condition=models.Q(occurrence_count__gte=0)
                & (
                    models.Q(avg_completion_time__isnull=True)
                    | models.Q(avg_completion_time__gte=0)
                ),
                violation_error_message="Counts and times cannot be negative.",
            ),
        ]
        triggers = record_triggers()

    def __str__(self) -> str:
        return self.description or self.signature


TaskPatternEvent: Any = track(TaskPattern)

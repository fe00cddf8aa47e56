"""The evidence of patterns: where they were found, in which tasks.

Derived rows: a run replaces them and the run says of what, so they have no history.
"""

from __future__ import annotations

from django.db import models

from apps.core.models import (
    WRITE_AND_DELETE,
    Record,
    length_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.triggers import record_triggers
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.tasks.models import Task


class PatternOccurrence(Record):
    """One time that a pattern occurred, in one stream of work of a repository."""

    pattern = models.ForeignKey(
        TaskPattern, models.CASCADE, related_name="occurrences", db_index=False
    )
    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="+", db_index=False)
    stream = models.TextField(blank=True, default="", db_default="", help_text="Whose work it was.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    minutes = models.FloatField()
    succeeded = models.BooleanField()

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "pattern_occurrences"
        constraints = [
            *record_constraints("pattern_occurrences"),
            length_constraint("pattern_occurrences", "stream", 600),
            time_constraint("pattern_occurrences", "first_at"),
            time_constraint("pattern_occurrences", "last_at"),
            models.CheckConstraint(
                name="pattern_occurrences_times_valid",
                condition=models.Q(last_at__gte=models.F("first_at"), minutes__gte=0),
            ),
        ]
        indexes = [
            models.Index(
                models.F("pattern"),
                models.F("repository"),
                models.F("last_at").desc(),
                name="pattern_occurrences_pattern",
            ),
            models.Index(fields=["repository"], name="pattern_occurrences_repository"),
        ]
        triggers = record_triggers(immutable=["id", "pattern", "repository"])

    def __str__(self) -> str:
        return f"{self.pattern_id} from {self.first_at} to {self.last_at}"


class PatternEvidence(Record):
    """A task that was one step of an occurrence."""

    occurrence = models.ForeignKey(
        PatternOccurrence, models.CASCADE, related_name="evidence", db_index=False
    )
    position = models.IntegerField()
    task = models.ForeignKey(Task, models.CASCADE, related_name="+")

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "pattern_evidence"
        verbose_name_plural = "pattern evidence"
        constraints = [
            *record_constraints("pattern_evidence"),
            models.UniqueConstraint(
                fields=["occurrence", "position"], name="pattern_evidence_unique"
            ),
            models.CheckConstraint(
                name="pattern_evidence_position_valid", condition=models.Q(position__gte=1)
            ),
        ]
        triggers = record_triggers(immutable=["id", "occurrence", "position", "task"])

    def __str__(self) -> str:
        return f"{self.position}: {self.task_id}"

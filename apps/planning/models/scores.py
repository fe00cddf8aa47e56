"""Every score that a rescoring met or made: a new formula adds rows and takes none away."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.audit.tracking import track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    Record,
    choice_constraint,
    length_constraint,
    range_constraint,
    record_constraints,
)
from apps.core.triggers import Frozen, Stamp
from apps.prds.choices import ComplexityLevel
from apps.prds.models import PRD
from apps.tasks.models import Task

FACTORS = load_schema("prds", "complexity_factors").member("factors")


class ComplexityScore(Record):
    """What one version of the formula made of one state of a document or task. Never changes."""

    prd = models.ForeignKey(
        PRD, models.CASCADE, null=True, blank=True, related_name="scores", db_index=False
    )
    task = models.ForeignKey(
        Task, models.CASCADE, null=True, blank=True, related_name="scores", db_index=False
    )
    formula = models.TextField(help_text="The version of the formula, such as cx-1.")
    score = models.FloatField()
    level = models.TextField(choices=ComplexityLevel.choices)
    factors = models.JSONField()
    inputs_hash = models.TextField(help_text="SHA-256 of what was counted, in hex.")

    app_privileges = frozenset({"SELECT", "INSERT"})

    class Meta:
        db_table = "complexity_scores"
        verbose_name = "complexity score"
        constraints = [
            *record_constraints("complexity_scores"),
            models.CheckConstraint(
                name="complexity_scores_one_subject",
                condition=models.Q(prd__isnull=True) ^ models.Q(task__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["prd", "formula", "inputs_hash"],
                name="complexity_scores_prd_unique",
                condition=models.Q(prd__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["task", "formula", "inputs_hash"],
                name="complexity_scores_task_unique",
                condition=models.Q(task__isnull=False),
            ),
            length_constraint("complexity_scores", "formula", 20, minimum=1),
            range_constraint("complexity_scores", "score", 0, 1),
            choice_constraint("complexity_scores", "level", ComplexityLevel),
            schema_constraint("complexity_scores", "factors", FACTORS),
            length_constraint("complexity_scores", "inputs_hash", 64, minimum=64),
        ]
        triggers = [Frozen(), Stamp()]

    def __str__(self) -> str:
        return f"{self.formula}: {self.score:.3f} ({self.level})"


ComplexityScoreEvent: Any = track(ComplexityScore, exclude=["factors"])

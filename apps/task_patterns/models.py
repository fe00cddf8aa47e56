"""Task patterns, the runs that found them, and what people say of them."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.accounts.models import User
from apps.audit.tracking import Link, track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    WRITE_AND_DELETE,
    Record,
    choice_constraint,
    length_constraint,
    range_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.triggers import Frozen, Stamp, record_triggers
from apps.repositories.models import Repository

from .choices import FeedbackVerdict, PatternType

SHA256_HEX = 64


class MiningRun(Record):
    """One look for patterns: what was looked at, how, and what came of it. Never changes."""

    repository = models.ForeignKey(
        Repository, models.RESTRICT, null=True, blank=True, related_name="+", db_index=False
    )
    algorithm = models.TextField(help_text="The version of the algorithm, such as seq-1.")
    work_types = models.TextField(help_text="The version of the rules for types of work.")
    parameters = models.JSONField()
    since = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField(
        null=True, blank=True, help_text="When the newest task that was looked at was closed."
    )
    input_hash = models.TextField(help_text="SHA-256 of what was looked at, in hex.")
    result_hash = models.TextField(help_text="SHA-256 of what was found, in hex.")
    task_count = models.IntegerField()
    stream_count = models.IntegerField()
    pattern_count = models.IntegerField()
    seconds = models.FloatField()

    app_privileges = frozenset({"SELECT", "INSERT"})

    class Meta:
        db_table = "mining_runs"
        constraints = [
            *record_constraints("mining_runs"),
            length_constraint("mining_runs", "algorithm", 20, minimum=1),
            length_constraint("mining_runs", "work_types", 20, minimum=1),
            schema_constraint(
                "mining_runs", "parameters", load_schema("task_patterns", "mining_parameters")
            ),
            time_constraint("mining_runs", "since"),
            time_constraint("mining_runs", "as_of"),
            length_constraint("mining_runs", "input_hash", SHA256_HEX, minimum=SHA256_HEX),
            length_constraint("mining_runs", "result_hash", SHA256_HEX, minimum=SHA256_HEX),
            models.CheckConstraint(
                name="mining_runs_counts_not_negative",
                condition=models.Q(
                    task_count__gte=0, stream_count__gte=0, pattern_count__gte=0, seconds__gte=0
                ),
            ),
        ]
        triggers = [Frozen(), Stamp()]

    def __str__(self) -> str:
        return f"{self.algorithm} of {self.created_at:%Y-%m-%d %H:%M}"


class TaskPattern(Record):
    """A regularity in how work gets done, with the figures that support it.

    One that is mined over all repositories has no `repository`. A pattern that a later run does not
    find any more is retired, not deleted: tasks name it.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, null=True, blank=True, related_name="+", db_index=False
    )
    run = models.ForeignKey(
        MiningRun,
        models.RESTRICT,
        null=True,
        blank=True,
        related_name="patterns",
        db_index=False,
        help_text="The last run that found it.",
    )
    pattern_type = models.TextField(choices=PatternType.choices)
    signature = models.TextField(help_text="Canonical form; one row a pattern.")
    description = models.TextField(blank=True, default="", db_default="")
    task_sequence = models.JSONField()
    occurrence_count = models.IntegerField(default=0, db_default=0)
    support = models.IntegerField(
        default=0, db_default=0, help_text="Streams of work in which it occurs."
    )
    stream_count = models.IntegerField(
        default=0, db_default=0, help_text="Streams of work that were looked at."
    )
    avg_completion_time = models.FloatField(null=True, blank=True, help_text="Minutes.")
    p50_minutes = models.FloatField(null=True, blank=True)
    p80_minutes = models.FloatField(null=True, blank=True)
    success_rate = models.FloatField(null=True, blank=True, help_text="0 to 1.")
    success_low = models.FloatField(
        null=True, blank=True, help_text="Lower end of the Wilson interval, 95 %."
    )
    success_high = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(
        null=True, blank=True, help_text="How often its beginning went on to its end, 0 to 1."
    )
    lift = models.FloatField(
        null=True, blank=True, help_text="Support over the mean support in shuffled work."
    )
    p_value = models.FloatField(null=True, blank=True)
    q_value = models.FloatField(
        null=True, blank=True, help_text="p, corrected for all patterns that could be found."
    )
    weight = models.FloatField(
        default=0.0, db_default=0.0, help_text="Occurrences, each halved every 90 days."
    )
    last_seen_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "task_patterns"
        constraints = [
            *record_constraints("task_patterns"),
            models.UniqueConstraint(
                fields=["repository", "signature"],
                name="task_patterns_signature_unique",
                nulls_distinct=False,
                violation_error_message="There is a pattern of this signature already.",
            ),
            choice_constraint("task_patterns", "pattern_type", PatternType),
            length_constraint("task_patterns", "signature", 1000, minimum=1),
            length_constraint("task_patterns", "description", 10_000),
            schema_constraint(
                "task_patterns", "task_sequence", load_schema("task_patterns", "task_sequence")
            ),
            *(
                range_constraint("task_patterns", name, 0, 1)
                for name in (
                    "success_rate",
                    "success_low",
                    "success_high",
                    "confidence",
                    "p_value",
                    "q_value",
                )
            ),
            models.CheckConstraint(
                name="task_patterns_counts_not_negative",
                condition=models.Q(occurrence_count__gte=0)
                & (
                    models.Q(avg_completion_time__isnull=True)
                    | models.Q(avg_completion_time__gte=0)
                ),
                violation_error_message="Counts and times cannot be negative.",
            ),
            models.CheckConstraint(
                name="task_patterns_figures_valid",
                condition=models.Q(support__gte=0, stream_count__gte=0, weight__gte=0)
                & (models.Q(p50_minutes__isnull=True) | models.Q(p50_minutes__gte=0))
                & (models.Q(p80_minutes__isnull=True) | models.Q(p80_minutes__gte=0))
                & (models.Q(lift__isnull=True) | models.Q(lift__gte=0)),
            ),
            time_constraint("task_patterns", "last_seen_at"),
            time_constraint("task_patterns", "retired_at"),
        ]
        triggers = record_triggers(immutable=["id", "repository", "signature"])

    def __str__(self) -> str:
        return self.description or self.signature


class PatternRepository(Record):
    """A repository in which a pattern was found, with its share of the figures."""

    pattern = models.ForeignKey(
        TaskPattern, models.CASCADE, related_name="repository_links", db_index=False
    )
    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="pattern_links")
    occurrence_count = models.IntegerField()
    support = models.IntegerField()
    last_seen_at = models.DateTimeField()

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "task_pattern_repositories"
        verbose_name_plural = "pattern repositories"
        constraints = [
            *record_constraints("task_pattern_repositories"),
            models.UniqueConstraint(
                fields=["pattern", "repository"], name="task_pattern_repositories_unique"
            ),
            models.CheckConstraint(
                name="task_pattern_repositories_counts_valid",
                condition=models.Q(occurrence_count__gte=1, support__gte=1),
            ),
            time_constraint("task_pattern_repositories", "last_seen_at"),
        ]
        triggers = record_triggers(immutable=["id", "pattern", "repository"])

    def __str__(self) -> str:
        return f"{self.pattern} in {self.repository}"


class PatternFeedback(Record):
    """What a person says of a pattern, for one repository: of two words the later counts."""

    pattern = models.ForeignKey(
        TaskPattern, models.CASCADE, related_name="feedback", db_index=False
    )
    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    verdict = models.TextField(choices=FeedbackVerdict.choices)
    comment = models.TextField(blank=True, default="", db_default="")

    class Meta:
        db_table = "task_pattern_feedback"
        verbose_name_plural = "pattern feedback"
        constraints = [
            *record_constraints("task_pattern_feedback"),
            models.UniqueConstraint(
                fields=["pattern", "repository", "user"], name="task_pattern_feedback_unique"
            ),
            choice_constraint("task_pattern_feedback", "verdict", FeedbackVerdict),
            length_constraint("task_pattern_feedback", "comment", 1000),
        ]
        triggers = record_triggers(immutable=["id", "pattern", "repository", "user"])

    def __str__(self) -> str:
        return f"{self.verdict} by {self.user_id}"


MiningRunEvent: Any = track(MiningRun)
TaskPatternEvent: Any = track(TaskPattern)
PatternRepositoryEvent: Any = track(
    PatternRepository, links=[Link("repositories", of="pattern", to="repository")]
)
PatternFeedbackEvent: Any = track(
    PatternFeedback, links=[Link("feedback", of="pattern", to="user", shows=("verdict",))]
)

"""Suggestions of what to do next, and what people made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from apps.accounts.models import User
from apps.audit.tracking import track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    Record,
    choice_constraint,
    length_constraint,
    record_constraints,
    time_constraint,
)
from apps.planning.choices import SuggestionKind, SuggestionState
from apps.planning.triggers import suggestion_triggers
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.task_templates.models import TaskTemplate
from apps.tasks.models import Task


class Suggestion(Record):
    """Something to do next: a new task, or one that is there. Decided on once, or it expires.

    `values` are further values of the task that accepting it creates. `task` is what it is about:
    the task to do, or the one from which it follows. `sources` and `reasons` say why, with numbers.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, related_name="suggestions", db_index=False
    )
    session_id = models.TextField(blank=True, default="", db_default="")
    kind = models.TextField(choices=SuggestionKind.choices)
    content = models.TextField()
    values = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    task = models.ForeignKey(
        Task, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    pattern = models.ForeignKey(
        TaskPattern, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    template = models.ForeignKey(
        TaskTemplate, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    sources = models.JSONField()
    reasons = models.JSONField()
    score = models.FloatField()
    state = models.TextField(
        choices=SuggestionState.choices,
        default=SuggestionState.OPEN,
        db_default=SuggestionState.OPEN,
    )
    expires_at = models.DateTimeField()
    author = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Who asked.",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    comment = models.TextField(blank=True, default="", db_default="")
    created_task = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        db_table = "suggestions"
        constraints = [
            *record_constraints("suggestions"),
            length_constraint("suggestions", "session_id", 255),
            choice_constraint("suggestions", "kind", SuggestionKind),
            choice_constraint("suggestions", "state", SuggestionState),
            length_constraint("suggestions", "content", 1000, minimum=1),
            length_constraint("suggestions", "comment", 1000),
            schema_constraint(
                "suggestions", "values", load_schema("planning", "suggestion_values")
            ),
            schema_constraint(
                "suggestions", "sources", load_schema("planning", "suggestion_sources")
            ),
            schema_constraint(
                "suggestions", "reasons", load_schema("planning", "suggestion_reasons")
            ),
            time_constraint("suggestions", "expires_at"),
            time_constraint("suggestions", "decided_at"),
            models.CheckConstraint(
                name="suggestions_decided_at_follows_state",
                condition=models.Q(state=SuggestionState.OPEN, decided_at__isnull=True)
                | (~models.Q(state=SuggestionState.OPEN) & models.Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="suggestions_only_accepted_creates",
                condition=models.Q(created_task__isnull=True)
                | models.Q(state=SuggestionState.ACCEPTED, kind=SuggestionKind.NEW),
            ),
            models.CheckConstraint(
                name="suggestions_existing_has_task",
                condition=~models.Q(kind=SuggestionKind.EXISTING) | models.Q(task__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                models.F("repository"), models.F("id").desc(), name="suggestions_repository_newest"
            ),
            models.Index(
                fields=["expires_at"],
                name="suggestions_expiring",
                condition=models.Q(state=SuggestionState.OPEN),
            ),
            models.Index(
                fields=["task"],
                name="suggestions_task",
                condition=models.Q(task__isnull=False),
            ),
            models.Index(
                fields=["created_task"],
                name="suggestions_created_task",
                condition=models.Q(created_task__isnull=False),
            ),
            models.Index(
                models.F("repository"),
                models.F("id").desc(),
                name="suggestions_open",
                condition=models.Q(state=SuggestionState.OPEN),
            ),
            models.Index(
                models.F("repository"),
                models.F("id").desc(),
                name="suggestions_decided",
                condition=models.Q(state__in=[SuggestionState.ACCEPTED, SuggestionState.REJECTED]),
            ),
        ]
        triggers = suggestion_triggers()

    def __str__(self) -> str:
        return self.content

    def has_expired(self, now: datetime) -> bool:
        """Whether its time was over before anybody decided, marked or not."""
        return self.state == SuggestionState.EXPIRED or (
            self.state == SuggestionState.OPEN and self.expires_at <= now
        )


SuggestionEvent: Any = track(Suggestion, listed_by=["repository"])

"""Tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models.functions import Left
from psqlextra.models import PostgresPartitionedModel
from psqlextra.types import PostgresPartitioningMethod

from apps.audit.tracking import track
from apps.core.fields import HiddenGeneratedField, WideTextField, id_field
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    SoftDeletedModel,
    VersionedModel,
    choice_constraint,
    deletion_constraints,
    deletion_indexes,
    length_constraint,
    range_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.querysets import all_manager, live_manager
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.task_templates.models import TaskTemplate
from apps.tasks.choices import TaskComplexity, TaskPriority, TaskStatus
from apps.tasks.querysets import TaskQuerySet
from apps.tasks.triggers import task_triggers
from apps.tasks.urgency import ActBy

MOST_MINUTES = 10_080
MOST_TAGS = 10
LONGEST_TAG = 100
LIVE = models.Q(deleted_at__isnull=True)
TAGS = load_schema("tasks", "tags")
ACCEPTANCE_CRITERIA = load_schema("tasks", "acceptance_criteria")
COMPLEXITY_FACTORS = load_schema("prds", "complexity_factors")
METADATA = load_schema("core", "metadata")


class Task(SoftDeletedModel, VersionedModel, PostgresPartitionedModel):
    """One piece of work. Partitioned by its UUIDv7 id, a quarter a partition (ADR 0002)."""

    class PartitioningMeta:
        method = PostgresPartitioningMethod.RANGE
        key = ["id"]

    id = id_field()
    repository = models.ForeignKey(
        Repository, models.RESTRICT, related_name="tasks", db_index=False
    )
    content = models.TextField(help_text="What is to be done, in 1 to 1,000 characters.")
    details = WideTextField(
        blank=True, default="", db_default="", help_text="Markdown, up to 100,000 bytes."
    )
    status = models.TextField(
        choices=TaskStatus.choices, default=TaskStatus.PENDING, db_default=TaskStatus.PENDING
    )
    priority = models.TextField(
        choices=TaskPriority.choices, default=TaskPriority.MEDIUM, db_default=TaskPriority.MEDIUM
    )
    complexity = models.TextField(choices=TaskComplexity.choices, null=True, blank=True)  # noqa: DJ001
    complexity_score = models.FloatField(null=True, blank=True, editable=False)
    complexity_version = models.TextField(blank=True, default="", db_default="", editable=False)
    complexity_factors = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )
    session_id = models.TextField(
        blank=True, default="", db_default="", help_text="The client's own session id."
    )
    assignee = models.TextField(blank=True, default="", db_default="")
    estimated_minutes = models.IntegerField(null=True, blank=True)
    actual_minutes = models.IntegerField(null=True, blank=True)
    tags = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    acceptance_criteria = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True
    )
    parent_task = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", db_index=False
    )
    ai_suggested = models.BooleanField(default=False, db_default=False)
    pattern = models.ForeignKey(
        TaskPattern, models.SET_NULL, null=True, blank=True, related_name="tasks", db_index=False
    )
    template = models.ForeignKey(
        TaskTemplate,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="task_instances",
        db_index=False,
    )
    prd = models.ForeignKey(
        PRD, models.SET_NULL, null=True, blank=True, related_name="tasks", db_index=False
    )
    source_section = models.TextField(blank=True, default="", db_default="")
    source_first_line = models.IntegerField(null=True, blank=True, editable=False)
    source_last_line = models.IntegerField(null=True, blank=True, editable=False)
    removed_from_prd_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When its section was found to be gone from the document.",
    )
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    dependencies_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    metadata = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    # 50,000 characters of any text make a vector under PostgreSQL's limit of 1 MB (measured:
    # 403 kB at worst); the full 100 kB would come close to it.
    search = HiddenGeneratedField(
        expression=SearchVector("content", weight="A", config="english")
        + SearchVector(Left("details", 50_000), weight="B", config="english")
        + SearchVector("tags", weight="A", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    deleted_with = ("parent_task", "prd")
    label_fields = ("content",)
    # What the service that wrote this instance has to say of it; not a column.
    warnings: Sequence[str] = ()

    objects = live_manager(TaskQuerySet)
    all_objects: ClassVar[Any] = all_manager(TaskQuerySet)

    class Meta:
        db_table = "tasks"
        base_manager_name = "all_objects"
        permissions = [("purge_task", "Can delete deleted tasks for good")]
        constraints = [
            *record_constraints("tasks"),
            *deletion_constraints("tasks"),
            length_constraint("tasks", "content", 1000, minimum=1),
            models.CheckConstraint(
                name="tasks_details_size",
                condition=models.Q(
                    models.lookups.LessThanOrEqual(
                        models.Func(
                            "details",
                            function="octet_length",
                            output_field=models.IntegerField(),
                        ),
                        100_000,
                    )
                ),
                violation_error_code="invalid_length",
                violation_error_message="details must have at most 100,000 bytes.",
            ),
            choice_constraint("tasks", "status", TaskStatus),
            choice_constraint("tasks", "priority", TaskPriority),
            choice_constraint("tasks", "complexity", TaskComplexity),
            range_constraint("tasks", "complexity_score", 0, 1),
            length_constraint("tasks", "session_id", 255),
            length_constraint("tasks", "assignee", 255),
            length_constraint("tasks", "source_section", 255),
            range_constraint("tasks", "estimated_minutes", 0, MOST_MINUTES),
            range_constraint("tasks", "actual_minutes", 0, MOST_MINUTES),
            time_constraint("tasks", "started_at"),
            time_constraint("tasks", "due_at"),
            time_constraint("tasks", "completed_at"),
            time_constraint("tasks", "dependencies_changed_at"),
            time_constraint("tasks", "removed_from_prd_at"),
            schema_constraint("tasks", "tags", TAGS, often_empty=True),
            schema_constraint(
                "tasks", "acceptance_criteria", ACCEPTANCE_CRITERIA, often_empty=True
            ),
            schema_constraint("tasks", "complexity_factors", COMPLEXITY_FACTORS),
            schema_constraint("tasks", "metadata", METADATA, often_empty=True),
            models.CheckConstraint(
                name="tasks_parent_not_self",
                condition=models.Q(parent_task__isnull=True)
                | ~models.Q(parent_task=models.F("id")),
                violation_error_code="self_reference",
                violation_error_message="A task cannot be its own parent.",
            ),
            models.CheckConstraint(
                name="tasks_completed_at_follows_status",
                condition=models.Q(status=TaskStatus.COMPLETED, completed_at__isnull=False)
                | (~models.Q(status=TaskStatus.COMPLETED) & models.Q(completed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="tasks_source_lines_valid",
                condition=models.Q(source_first_line__isnull=True, source_last_line__isnull=True)
                | models.Q(
                    source_first_line__isnull=False,
                    source_last_line__isnull=False,
                    source_first_line__gte=1,
                    source_last_line__gte=models.F("source_first_line"),
                ),
            ),
        ]
        indexes = [
            *deletion_indexes("tasks"),
            models.Index(
                models.F("repository"),
                models.F("id").desc(),
                name="tasks_repository_newest",
                condition=LIVE,
            ),
            models.Index(
                models.F("repository"),
                models.F("status"),
                models.F("id").desc(),
                name="tasks_repository_status",
                condition=LIVE,
            ),
            # The console's list over all repositories, by status.
            models.Index(
                models.F("status"),
                models.F("id").desc(),
                name="tasks_status_newest",
                condition=LIVE,
            ),
            models.Index(
                models.F("repository"),
                models.F("assignee"),
                models.F("id").desc(),
                name="tasks_repository_assignee",
                condition=LIVE & ~models.Q(assignee=""),
            ),
            models.Index(
                models.F("session_id"),
                models.F("id").desc(),
                name="tasks_session_newest",
                condition=LIVE & ~models.Q(session_id=""),
            ),
            # In the list's order: sorting all that are overdue would cost more than it saves.
            models.Index(
                models.F("repository"),
                models.F("id").desc(),
                models.F("due_at"),
                name="tasks_repository_overdue",
                condition=LIVE & models.Q(due_at__isnull=False, completed_at__isnull=True),
            ),
            # What could be started, in the order of the queue.
            models.Index(
                models.F("repository"),
                ActBy(),
                models.F("id"),
                name="tasks_repository_act_by",
                condition=LIVE & models.Q(status=TaskStatus.PENDING),
            ),
            models.Index(
                models.F("repository"),
                models.F("completed_at").desc(),
                models.F("id").desc(),
                name="tasks_repository_completed",
                condition=LIVE & models.Q(completed_at__isnull=False),
            ),
            models.Index(
                fields=["parent_task"],
                name="tasks_parent",
                condition=models.Q(parent_task__isnull=False),
            ),
            models.Index(
                models.F("prd"),
                models.F("id").desc(),
                name="tasks_prd",
                condition=models.Q(prd__isnull=False),
            ),
            models.Index(
                fields=["pattern"], name="tasks_pattern", condition=models.Q(pattern__isnull=False)
            ),
            models.Index(
                fields=["template"],
                name="tasks_template",
                condition=models.Q(template__isnull=False),
            ),
            GinIndex(fields=["search"], name="tasks_search"),
        ]
        triggers = task_triggers()

    def __str__(self) -> str:
        return self.content


TaskEvent: Any = track(Task, listed_by=["repository"])

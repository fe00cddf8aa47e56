"""Task templates: the table to which tasks refer."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from apps.audit.tracking import track
from apps.core.models import (
    Record,
    SoftDeletedModel,
    deletion_constraints,
    deletion_indexes,
    json_type_constraint,
    length_constraint,
    range_constraint,
    record_constraints,
)
from apps.core.querysets import all_manager, live_manager
from apps.core.triggers import record_triggers
from apps.repositories.models import Repository


class TaskTemplate(SoftDeletedModel, Record):
    """A reusable structure of tasks, for one repository or (without one) for all."""

    repository = models.ForeignKey(
        Repository, models.RESTRICT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.TextField()
    description = models.TextField(blank=True, default="", db_default="")
    project_type = models.TextField(blank=True, default="", db_default="")
    tasks = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    popularity = models.IntegerField(default=0, db_default=0, editable=False)
    success_rate = models.FloatField(null=True, blank=True, editable=False)

    label_fields = ("name",)

    objects: ClassVar[Any] = live_manager()
    all_objects: ClassVar[Any] = all_manager()

    class Meta:
        db_table = "task_templates"
        base_manager_name = "all_objects"
        permissions = [("purge_tasktemplate", "Can delete deleted task templates for good")]
        constraints = [
            *record_constraints("task_templates"),
            *deletion_constraints("task_templates"),
            models.UniqueConstraint(
                fields=["repository", "name"],
                name="task_templates_name_unique",
                condition=models.Q(deleted_at__isnull=True),
                nulls_distinct=False,
                violation_error_message="A template of this name exists already.",
            ),
            length_constraint("task_templates", "name", 255, minimum=1),
            length_constraint("task_templates", "description", 10_000),
            length_constraint("task_templates", "project_type", 100),
            json_type_constraint("task_templates", "tasks", "array"),
            range_constraint("task_templates", "success_rate", 0, 1),
            models.CheckConstraint(
                name="task_templates_popularity_not_negative",
                condition=models.Q(popularity__gte=0),
            ),
        ]
        indexes = deletion_indexes("task_templates")
        triggers = record_triggers(untouched_by=["popularity", "success_rate"])

    def __str__(self) -> str:
        return self.name


TaskTemplateEvent: Any = track(TaskTemplate, exclude=["popularity", "success_rate"])

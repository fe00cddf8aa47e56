"""Task templates, and every version of their steps."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from apps.audit.tracking import track
from apps.core.jsonschema import schema_constraint
from apps.core.models import (
    READ,
    Record,
    SoftDeletedModel,
    choice_constraint,
    deletion_constraints,
    deletion_indexes,
    length_constraint,
    range_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.querysets import all_manager, live_manager
from apps.core.triggers import Frozen, Stamp, record_triggers
from apps.repositories.models import Repository

from .choices import ProjectType
from .definition import STEPS, VARIABLES
from .triggers import version_triggers

# Computed from instances (docs/templates.md); they make neither versions nor history.
OUTCOME_COLUMNS = (
    "popularity",
    "success_rate",
    "closed_count",
    "p50_minutes",
    "p80_minutes",
    "outcomes_at",
)


class TaskTemplate(SoftDeletedModel, Record):
    """A reusable structure of tasks, for one repository or (without one) for all.

    `tasks` are its steps, in order; `variables` is a JSON Schema of the values that they take.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, null=True, blank=True, related_name="+", db_index=False
    )
    name = models.TextField()
    description = models.TextField(blank=True, default="", db_default="")
    project_type = models.TextField(
        choices=ProjectType.choices, default=ProjectType.OTHER, db_default=ProjectType.OTHER
    )
    tasks = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    variables = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    template_version = models.IntegerField(
        default=1,
        db_default=1,
        editable=False,
        help_text="One more with each change of the steps or variables; set by trigger.",
    )
    popularity = models.IntegerField(
        default=0, db_default=0, editable=False, help_text="How many instances were made of it."
    )
    success_rate = models.FloatField(
        null=True, blank=True, editable=False, help_text="Of the closed instances, 0 to 1."
    )
    closed_count = models.IntegerField(
        default=0, db_default=0, editable=False, help_text="Instances without open tasks."
    )
    p50_minutes = models.FloatField(
        null=True, blank=True, editable=False, help_text="Half of the successes took at most this."
    )
    p80_minutes = models.FloatField(
        null=True, blank=True, editable=False, help_text="Four in five took at most this."
    )
    outcomes_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When the figures were computed."
    )

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
            choice_constraint("task_templates", "project_type", ProjectType),
            schema_constraint("task_templates", "tasks", STEPS),
            schema_constraint("task_templates", "variables", VARIABLES),
            range_constraint("task_templates", "success_rate", 0, 1),
            models.CheckConstraint(
                name="task_templates_popularity_not_negative",
                condition=models.Q(popularity__gte=0),
            ),
            models.CheckConstraint(
                name="task_templates_outcomes_valid",
                condition=models.Q(template_version__gte=1, closed_count__gte=0)
                & (models.Q(p50_minutes__isnull=True) | models.Q(p50_minutes__gte=0))
                & (models.Q(p80_minutes__isnull=True) | models.Q(p80_minutes__gte=0)),
            ),
            time_constraint("task_templates", "outcomes_at"),
        ]
        indexes = deletion_indexes("task_templates")
        triggers = [
            # Whose instances it has does not change, so it stays in its repository.
            *record_triggers(immutable=["id", "repository"], untouched_by=OUTCOME_COLUMNS),
            *version_triggers(),
        ]

    def __str__(self) -> str:
        return self.name


class TaskTemplateVersion(Record):
    """The steps and variables that a template has had; written by a trigger, and never changed."""

    template = models.ForeignKey(
        TaskTemplate, models.CASCADE, related_name="versions", db_index=False
    )
    number = models.IntegerField()
    tasks = models.JSONField()
    variables = models.JSONField()

    app_privileges = READ

    class Meta:
        db_table = "task_template_versions"
        constraints = [
            *record_constraints("task_template_versions"),
            models.UniqueConstraint(
                fields=["template", "number"], name="task_template_versions_unique"
            ),
            models.CheckConstraint(
                name="task_template_versions_number_valid", condition=models.Q(number__gte=1)
            ),
            schema_constraint("task_template_versions", "tasks", STEPS),
            schema_constraint("task_template_versions", "variables", VARIABLES),
        ]
        triggers = [Frozen(), Stamp()]

    def __str__(self) -> str:
        return f"{self.template} (version {self.number})"


TaskTemplateEvent: Any = track(TaskTemplate, exclude=OUTCOME_COLUMNS)
# The steps themselves are in task_template_versions for good.
TaskTemplateVersionEvent: Any = track(TaskTemplateVersion, exclude=["tasks", "variables"])

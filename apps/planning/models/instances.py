"""What was made of templates: instances, and which task stands for which step."""

from __future__ import annotations

from typing import Any

from django.db import models

from apps.accounts.models import User
from apps.audit.tracking import track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import Record, length_constraint, record_constraints
from apps.core.triggers import record_triggers
from apps.planning.triggers import instance_triggers
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.tasks.models import Task

LONGEST_STEP_KEY = 100
VALUES = load_schema("planning", "instance_values")


class TemplateInstance(Record):
    """One use of a template: of which version, with which values, by whom.

    `number` is the template's version at that moment; the database sets it.
    """

    repository = models.ForeignKey(
        Repository, models.RESTRICT, related_name="template_instances", db_index=False
    )
    template = models.ForeignKey(
        TaskTemplate, models.CASCADE, related_name="instances", db_index=False
    )
    number = models.IntegerField(default=1, db_default=1, editable=False)
    variables = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    session_id = models.TextField(blank=True, default="", db_default="")
    actor = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    class Meta:
        db_table = "template_instances"
        constraints = [
            *record_constraints("template_instances"),
            schema_constraint("template_instances", "variables", VALUES),
            length_constraint("template_instances", "session_id", 255),
            models.CheckConstraint(
                name="template_instances_number_valid", condition=models.Q(number__gte=1)
            ),
        ]
        indexes = [
            models.Index(
                models.F("template"), models.F("id").desc(), name="template_instances_template"
            ),
            models.Index(
                models.F("repository"), models.F("id").desc(), name="template_instances_repository"
            ),
        ]
        triggers = instance_triggers()

    def __str__(self) -> str:
        return f"Instance of version {self.number}"


class TemplateInstanceTask(Record):
    """The task that stands for a step of an instance. One that is purged leaves its step behind."""

    instance = models.ForeignKey(
        TemplateInstance, models.CASCADE, related_name="steps", db_index=False
    )
    key = models.TextField(help_text="The step's key in the template.")
    position = models.IntegerField()
    task = models.ForeignKey(
        Task, models.SET_NULL, null=True, blank=True, related_name="template_steps", db_index=False
    )

    class Meta:
        db_table = "template_instance_tasks"
        constraints = [
            *record_constraints("template_instance_tasks"),
            models.UniqueConstraint(
                fields=["instance", "key"], name="template_instance_tasks_unique"
            ),
            length_constraint("template_instance_tasks", "key", LONGEST_STEP_KEY, minimum=1),
            models.CheckConstraint(
                name="template_instance_tasks_position_valid",
                condition=models.Q(position__gte=1),
            ),
        ]
        indexes = [
            models.Index(
                fields=["task"],
                name="template_instance_tasks_task",
                condition=models.Q(task__isnull=False),
            )
        ]
        triggers = record_triggers(immutable=["id", "instance", "key", "position"])

    def __str__(self) -> str:
        return self.key


TemplateInstanceEvent: Any = track(TemplateInstance, listed_by=["repository"])
TemplateInstanceTaskEvent: Any = track(TemplateInstanceTask)

"""The critical path of a repository's open work, as it was when it was computed."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.core.models import WRITE_AND_DELETE, Record, record_constraints, time_constraint
from apps.core.triggers import record_triggers
from apps.repositories.models import Repository

# So many tasks of a path are kept, from its beginning: what comes later cannot be started yet.
MOST_KEPT = 1_000


class Cardinality(models.Func):
    """How many values an array has."""

    function = "cardinality"
    arity = 1
    output_field: Any = models.IntegerField()


class CriticalPath(Record):
    """Derived: it can be computed again from the tasks at any time, so it has no history.

    `task_ids` are in the order of the work; `task_count` counts those that are not kept, too. A
    task that is named here may have been closed, deleted or purged since.
    """

    repository = models.OneToOneField(
        Repository, models.CASCADE, related_name="critical_path", db_index=False
    )
    computed_at = models.DateTimeField(help_text="By the database's clock, before it was read.")
    minutes = models.BigIntegerField()
    task_count = models.IntegerField()
    task_ids = ArrayField(models.UUIDField())

    app_privileges = WRITE_AND_DELETE

    class Meta:
        db_table = "critical_paths"
        constraints = [
            *record_constraints("critical_paths"),
            time_constraint("critical_paths", "computed_at"),
            models.CheckConstraint(
                name="critical_paths_counts_valid",
                condition=models.Q(minutes__gte=0, task_count__gte=0),
            ),
            models.CheckConstraint(
                name="critical_paths_task_ids_bounded",
                condition=models.Q(
                    models.lookups.LessThanOrEqual(Cardinality("task_ids"), MOST_KEPT),
                    models.lookups.LessThanOrEqual(Cardinality("task_ids"), models.F("task_count")),
                ),
            ),
        ]
        triggers = record_triggers(immutable=["id", "repository"])

    def __str__(self) -> str:
        return f"{self.task_count} tasks, {self.minutes} minutes"

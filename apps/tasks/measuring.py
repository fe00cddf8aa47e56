"""What measures the work of tasks writes here: the actual minutes of many tasks at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from uuid import UUID

from django.db import transaction

from apps.core.bulk import update_rows

from .models import Task

Measure = Callable[[Collection[UUID]], Mapping[UUID, int]]


@transaction.atomic
def measure_tasks(ids: Collection[UUID], measure: Measure) -> int:
    """Write the minutes that `measure` finds for these live tasks; how many got another number.

    It is asked under the locks of the tasks: of two that measure the same task at once, the second
    reads what the first has committed. What it does not name keeps its minutes.
    """
    locked = dict(
        Task.objects.filter(pk__in=ids)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
        .values_list("pk", "actual_minutes")
    )
    found = measure(list(locked)) if locked else {}
    changes = {
        key: {"actual_minutes": minutes} for key, minutes in found.items() if locked[key] != minutes
    }
    update_rows(Task, changes)
    return len(changes)

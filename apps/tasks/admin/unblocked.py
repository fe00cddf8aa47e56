"""On the page of a task: what becomes ready when it is completed."""

from __future__ import annotations

from django.utils.safestring import SafeString

from apps.core.admin.display import dash, is_deleted, items, related
from apps.tasks.choices import TaskStatus
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task

MOST_SHOWN = 12


def made_ready(task: Task) -> SafeString:
    """Up to twelve tasks, a link each; a dash where there is none."""
    if is_deleted(task) or task.status not in OPEN:
        return dash()
    rows = Task.objects.ready_once(task, TaskStatus.COMPLETED).only("content", "deleted_at")
    found = list(rows.order_by("pk")[: MOST_SHOWN + 1])
    parts = [related(each) for each in found[:MOST_SHOWN]]
    return items([*parts, "… and more"] if len(found) > MOST_SHOWN else parts)

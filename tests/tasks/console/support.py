"""Dialogs as a browser opens and sends them; who holds work in the tests."""

from __future__ import annotations

import re
from typing import Any

from django.urls import reverse

from apps.tasks.models import TaskClaimEvent, TaskEvent

RIGHTS = ("view_task", "view_taskclaim", "change_taskclaim", "view_taskclaimevent")
HIDDEN = re.compile(r'<input type="hidden" name="(seen_fence)" value="(\d+)"')


def dialog(record: Any, name: str) -> str:
    """Where the dialog `name` of a task or a claim is."""
    return reverse(f"admin:tasks_{record._meta.model_name}_{name}", args=[record.pk])


def opened(client: Any, url: str) -> dict[str, str]:
    """What the dialog's form holds when it is shown."""
    answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return {"_form_submitted": "on", **dict(HIDDEN.findall(answer.content.decode()))}


def told(task: Any) -> list[tuple[str, str, Any]]:
    """The history of a task's claims: what happened, whose it was, why."""
    events = TaskClaimEvent.objects.filter(task_id=task.pk).order_by("pgh_id")
    return [(e.pgh_label, e.holder, (e.pgh_context or {}).get("reason")) for e in events]


def last_event(task: Any) -> Any:
    """The newest in the task's own history."""
    return TaskEvent.objects.filter(pgh_obj_id=task.pk).order_by("pgh_id").last()

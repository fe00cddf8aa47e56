"""Tasks that are there, from which a read takes its parameters."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from apps.core.ids import uuid7_floor, uuid7_time
from apps.tasks.models import Task


@cache
def _span() -> tuple[datetime, datetime]:
    first = Task.all_objects.order_by("pk").values_list("pk", flat=True)[0]
    last = Task.all_objects.order_by("-pk").values_list("pk", flat=True)[0]
    return uuid7_time(first), uuid7_time(last)


def any_task(random: Random, **conditions: Any) -> Any:
    """A live task that fulfils the conditions: rather a recent one, and of a busy repository."""
    first, last = _span()
    return _near(last - (last - first) * random.random() ** 2, **conditions)


def old_task(random: Random) -> Any:
    """A task of the first tenth of time, in whichever repository."""
    first, last = _span()
    return _near(first + (last - first) * 0.1 * random.random())


def deleted_task(random: Random) -> Any:
    """A task in the bin."""
    first, last = _span()
    moment = uuid7_floor(first + (last - first) * random.random())
    deleted = Task.all_objects.filter(deletion_batch__isnull=False)
    return deleted.filter(pk__gte=moment).order_by("pk").first() or deleted.order_by("pk")[0]


def task_with_words(random: Random) -> tuple[Any, str]:
    """A task and something to search for that it holds: a frequent word, two, or a rare one."""
    task = any_task(random)
    words = sorted({word for word in task.content.split() if word.isalpha()}, key=len)
    term = random.choice((words[-1], words[len(words) // 2], " ".join(words[-2:])))
    return task, term


def _near(moment: datetime, **conditions: Any) -> Any:
    tasks = Task.objects.filter(**conditions)
    earlier = tasks.filter(pk__lt=uuid7_floor(moment)).order_by("-pk")
    return earlier.first() or tasks.order_by("pk")[0]

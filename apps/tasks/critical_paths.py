"""The stored critical path of each repository: reading it, and keeping it up with the tasks.

Writers of tasks pay nothing for it: what changed is found in the history, a few minutes later.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from apps.core.ids import uuid7_floor, uuid7_time
from apps.repositories.models import Repository

from .flows import read_flow
from .models import MOST_KEPT, CriticalPath, TaskDependencyEvent, TaskEvent

# An event is dated when it is written and seen when it is committed: so much later at most. What a
# longer transaction does is seen with the next change, at the latest when the path is `OLD`.
LATE_COMMIT = timedelta(minutes=15)
# Then a path is computed anew, whatever the history says.
OLD = timedelta(days=1)


def critical_task_ids(repository_id: UUID) -> tuple[datetime | None, frozenset[UUID]]:
    """When the repository's critical path was computed, and the tasks on it: the first `MOST_KEPT`.

    `None` and no tasks where it has not been computed yet. One read by a key, of what was true
    then: a task may have been closed since.
    """
    rows = CriticalPath.objects.filter(repository_id=repository_id)
    for computed_at, task_ids in rows.values_list("computed_at", "task_ids"):
        return computed_at, frozenset(task_ids)
    return None, frozenset()


def refresh_critical_path(repository: Repository) -> CriticalPath:
    """Compute the path of `repository` from its rows as they are, and keep it.

    Idempotent. Of several at once, the one who began to read last has the last word.
    """
    flow = read_flow(repository)
    path = flow.figures.critical_path
    values = {
        "computed_at": flow.computed_at,
        "minutes": flow.figures.minutes,
        "task_count": len(path),
        "task_ids": list(path[:MOST_KEPT]),
    }
    with transaction.atomic():
        kept: CriticalPath
        kept, is_new = CriticalPath.objects.select_for_update(no_key=True).get_or_create(
            repository=repository, defaults=values
        )
        if not is_new and kept.computed_at < flow.computed_at:
            for name, value in values.items():
                setattr(kept, name, value)
            kept.save(update_fields=list(values))
    return kept


def repositories_to_refresh(now: datetime | None = None) -> list[Repository]:
    """Those in use whose tasks, dependencies or settings may have changed since their path was
    computed, or whose path is missing or old; in the order of their ids."""
    now = now or timezone.now()
    active = Repository.objects.filter(archived_at__isnull=True)
    computed = dict(
        CriticalPath.objects.filter(repository__in=active).values_list(
            "repository_id", "computed_at"
        )
    )
    known_since = {key: moment - LATE_COMMIT for key, moment in computed.items()}
    changes = _last_changes(active, min(known_since.values(), default=now))
    return [
        repository
        for repository in active.order_by("pk")
        if repository.pk not in computed
        or computed[repository.pk] < now - OLD
        or repository.updated_at >= known_since[repository.pk]
        or changes.get(repository.pk, known_since[repository.pk]) > known_since[repository.pk]
    ]


def _last_changes(repositories: QuerySet[Repository], since: datetime) -> Mapping[UUID, datetime]:
    """When a task or dependency of each repository was changed last, if it was `since` then."""
    floor = uuid7_floor(since)
    tasks = TaskEvent.objects.filter(repository=OuterRef("pk"), pgh_id__gte=floor)
    newest = Subquery(tasks.order_by("-pgh_id").values("pgh_id")[:1])
    # Those of a purged task are missed here, and found among the events of tasks.
    links = (
        TaskDependencyEvent.objects.filter(pgh_id__gte=floor)
        .order_by("task__repository_id", "-pgh_id")
        .distinct("task__repository_id")
        .values_list("task__repository_id", "pgh_id")
    )
    found: dict[UUID, datetime] = {}
    for key, event in [*repositories.order_by().values_list("pk", newest), *links]:
        if event is not None:
            moment = uuid7_time(event)
            found[key] = max(moment, found.get(key, moment))
    return found

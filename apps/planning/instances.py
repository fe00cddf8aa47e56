"""What became of instances of templates. The definitions are in docs/templates.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from apps.planning.choices import InstanceOutcome
from apps.planning.models import TemplateInstance
from apps.task_templates.differences import Difference, compare_versions
from apps.task_templates.models import TaskTemplateVersion
from apps.tasks.choices import TaskStatus
from apps.tasks.lifecycle import OPEN

# Of every template that has instances. One that was taken back (none of its tasks is live) is no
# use of its template; one is closed when none of its live tasks is open; it succeeded when the
# tasks of all of its steps are completed.
OUTCOMES = """
    WITH steps AS (
        SELECT s.instance_id, count(*) AS steps, count(t.id) AS live,
            count(*) FILTER (WHERE t.status IN ('pending', 'in_progress')) AS open,
            count(*) FILTER (WHERE t.status = 'completed') AS completed,
            max(t.completed_at) AS completed_at
        FROM template_instance_tasks AS s
        LEFT JOIN tasks AS t ON t.id = s.task_id AND t.deleted_at IS NULL
        GROUP BY s.instance_id
    ), instances AS (
        SELECT i.template_id, open = 0 AS closed, completed = steps AS succeeded,
            extract(epoch FROM steps.completed_at - i.created_at) / 60 AS minutes
        FROM template_instances AS i JOIN steps ON steps.instance_id = i.id
        WHERE live > 0
    )
    SELECT template_id, count(*), count(*) FILTER (WHERE closed),
        count(*) FILTER (WHERE succeeded),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes) FILTER (WHERE succeeded),
        percentile_cont(0.8) WITHIN GROUP (ORDER BY minutes) FILTER (WHERE succeeded)
    FROM instances GROUP BY template_id
"""


def with_outcomes(instances: QuerySet[TemplateInstance]) -> QuerySet[TemplateInstance]:
    """`instances` with counts of steps (all, live, open, completed) and the last completion."""
    live = Q(steps__task__deleted_at__isnull=True)
    return instances.annotate(
        step_count=Count("steps"),
        live_count=Count("steps__task", filter=live),
        open_count=Count("steps__task", filter=live & Q(steps__task__status__in=OPEN)),
        completed_count=Count(
            "steps__task", filter=live & Q(steps__task__status=TaskStatus.COMPLETED)
        ),
        last_completed_at=Max("steps__task__completed_at", filter=live),
    )


def outcome_of(instance: Any) -> InstanceOutcome:
    """What became of an instance that `with_outcomes` has read."""
    if instance.live_count == 0:
        return InstanceOutcome.WITHDRAWN
    if instance.open_count:
        return InstanceOutcome.OPEN
    if instance.completed_count == instance.step_count:
        return InstanceOutcome.SUCCEEDED
    return InstanceOutcome.PARTIAL if instance.completed_count else InstanceOutcome.FAILED


def minutes_of(instance: Any) -> float | None:
    """From the making of a successful instance to its last completion; None of any other."""
    if outcome_of(instance) is not InstanceOutcome.SUCCEEDED:
        return None
    last: datetime = instance.last_completed_at
    return round(max(0.0, (last - instance.created_at).total_seconds() / 60), 1)


def difference_to_now(instance: TemplateInstance) -> Difference:
    """What makes the template as it stands of the version that the instance was made of."""
    then = TaskTemplateVersion.objects.get(template=instance.template_id, number=instance.number)
    now = instance.template
    return compare_versions(then.tasks, then.variables, now.tasks, now.variables)


def compute_outcomes() -> dict[UUID, Mapping[str, Any]]:
    """The figures of every template that has instances, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES)
        rows = cursor.fetchall()
    now = timezone.now()
    return {
        template_id: {
            "popularity": used,
            "closed_count": closed,
            "success_rate": round(succeeded / closed, 4) if closed else None,
            "p50_minutes": _rounded(p50),
            "p80_minutes": _rounded(p80),
            "outcomes_at": now,
        }
        for template_id, used, closed, succeeded, p50, p80 in rows
    }


def _rounded(minutes: float | None) -> float | None:
    return None if minutes is None else round(max(0.0, minutes), 1)

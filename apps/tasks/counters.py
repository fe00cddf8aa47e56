"""Numbers that are derived from tasks and kept elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.prds.models import PRD

from .models import Task


@transaction.atomic
def recount_tasks(prd_ids: Sequence[UUID]) -> None:
    """Set `task_count` of these PRDs to the number of their live tasks; idempotent.

    Only what differs is written. The number is derived: no version, no history.
    """
    # Locked first, and counted in a new statement: of two who count at once the one who writes
    # last would else leave the older number.
    prds = PRD.all_objects.filter(pk__in=prd_ids)
    list(prds.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    live = Task.objects.filter(prd=OuterRef("pk")).order_by().values("prd")
    counted = Coalesce(Subquery(live.annotate(number=Count("*")).values("number")), 0)
    prds.exclude(task_count=counted).update(task_count=counted)

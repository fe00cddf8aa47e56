"""Reads of the texts that a PRD has had: who wrote which, and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from apps.audit.events import key_after
from apps.core.ids import FUTURE_TOLERANCE, uuid7_floor

from .line_diff import LineDiff, diff_lines
from .models import PRD, OctetLength, PRDRevision, PRDRevisionEvent

# A statement that writes many rows records their events at its end.
LONGEST_STATEMENT = timedelta(days=1)


def revisions_of(prd: PRD) -> Any:
    """The revisions of `prd`, newest first, without their texts but with their `size` in bytes."""
    revisions = PRDRevision.objects.filter(prd=prd).defer("content")
    return revisions.annotate(size=OctetLength("content")).order_by("-number")


def find_writers(revisions: Sequence[Any]) -> None:
    """Give each of `revisions` its `event`: who wrote it, through what, why (see `audit`).

    One query, bounded to the partitions of the time in which they were written.
    """
    if not revisions:
        return
    times = [revision.created_at for revision in revisions]
    written = PRDRevisionEvent.objects.filter(
        pgh_obj_id__in=[revision.pk for revision in revisions],
        pgh_label="insert",
        pgh_id__gte=uuid7_floor(min(times) - FUTURE_TOLERANCE),
        pgh_id__lt=key_after(max(times) + LONGEST_STATEMENT),
    )
    found = {event.pgh_obj_id: event for event in written}
    for revision in revisions:
        revision.event = found.get(revision.pk)


def compare(old: PRDRevision | None, new: PRDRevision) -> LineDiff:
    """What makes the text of `new` of that of `old`; of nothing, without it."""
    return diff_lines("" if old is None else old.content, new.content)

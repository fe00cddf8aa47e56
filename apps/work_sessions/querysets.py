"""Reads of work sessions, named by what they mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import Prefetch, Q

from apps.core.querysets import RecordQuerySet

from .choices import SessionState


class WorkSessionQuerySet(RecordQuerySet):
    """Reads of work sessions."""

    def for_display(self) -> Self:
        """With the names and the tasks that an answer shows: one query more for all rows."""
        links: Any = self.model._meta.get_field("task_links").related_model
        shown = links.objects.only("session", "task", "started_at", "completed_at")
        return self.select_related("repository", "actor").prefetch_related(
            Prefetch("task_links", shown.order_by("started_at", "pk"), to_attr="shown_links")
        )

    def active(self) -> Self:
        """Those that go on."""
        return self.filter(state=SessionState.ACTIVE)

    def unseen_since(self, moment: datetime) -> Self:
        """Those that go on and were not heard of since, the longest silent first."""
        return self.active().filter(last_seen_at__lt=moment).order_by("last_seen_at", "pk")

    def of(self, repository_id: UUID, session_id: str) -> Self:
        """Those of a client's id in a repository."""
        return self.filter(repository=repository_id, session_id=session_id)

    def around(self, moment: datetime) -> Self:
        """Those that went on at `moment`, the last begun first."""
        lasted = Q(end_time__isnull=True) | Q(end_time__gte=moment)
        return self.filter(lasted, start_time__lte=moment).order_by("-start_time", "-pk")

"""Reads of tasks, named by what they mean."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Prefetch

from apps.core.querysets import RecordQuerySet

# Wide columns that a list never shows; each can have 100 kB and more.
WIDE_COLUMNS = ("search", "details", "metadata", "complexity_factors")


class TaskQuerySet(RecordQuerySet):
    """Reads of tasks."""

    def for_display(self) -> Self:
        """With the names that an answer shows, and without the search vector."""
        return self.select_related("repository", "external_key").defer("search")

    def with_links(self) -> Self:
        """With the ids of the live tasks that each depends on, and that it blocks: two queries."""
        # Through the relation: an import of the models would run in a circle.
        link_model: Any = self.model._meta.get_field("dependency_links").related_model

        def links(other: str) -> Any:
            return (
                link_model.objects.filter(**{f"{other}__deleted_at__isnull": True})
                .only("task_id", "depends_on_id", "kind")
                .order_by("id")
            )

        return self.prefetch_related(
            Prefetch("dependency_links", queryset=links("depends_on"), to_attr="live_dependencies"),
            Prefetch("dependent_links", queryset=links("task"), to_attr="live_dependents"),
        )

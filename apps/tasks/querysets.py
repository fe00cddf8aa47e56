"""Reads of tasks, named by what they mean."""

from __future__ import annotations

from typing import Any, Self

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Now
from django.db.models.lookups import IsNull

from apps.core.querysets import RecordQuerySet
from apps.repositories.choices import CancelledBlockers

from .choices import DependencyKind, TaskStatus
from .lifecycle import OPEN

# Wide columns that a list never shows; each can have 100 kB and more.
WIDE_COLUMNS = ("search", "details", "metadata", "complexity_factors")


class TaskQuerySet(RecordQuerySet):
    """Reads of tasks."""

    def for_display(self) -> Self:
        """With the names that an answer shows, and without the search vector."""
        return self.select_related("repository", "external_key").defer("search")

    def with_links(self) -> Self:
        """With the links to live tasks, in both directions: two queries."""

        def links(other: str) -> Any:
            return (
                self._related("dependency_links")
                .objects.filter(**{f"{other}__deleted_at__isnull": True})
                .only("task_id", "depends_on_id", "kind")
                .order_by("id")
            )

        return self.prefetch_related(
            Prefetch("dependency_links", queryset=links("depends_on"), to_attr="live_dependencies"),
            Prefetch("dependent_links", queryset=links("task"), to_attr="live_dependents"),
        )

    def deleted(self) -> Self:
        """What is in the bin; of `all_objects`."""
        # As the indexes of the bin say it.
        return self.filter(deletion_batch__isnull=False)

    def open(self) -> Self:
        """Pending or in progress."""
        return self.filter(status__in=OPEN)

    def overdue(self) -> Self:
        """Open, and due before now."""
        # The index on due_at holds what is not completed: so that the planner sees it, it is said.
        return self.open().filter(due_at__lt=Now(), completed_at__isnull=True)

    def ready(self) -> Self:
        """Pending, held by no claim, without open children, and waiting for nothing."""
        return self._startable(self._open_children(), self._open_blockers())

    def ready_once(self, task: Any, status: TaskStatus) -> Self:
        """What is not ready now and is as soon as `task`, which is open, has this closing status.

        Its parent, if `task` is the last open child, and what waits for nothing else; where
        cancelled tasks go on blocking, a cancelled one releases its parent only.
        """
        blocks_still = status.value in blocking_statuses(task.repository)
        parents = self.model.objects.filter(pk=task.pk).order_by().values("parent_task_id")
        waiting = self._related("dependency_links").objects.filter(
            depends_on=task, kind=DependencyKind.BLOCKS
        )
        blockers = self._open_blockers()
        if blocks_still:
            concerned = parents
        else:
            concerned = waiting.order_by().values("task_id").union(parents)
            blockers = blockers.exclude(depends_on=task)
        children = self._open_children().exclude(pk=task.pk)
        return self.filter(pk__in=concerned)._startable(children, blockers)

    def _startable(self, children: QuerySet[Any], blockers: QuerySet[Any]) -> Self:
        """Pending, held by no claim, and without any of these `children` and `blockers`."""
        claims = self._related("claim").objects.present().filter(task=OuterRef("pk"))
        return self.filter(none(claims), none(children), none(blockers), status=TaskStatus.PENDING)

    def _open_children(self) -> QuerySet[Any]:
        """The open children of the task of the outer query."""
        open_tasks: QuerySet[Any] = self.model.objects.open().filter(parent_task=OuterRef("pk"))
        return open_tasks

    def blocked(self) -> Self:
        """Pending, and waiting for a task that it depends on."""
        return self.filter(some(self._open_blockers()), status=TaskStatus.PENDING)

    def holding_up(self, task: Any) -> Self:
        """What `task` waits for: its blockers that are open, or cancelled where that blocks."""
        links = self._related("dependency_links").objects.filter(
            task=task, kind=DependencyKind.BLOCKS
        )
        statuses = blocking_statuses(task.repository)
        return self.filter(pk__in=links.values("depends_on_id"), status__in=statuses)

    def _open_blockers(self) -> QuerySet[Any]:
        """The dependencies that hold up the task of the outer query; deleted blockers never do."""
        cancelled_blocks = self._related("repository").objects.filter(
            pk=OuterRef("repository_id"),
            settings__cancelled_blockers=CancelledBlockers.BLOCK.value,
        )
        # One sub-query of tasks, since each is planned for all partitions; and a scalar one: joined
        # to a partitioned table, the planner reads whole partitions once its estimates are off.
        blocker = self.model.objects.filter(
            Q(status__in=OPEN) | Q(Exists(cancelled_blocks), status=TaskStatus.CANCELLED),
            pk=OuterRef("depends_on_id"),
        )
        return (
            self._related("dependency_links")
            .objects.filter(task=OuterRef("pk"), kind=DependencyKind.BLOCKS)
            .filter(some(blocker))
        )

    def _related(self, field: str) -> Any:
        # Through the relation: an import of the models would run in a circle.
        return self.model._meta.get_field(field).related_model


class TaskClaimQuerySet(RecordQuerySet):
    """Reads of claims; by the database's clock."""

    def present(self) -> Self:
        """Those that hold their task."""
        return self.filter(expires_at__gt=Now())

    def of_live_tasks(self) -> Self:
        """Those whose task is not deleted."""
        tasks = self.model._meta.get_field("task").related_model
        return self.filter(some(tasks.objects.filter(pk=OuterRef("task_id"))))

    def expired(self) -> Self:
        """Those that hold nothing any more, and are not cleared away yet."""
        return self.filter(expires_at__lte=Now())


def blocking_statuses(repository: Any) -> list[str]:
    """The statuses of a task that hold up those that depend on it, by the repository's rule."""
    cancelled_blocks = repository.cancelled_blockers is CancelledBlockers.BLOCK
    return [*OPEN, TaskStatus.CANCELLED.value] if cancelled_blocks else list(OPEN)


def some(rows: QuerySet[Any]) -> IsNull:
    """Whether there is one of `rows`, asked once for each row of the outer query.

    Not EXISTS, which the planner may turn into a join over all partitions.
    """
    return IsNull(Subquery(rows.values(found=Value(1))[:1]), False)


def none(rows: QuerySet[Any]) -> IsNull:
    """Whether there is none of `rows`, asked likewise."""
    return IsNull(Subquery(rows.values(found=Value(1))[:1]), True)

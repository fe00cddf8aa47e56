"""`/api/v1/tasks/graph` and `/api/v1/tasks/{id}/unblocks`: what waits for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import Filter, UUIDFilter
from apps.core.api.pagination import DEFAULT_LIMIT, MAX_LIMIT, page_limit
from apps.core.api.parameters import invalid_parameter
from apps.core.api.views import BaseAPIView
from apps.core.api.viewsets import BaseViewSet
from apps.prds.models import PRD
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.flows import MOST_TASKS, Flow, TooManyTasksError, contents_of, read_flow
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task

from .flow_serializers import (
    GRAPH_EXAMPLE,
    UNBLOCKS_EXAMPLE,
    TaskGraphSerializer,
    UnblocksSerializer,
)

MOST_CIRCLES = 20
MOST_STEPS = 20


@dataclass(frozen=True, kw_only=True)
class LimitFilter(Filter):
    """How many tasks each list of the answer has at most; the view asks `page_limit`."""

    description: str = "How many tasks each list of the answer has at most."

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}


class TaskGraphView(BaseAPIView):
    """What the open work of a repository or PRD waits for."""

    filters = {
        "repository": REPOSITORY_FILTER,
        "prd_id": UUIDFilter(
            description="Only the tasks of this PRD of the repository, and what they wait for"
            " among themselves."
        ),
        "limit": LimitFilter(),
    }

    @extend_schema(
        operation_id="tasks_graph",
        tags=["tasks"],
        summary="The critical path and what blocks whom",
        responses=TaskGraphSerializer,
        examples=[OpenApiExample("A repository", value=GRAPH_EXAMPLE, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        """The critical path, the longest chain of tasks that wait one for another, and circles.

        Open tasks wait for their open children and for what they depend on by kind `blocks`. It is
        computed from the rows as they are. A repository with more than 100,000 open tasks is asked
        for by `prd_id`.
        """
        limit = page_limit(request.query_params)
        repository = listed_repository(request)
        prd = self._prd(request, repository)
        try:
            flow = read_flow(repository, prd, most=MOST_TASKS)
        except TooManyTasksError as error:
            invalid_parameter("prd_id", "required", f"{error} Ask for one of its PRDs by prd_id.")
        return Response(TaskGraphSerializer(_answer(flow, limit)).data)

    def _prd(self, request: Request, repository: Repository) -> PRD | None:
        text = request.query_params.get("prd_id")
        if text is None:
            return None
        prd_id = self.filters["prd_id"].parse("prd_id", text)
        prd: PRD | None = PRD.objects.filter(pk=prd_id, repository=repository).first()
        if prd is None:
            detail = f"There is no live PRD {prd_id} in {repository.name}."
            invalid_parameter("prd_id", "not_found", detail)
        return prd


class TaskUnblocksViewSet(BaseViewSet):
    """The tasks of the repositories that the caller may see."""

    queryset = Task.objects.none()  # tells the schema of the model

    def get_queryset(self) -> Any:
        tasks = Task.objects.select_related("repository").defer("search", "details")
        return in_visible_repositories(tasks, self.request)

    @extend_schema(
        operation_id="tasks_unblocks",
        tags=["tasks"],
        summary="What closing a task would make ready",
        responses=UnblocksSerializer,
        examples=[OpenApiExample("A task", value=UNBLOCKS_EXAMPLE, response_only=True)],
    )
    def unblocks(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The tasks that are not ready now and would be if this one were completed or cancelled:
        those that wait for nothing else, and its parent if it is the last open child.

        A closed task makes nothing ready. Whether it may be closed now is another question: see
        `open_work` at changing a task.
        """
        limit = page_limit(request.query_params)
        task = self.get_object()
        answer: dict[str, Any] = {"task_id": task.pk, "status": task.status}
        for status in (TaskStatus.COMPLETED, TaskStatus.CANCELLED):
            answer[status.value] = _unblocked(task, status, limit)
        return Response(UnblocksSerializer(answer).data)


UNBLOCKS_FILTERS: Mapping[str, Filter] = {"limit": LimitFilter()}


def _unblocked(task: Task, status: TaskStatus, limit: int) -> dict[str, Any]:
    if task.status not in OPEN:
        return {"count": 0, "left_out": 0, "tasks": []}
    found = Task.objects.ready_once(task, status)
    shown = list(found.order_by("pk").values("id", "content", "priority", "assignee")[: limit + 1])
    count = len(shown) if len(shown) <= limit else found.count()
    return {"count": count, "left_out": max(0, count - limit), "tasks": shown[:limit]}


def _answer(flow: Flow, limit: int) -> dict[str, Any]:
    figures = flow.figures
    path, longest = figures.critical_path, figures.longest_chain
    circles = figures.circles[:MOST_CIRCLES]
    steps = {circle: flow.circle_steps[circle][:MOST_STEPS] for circle in circles}
    on_ways = {step.task for shown in steps.values() for step in shown}
    contents = contents_of({*path[:limit], *longest[:limit], *on_ways})

    def named(key: UUID) -> dict[str, Any]:
        return {"id": key, "content": contents.get(key, ""), "status": flow.statuses[key]}

    def chain(keys: Sequence[UUID]) -> dict[str, Any]:
        return {
            "count": len(keys),
            "minutes": sum(figures.tasks[key].minutes for key in keys),
            "left_out": max(0, len(keys) - limit),
            "tasks": [
                {
                    **named(key),
                    "minutes": figures.tasks[key].minutes,
                    "assumed": figures.tasks[key].assumed,
                    "slack_minutes": figures.slack[key],
                }
                for key in keys[:limit]
            ],
        }

    return {
        "repository": flow.repository.name,
        "prd_id": flow.prd.pk if flow.prd else None,
        "computed_at": flow.computed_at,
        "counts": _counts(flow),
        "assumed_minutes": flow.assumed_minutes,
        "total_minutes": figures.total_minutes,
        "critical_path": chain(path),
        "longest_blocked_chain": chain(longest),
        "circles": {
            "count": len(figures.circles),
            "left_out": len(figures.circles) - len(circles),
            "circles": [
                {
                    "count": len(circle.members),
                    "length": len(circle.way) - 1,
                    "left_out": len(circle.way) - 1 - len(steps[circle]),
                    "steps": [
                        {
                            **named(step.task),
                            "waits_for_id": step.other,
                            "is_child": step.is_child,
                            "is_dependency": step.is_dependency,
                        }
                        for step in steps[circle]
                    ],
                }
                for circle in circles
            ],
        },
    }


def _counts(flow: Flow) -> dict[str, int]:
    figures = flow.figures
    return {
        "tasks": len(figures.tasks),
        "pending": flow.count(TaskStatus.PENDING),
        "in_progress": flow.count(TaskStatus.IN_PROGRESS),
        "cancelled": flow.count(TaskStatus.CANCELLED),
        "waits": figures.waits,
        "assumed": figures.assumed,
        "in_circles": sum(len(circle.members) for circle in figures.circles),
        "behind_circles": len(figures.stuck),
        "outside": flow.outside,
    }

"""`/api/v1/tasks/claim-next`, `/tasks/claims`, `/tasks/{id}/claim|heartbeat|release`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import TextFilter
from apps.core.api.views import BaseAPIView
from apps.core.api.viewsets import BaseViewSet, ListAction
from apps.core.errors import NotFoundError
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.visibility import get_visible_repository
from apps.tasks.claims import claim_next, claim_task, release_claim, renew_claim
from apps.tasks.fences import present_claim
from apps.tasks.models import Task, TaskClaim
from apps.tasks.queue import FORMULA, Wanted

from .queue_serializers import (
    ClaimNextSerializer,
    ClaimRequestSerializer,
    ClaimSerializer,
    FenceSerializer,
    HandedOutSerializer,
    HeartbeatSerializer,
    show_claims,
)


class ClaimNextView(BaseAPIView):
    """Take the next work."""

    @extend_schema(
        operation_id="tasks_claim_next",
        tags=["claims"],
        summary="Take the next work",
        request=ClaimNextSerializer,
        responses=HandedOutSerializer,
    )
    def post(self, request: Request) -> Response:
        """200 with up to `limit` tasks from the head of the ready queue, each with the claim that
        holds it and why it was chosen; none when nothing that fits is ready, but for what others
        are taking at this moment. However many ask at once, no task is handed out twice.

        The claim lasts `lease_seconds`. Renew it by `heartbeat`, write with its `fence`, and close
        the task or `release` it. A claim that is not renewed ends by itself: the work returns to
        the queue, in progress or not, and what comes later under the old fence is a 409.
        """
        data = self.validated(ClaimNextSerializer)
        user, token = caller(request)
        repository = get_visible_repository(data["repository"], user, token)
        holder = data.get("holder") or user.get_username()
        taken = claim_next(
            actor=user,
            repository=repository,
            holder=holder,
            wanted=_wanted(data, holder),
            count=data["limit"],
            lease=timedelta(seconds=data["lease_seconds"]),
        )
        answer = {"claims": show_claims(taken), "formula": FORMULA}
        context = {**self.get_serializer_context(), "repository": repository}
        return Response(HandedOutSerializer(answer, context=context).data)


class TaskClaimViewSet(ListAction):
    """Who holds what."""

    queryset = TaskClaim.objects.none()  # tells the schema of the model
    read_serializer_class = ClaimSerializer
    filters = {"repository": REPOSITORY_FILTER, "holder": TextFilter()}

    def get_queryset(self) -> Any:
        claims = TaskClaim.objects.select_related("repository", "actor")
        return claims.present().of_live_tasks().filter(repository=listed_repository(self.request))

    @extend_schema(operation_id="tasks_claims_list", tags=["claims"], summary="Who holds what")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The claims of a repository whose lease has not expired, newest first."""
        return super().list(request, *args, **kwargs)


class ClaimViewSet(BaseViewSet):
    """The claim of one task."""

    queryset = Task.objects.none()  # tells the schema of the model
    read_serializer_class = ClaimSerializer

    def get_queryset(self) -> Any:
        tasks = Task.objects.select_related("repository").only("id", "repository")
        return in_visible_repositories(tasks, self.request)

    @extend_schema(operation_id="tasks_claim_retrieve", tags=["claims"], summary="Who holds a task")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The present claim; 404 when nobody holds the task."""
        task = self.get_object()
        claim = present_claim(task.pk)
        if claim is None:
            raise NotFoundError(f"Nobody holds the task {task.pk}.")
        return self._answer(claim)

    @extend_schema(
        operation_id="tasks_claim",
        tags=["claims"],
        summary="Take a task",
        request=ClaimRequestSerializer,
        responses={201: ClaimSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """201 with the claim of this task, which must be ready.

        409 `already_claimed` with the present `claim` when somebody holds it; 409 `not_ready` with
        what is in the way.
        """
        task = self.get_object()
        data = self.validated(ClaimRequestSerializer) if request.stream is not None else {}
        user, _ = caller(request)
        claim = claim_task(
            actor=user,
            task=task,
            holder=data.get("holder") or user.get_username(),
            **_lease(data),
        )
        return self._answer(claim, status=201)

    @extend_schema(
        operation_id="tasks_heartbeat",
        tags=["claims"],
        summary="Keep a task",
        request=HeartbeatSerializer,
        responses=ClaimSerializer,
    )
    @action(detail=True, methods=["post"], filters={})
    def heartbeat(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the claim, which lasts `lease_seconds` from now; without them as long as the
        last time.

        409 `stale_fence` with the present `claim` (or null) when this one is over.
        """
        task = self.get_object()
        data = self.validated(HeartbeatSerializer)
        user, _ = caller(request)
        claim = renew_claim(actor=user, task=task, fence=data["fence"], **_lease(data))
        return self._answer(claim)

    @extend_schema(
        operation_id="tasks_release",
        tags=["claims"],
        summary="Give a task back",
        request=FenceSerializer,
        responses={204: None},
    )
    @action(detail=True, methods=["post"], filters={})
    def release(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """204: the task is in the queue again; if it was in progress it is pending.

        409 `stale_fence` with the present `claim` (or null) when this one is over; 403 for a claim
        that was made under another login.
        """
        task = self.get_object()
        data = self.validated(FenceSerializer)
        user, _ = caller(request)
        release_claim(actor=user, task=task, fence=data["fence"])
        return Response(status=204)

    def _answer(self, claim: TaskClaim, *, status: int = 200) -> Response:
        return Response(ClaimSerializer(claim).data, status=status)


def _lease(data: dict[str, Any]) -> dict[str, timedelta]:
    seconds = data.get("lease_seconds")
    return {} if seconds is None else {"lease": timedelta(seconds=seconds)}


def _wanted(data: dict[str, Any], holder: str) -> Wanted:
    """What was asked for."""
    assignee = data.get("assignee")
    return Wanted(
        assignees=["", holder] if assignee is None else [assignee],
        priorities=data.get("priority"),
        complexities=data.get("complexity"),
        tags=data.get("tags"),
        prd_id=data.get("prd_id"),
        parent_task_id=data.get("parent_task_id"),
        most_minutes=data.get("most_minutes"),
    )

"""`/api/v1/prd/plans`: what an import would do, reviewed and then applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import versions
from apps.core.api.deletions import NoBodySerializer
from apps.core.api.filters import UUID_PATTERN, ChoiceFilter, UUIDFilter
from apps.core.api.keyset import Order
from apps.core.api.renderers import MarkdownRenderer
from apps.core.api.viewsets import CreateAction, DestroyAction, ListAction, RetrieveAction
from apps.core.errors import NotFoundError
from apps.planning.choices import Decision, EntryKind, PlanState
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.plans import count_entries, progress_of, text_of
from apps.planning.services import (
    EntryDecision,
    apply_plan,
    decide,
    discard_plan,
    make_plan,
    refresh_plan,
)
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.visibility import get_visible_repository

from .plan_serializers import (
    DecisionsSerializer,
    PlanCreateSerializer,
    PlanEntrySerializer,
    PlanSerializer,
    PlanSummarySerializer,
)

IN_ORDER = Order("position", description="in the order of the document, what is gone at the end")


@extend_schema_view(
    create=extend_schema(
        summary="Make a plan of a PRD's text",
        description=(
            "201 with the plan: what importing the text would do. No task changes before it is "
            "applied.\n\nOf a filename that the repository has, the text is merged with the tasks "
            "as they are now: what the document changed is taken, what people changed stays, what "
            "both changed is a conflict."
        ),
    )
)
class PRDPlanViewSet(ListAction, CreateAction, RetrieveAction, DestroyAction):
    """The plans of the repositories that the caller may see."""

    queryset = PRDPlan.objects.none()  # tells the schema of the model
    read_serializer_class = PlanSerializer
    create_serializer_class = PlanCreateSerializer
    filters = {
        "repository": REPOSITORY_FILTER,
        "state": ChoiceFilter(choices=PlanState, multiple=True),
        "prd_id": UUIDFilter(description="The plans of one PRD."),
    }

    def get_queryset(self) -> Any:
        plans = PRDPlan.objects.select_related("repository", "author", "closed_by")
        if self.action != "content":
            plans = plans.defer("content")
        if self.action == "list":
            return plans.defer("notes").filter(repository=listed_repository(self.request))
        return in_visible_repositories(plans, self.request)

    def represent(self, instance: PRDPlan) -> Any:
        instance.counts = count_entries(instance)  # type: ignore[attr-defined]
        instance.progress = progress_of(instance)  # type: ignore[attr-defined]
        return super().represent(instance)

    @extend_schema(summary="List plans", responses=PlanSummarySerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The plans of a repository, newest first, without their notes and counts."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = self.get_serializer_context()
        shown = PlanSummarySerializer(page, many=True, context=context)
        return self.get_paginated_response(shown.data)

    def perform_create(self, data: dict[str, Any]) -> PRDPlan:
        user, token = caller(self.request)
        repository = get_visible_repository(data["repository"], user, token)
        content = data.get("content")
        return make_plan(
            actor=user,
            repository=repository,
            filename=data["filename"],
            content=text_of(repository, data["filename"]) if content is None else content,
            generate_tasks=data["auto_generate_subtasks"],
        )

    @extend_schema(summary="Discard a plan")
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """204; the plan is closed and can be read still. 409 `plan_closed` when it was closed."""
        return super().destroy(request, *args, **kwargs)

    def perform_destroy(self, instance: PRDPlan, *, expected_version: int | None) -> None:
        user, _ = caller(self.request)
        discard_plan(actor=user, plan=instance, expected_version=expected_version)

    @extend_schema(
        summary="Get the text of a plan", responses={(200, "text/markdown"): OpenApiTypes.STR}
    )
    @action(detail=True, methods=["get"], filters={}, renderer_classes=[MarkdownRenderer])
    def content(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The text that the plan's lines count."""
        plan = self.get_object()
        versions.expected_version(request, plan)
        return self.respond(plan, data=plan.content)

    @extend_schema(summary="Decide on entries of a plan", request=DecisionsSerializer)
    @action(detail=True, methods=["post"], filters={})
    def decisions(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the plan, which has a new version; all answers are taken, or none.

        An answer to which earlier item an entry is (`same_as`) makes the plan anew: read its
        entries again.
        """
        plan = self.get_object()
        data = self.validated(DecisionsSerializer)
        expected = versions.expected_version(request, plan, data.pop("version", None))
        decisions = [
            EntryDecision(
                entry_id=entry["id"],
                decision=entry.get("decision"),
                choices=entry.get("choices"),
                values=entry.get("values"),
                same_as=entry.get("same_as"),
            )
            for entry in data["entries"]
        ]
        user, _ = caller(request)
        with self.explaining_staleness(plan, expected):
            decided = decide(actor=user, plan=plan, decisions=decisions, expected_version=expected)
        return self.respond(self.reread(decided))

    @extend_schema(summary="Refresh a plan", request=None)
    @action(detail=True, methods=["post"], filters={})
    def refresh(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the plan, compared with the tasks as they are now. What was said of entries that
        stay the same stands."""
        return self._do(request, refresh_plan)

    @extend_schema(summary="Apply a plan", request=None)
    @action(detail=True, methods=["post"], filters={})
    def apply(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the applied plan: its text is the PRD's, its entries are done, all of them or
        none.

        409 `plan_stale` when the document or a task was changed since the plan was made or
        refreshed; `plan_undecided` when an entry needs an answer, named in `errors`; `open_work`
        or `dependency_cycle` when work outside of the document stands in the way. While it runs,
        the plan's `progress` says how far it is.
        """

        def apply(**arguments: Any) -> PRDPlan:
            return apply_plan(**arguments).plan

        return self._do(request, apply)

    def _do(self, request: Request, service: Callable[..., PRDPlan]) -> Response:
        plan = self.get_object()
        if request.stream is not None:
            self.validated(NoBodySerializer)
        expected = versions.expected_version(request, plan)
        user, _ = caller(request)
        with self.explaining_staleness(plan, expected):
            done = service(actor=user, plan=plan, expected_version=expected)
        return self.respond(self.reread(done))


class PRDPlanEntryViewSet(ListAction, RetrieveAction):
    """The entries of a plan that the caller may see."""

    queryset = PRDPlanEntry.objects.none()  # tells the schema of the model
    read_serializer_class = PlanEntrySerializer
    order_fields = {"position": IN_ORDER}
    filters = {
        "kind": ChoiceFilter(choices=EntryKind, multiple=True),
        "decision": ChoiceFilter(choices=Decision, multiple=True),
    }

    def get_queryset(self) -> Any:
        plans = in_visible_repositories(PRDPlan.objects.all(), self.request)
        plan_id = self.kwargs["plan_id"]
        if not plans.filter(pk=plan_id).exists():
            raise NotFoundError(f"There is no PRD plan with the id {plan_id}.")
        return PRDPlanEntry.objects.filter(plan=plan_id)

    @extend_schema(
        summary="List the entries of a plan",
        parameters=[OpenApiParameter("plan_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the plan would do, or has done, in the order of the document."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Get an entry of a plan",
        parameters=[OpenApiParameter("plan_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One entry, with what was said of it."""
        return super().retrieve(request, *args, **kwargs)


ENTRIES = rf"prd/plans/(?P<plan_id>{UUID_PATTERN})/entries"

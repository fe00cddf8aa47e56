"""`/api/v1/patterns`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import UUID_PATTERN, BooleanFilter, ChoiceFilter
from apps.core.api.keyset import NEWEST_FIRST, Order
from apps.core.api.viewsets import BaseViewSet, CreateAction, ListAction, RetrieveAction
from apps.core.errors import NotFoundError
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.visibility import get_visible_repository, visible_repositories
from apps.task_patterns.choices import FeedbackVerdict
from apps.task_patterns.models import PatternFeedback, PatternRepository, TaskPattern
from apps.task_patterns.services import give_feedback
from apps.task_patterns.visibility import patterns_in, visible_patterns
from apps.task_patterns.work_types import WorkType

from .serializers import FeedbackCreateSerializer, FeedbackSerializer, PatternSerializer

PATTERN_ID = OpenApiParameter("pattern_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@dataclass(frozen=True, kw_only=True)
class WorkTypeFilter(ChoiceFilter):
    """Patterns with a step of one of these kinds."""

    def condition(self, name: str, value: Any) -> Q:
        found = Q()
        for kind in value:
            found |= Q(task_sequence__contains=[{"work_type": kind}])
        return found


@dataclass(frozen=True, kw_only=True)
class ScopeFilter(ChoiceFilter):
    """Mined in the repository by itself, or over all of them together."""

    def condition(self, name: str, value: Any) -> Q:
        return Q(repository__isnull=value == ["all"])


@dataclass(frozen=True, kw_only=True)
class RetiredFilter(BooleanFilter):
    """Whether the last run did not find it any more."""

    def condition(self, name: str, value: Any) -> Q:
        return Q(retired_at__isnull=not value)


class PatternViewSet(ListAction, RetrieveAction):
    """The patterns that were found in repositories that the caller may see."""

    queryset = TaskPattern.objects.none()  # tells the schema of the model
    read_serializer_class = PatternSerializer
    order_fields = {
        "id": NEWEST_FIRST,
        "support": Order("support", descending=True, description="most streams first"),
        "last_seen_at": Order("last_seen_at", descending=True, description="last seen first"),
    }
    filters = {
        "repository": REPOSITORY_FILTER,
        "work_type": WorkTypeFilter(
            choices=[kind.value for kind in WorkType if kind is not WorkType.OTHER],
            multiple=True,
            description="Those with a step of one of these kinds.",
        ),
        "scope": ScopeFilter(
            choices=("repository", "all"),
            description="Those of the repository by itself, or of all repositories together.",
        ),
        "retired": RetiredFilter(
            description="Those that the last run did not find any more; false without it."
        ),
    }

    def get_queryset(self) -> Any:
        user, token = caller(self.request)
        if self.action == "list":
            patterns = patterns_in(listed_repository(self.request))
            if "retired" not in self.request.query_params:
                patterns = patterns.filter(retired_at__isnull=True)
        else:
            patterns = visible_patterns(user, token)
        visible = visible_repositories(user, token)
        shares = PatternRepository.objects.filter(repository__in=visible)
        return (
            patterns.select_related("repository", "run")
            .annotate(
                link_count=_count(PatternRepository.objects.all()),
                accepted_count=_feedback(visible, FeedbackVerdict.ACCEPTED),
                rejected_count=_feedback(visible, FeedbackVerdict.REJECTED),
            )
            .prefetch_related(
                Prefetch(
                    "repository_links",
                    shares.select_related("repository").order_by("repository__name"),
                    to_attr="visible_links",
                )
            )
        )

    @extend_schema(summary="List the patterns of a repository")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its own, and those over all repositories that were found in it, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Get a pattern")
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its figures, those of the repositories that the caller may see, and how many others there
        are. `docs/patterns.md` says what each figure means."""
        return super().retrieve(request, *args, **kwargs)


def _feedback(visible: Any, verdict: FeedbackVerdict) -> Any:
    return _count(PatternFeedback.objects.filter(repository__in=visible, verdict=verdict))


def _count(rows: QuerySet[Any]) -> Any:
    """How many of these rows a pattern has."""
    counted = rows.filter(pattern=OuterRef("pk")).order_by().values("pattern")
    return Coalesce(Subquery(counted.annotate(rows=Count("pk")).values("rows")), 0)


class PatternPartViewSet(BaseViewSet):
    """What a pattern has in repositories that the caller may see. Its path names the pattern."""

    def pattern(self) -> TaskPattern:
        """The pattern, if the caller may see it; else 404."""
        key = self.kwargs["pattern_id"]
        pattern = visible_patterns(*caller(self.request)).filter(pk=key).first()
        if pattern is None:
            name = TaskPattern._meta.verbose_name
            raise NotFoundError(f"There is no {name} with the id {key}.")
        return pattern


class PatternFeedbackViewSet(PatternPartViewSet, ListAction, CreateAction, RetrieveAction):
    """What people say of a pattern, in the repositories that the caller may see."""

    queryset = PatternFeedback.objects.none()  # tells the schema of the model
    read_serializer_class = FeedbackSerializer
    create_serializer_class = FeedbackCreateSerializer
    filters = {"verdict": ChoiceFilter(choices=FeedbackVerdict)}

    def get_queryset(self) -> Any:
        feedback = PatternFeedback.objects.filter(pattern=self.pattern())
        return in_visible_repositories(feedback.select_related("repository", "user"), self.request)

    @extend_schema(
        summary="Say whether a pattern is true",
        parameters=[PATTERN_ID],
        responses={200: FeedbackSerializer, 201: FeedbackSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """For a repository in which the caller is a contributor. 201 with the first word, 200 with
        one that replaces it: each person has one on a pattern and a repository."""
        pattern = self.pattern()
        data = self.validated(self.create_serializer_class)
        user, token = caller(request)
        feedback, created = give_feedback(
            actor=user,
            pattern=pattern,
            repository=get_visible_repository(data["repository"], user, token),
            verdict=FeedbackVerdict(data["verdict"]),
            comment=data["comment"],
        )
        response = self.respond(self.reread(feedback), status=201 if created else 200)
        response["Location"] = self.location(feedback)
        return response

    @extend_schema(summary="List what people say of a pattern", parameters=[PATTERN_ID])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Newest first. The pattern itself has the counts."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Get what somebody says of a pattern", parameters=[PATTERN_ID])
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One word on it."""
        return super().retrieve(request, *args, **kwargs)


FEEDBACK = rf"patterns/(?P<pattern_id>{UUID_PATTERN})/feedback"

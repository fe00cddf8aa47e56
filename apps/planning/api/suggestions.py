"""`/api/v1/tasks/suggest` and `/api/v1/suggestions`: what to do next, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import versions
from apps.core.api.filters import ChoiceFilter
from apps.core.api.views import BaseAPIView
from apps.core.api.viewsets import ListAction, RetrieveAction
from apps.core.errors import InvalidInputError
from apps.planning.choices import SuggestionState
from apps.planning.models import Suggestion
from apps.planning.services.suggesting import (
    Suggested,
    accept_suggestion,
    reject_suggestion,
    suggest,
)
from apps.planning.suggesting.records import count_open, is_open, read_records
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.models import Repository
from apps.repositories.visibility import get_visible_repository
from apps.tasks.models import Task

from .suggestion_serializers import (
    AcceptedSuggestionSerializer,
    SuggestedSerializer,
    SuggestionAcceptSerializer,
    SuggestionRejectSerializer,
    SuggestionSerializer,
    SuggestionStatisticsSerializer,
    SuggestRequestSerializer,
    source_statistics,
)


class SuggestView(BaseAPIView):
    """Ask what to do next."""

    @extend_schema(
        operation_id="tasks_suggest",
        tags=["suggestions"],
        summary="Suggest what to do next",
        request=SuggestRequestSerializer,
        responses=SuggestedSerializer,
    )
    def post(self, request: Request) -> Response:
        """200 with suggestions, best first, from mined patterns, templates, ready tasks, what came
        after similar work, and unmet criteria. Each says why, with its figures.

        They are kept for seven days. What is suggested already is answered again; what was rejected
        in the last 30 days is not. `cold_start` says that nothing has been learnt yet.
        """
        data = self.validated(SuggestRequestSerializer)
        user, token = caller(request)
        repository = get_visible_repository(data["repository"], user, token)
        made = suggest(
            actor=user,
            repository=repository,
            session_id=data.get("session_id", ""),
            task=_task(repository, data.get("task_id")),
            limit=data["limit"],
        )
        return Response(SuggestedSerializer(_answer(made)).data)


@dataclass(frozen=True, kw_only=True)
class SuggestionStateFilter(ChoiceFilter):
    """By state, where an open suggestion whose time is over counts as expired."""

    choices: Any = SuggestionState
    multiple: bool = True

    def apply(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        chosen, now = self.parse(name, text), timezone.now()
        wanted = Q(state__in=[state for state in chosen if state != SuggestionState.OPEN])
        if SuggestionState.OPEN in chosen:
            wanted |= is_open(now)
        if SuggestionState.EXPIRED in chosen:
            wanted |= Q(state=SuggestionState.OPEN, expires_at__lte=now)
        return queryset.filter(wanted)


class SuggestionViewSet(ListAction, RetrieveAction):
    """The suggestions of the repositories that the caller may see."""

    queryset = Suggestion.objects.none()  # tells the schema of the model
    read_serializer_class = SuggestionSerializer
    filters = {"repository": REPOSITORY_FILTER, "state": SuggestionStateFilter()}

    def get_queryset(self) -> Any:
        suggestions = Suggestion.objects.select_related("repository", "author", "decided_by")
        if self.action == "list":
            return suggestions.filter(repository=listed_repository(self.request))
        return in_visible_repositories(suggestions, self.request)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The suggestions of a repository, newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Accept a suggestion",
        request=SuggestionAcceptSerializer,
        responses=AcceptedSuggestionSerializer,
    )
    @action(detail=True, methods=["post"], filters={})
    def accept(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the suggestion and its task. One of kind `new` creates the task, with
        `ai_suggested`; the body, if there is one, gives it another content, priority or assignee.
        One of kind `existing` names its task and changes nothing.

        409 `suggestion_closed` when it was decided on before, or has expired.
        """
        suggestion = self.get_object()
        changes = {} if request.stream is None else self.validated(SuggestionAcceptSerializer)
        expected = versions.expected_version(request, suggestion)
        user, _ = caller(request)
        with self.explaining_staleness(suggestion, expected):
            accepted = accept_suggestion(
                actor=user, suggestion=suggestion, changes=changes, expected_version=expected
            )
        shown = accepted.suggestion
        shown.task = Task.objects.for_display().with_links().get(pk=accepted.task.pk)
        data = AcceptedSuggestionSerializer(shown, context=self.get_serializer_context()).data
        return self.respond(shown, data=data)

    @extend_schema(summary="Reject a suggestion", request=SuggestionRejectSerializer)
    @action(detail=True, methods=["post"], filters={})
    def reject(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the suggestion. The same is not offered again for 30 days, and its sources count
        a little less.

        409 `suggestion_closed` when it was decided on before, or has expired.
        """
        suggestion = self.get_object()
        data = {} if request.stream is None else self.validated(SuggestionRejectSerializer)
        expected = versions.expected_version(request, suggestion)
        user, _ = caller(request)
        with self.explaining_staleness(suggestion, expected):
            rejected = reject_suggestion(
                actor=user,
                suggestion=suggestion,
                comment=data.get("comment", ""),
                expected_version=expected,
            )
        return self.respond(rejected)

    @extend_schema(
        summary="How suggestions fare in a repository",
        responses=SuggestionStatisticsSerializer,
    )
    @action(detail=False, methods=["get"], filters={"repository": REPOSITORY_FILTER})
    def statistics(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Of the last 1,000 decisions: what was accepted and rejected, together and by source, and
        the weight that each source has for it."""
        repository = listed_repository(request)
        records = read_records(repository.pk)
        statistics = {
            "repository": repository.name,
            "open": count_open(repository.pk, timezone.now()),
            "accepted": records.together.accepted,
            "rejected": records.together.rejected,
            "acceptance_rate": records.together.acceptance_rate,
            "sources": source_statistics(records),
        }
        return Response(SuggestionStatisticsSerializer(statistics).data)


def _task(repository: Repository, task_id: Any) -> Task | None:
    if task_id is None:
        return None
    task: Task | None = Task.objects.filter(pk=task_id, repository=repository).first()
    if task is None:
        raise InvalidInputError("/task_id", f"There is no live task {task_id} in this repository.")
    return task


def _answer(made: Suggested) -> dict[str, Any]:
    by_source = {each.source: each for each in made.found}
    last = made.situation.last
    return {
        "suggestions": made.suggestions,
        "cold_start": made.cold_start,
        "message": made.message,
        "basis": {
            "by": made.situation.by,
            "last_task_id": last.pk if last else None,
            "task_ids": [task.pk for task in made.situation.tail],
        },
        "sources": [
            {
                **statistics,
                "found": len(by_source[statistics["source"]].candidates),
                "note": by_source[statistics["source"]].note,
            }
            for statistics in source_statistics(made.records)
            if statistics["source"] in by_source
        ],
    }

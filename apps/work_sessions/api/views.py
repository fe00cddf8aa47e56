"""`/api/v1/sessions`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.audit.snapshots import links_as_of
from apps.core.api import versions
from apps.core.api.deletions import NoBodySerializer
from apps.core.api.filters import ChoiceFilter, TextFilter
from apps.core.api.viewsets import CreateAction, ListAction, UpdateAction
from apps.core.errors import DomainError, ErrorCode
from apps.repositories.api.history import RepositoryHistoryAction
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.visibility import get_visible_repository
from apps.work_sessions.accounting import account_for
from apps.work_sessions.choices import SessionState, TaskEvent
from apps.work_sessions.models import WorkSession
from apps.work_sessions.services import (
    end_session,
    heartbeat,
    record_task,
    start_session,
    update_session,
)

from .serializers import (
    SessionEndSerializer,
    SessionSerializer,
    SessionStartSerializer,
    SessionTaskEventSerializer,
    SessionTimeSerializer,
    SessionUpdateSerializer,
)
from .times import shown_account


@dataclass(frozen=True, kw_only=True)
class ActorFilter(TextFilter):
    """By the name of whose session it is. A scalar sub-query, so that the list keeps its index."""

    description: str = "The user name of whose sessions these are."

    def condition(self, name: str, value: Any) -> Q:
        return Q(actor=Subquery(User.objects.filter(username=value).values("pk")[:1]))


class SessionViewSet(RepositoryHistoryAction, ListAction, CreateAction, UpdateAction):
    """The work sessions of the repositories that the caller may see."""

    queryset = WorkSession.objects.none()  # tells the schema of the model
    read_serializer_class = SessionSerializer
    create_serializer_class = SessionStartSerializer
    update_serializer_class = SessionUpdateSerializer
    filters = {
        "repository": REPOSITORY_FILTER,
        "state": ChoiceFilter(choices=SessionState, multiple=True),
        "session_id": TextFilter(description="The client's own id."),
        "actor": ActorFilter(),
    }

    def get_queryset(self) -> Any:
        sessions = WorkSession.objects.for_display()
        if self.action == "list":
            return sessions.filter(repository=listed_repository(self.request))
        return in_visible_repositories(sessions, self.request)

    def perform_create(self, data: dict[str, Any]) -> WorkSession:
        user, token = caller(self.request)
        return start_session(
            actor=user,
            repository=get_visible_repository(data.pop("repository"), user, token),
            session_id=data.pop("session_id"),
            start_time=data.pop("start_time", None),
            values=data,
        )

    def perform_update(
        self, instance: WorkSession, data: dict[str, Any], *, expected_version: int | None
    ) -> WorkSession:
        user, _ = caller(self.request)
        return update_session(
            actor=user, session=instance, changes=data, expected_version=expected_version
        )

    @extend_schema(summary="List the work sessions of a repository")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Newest first."""
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Start a work session")
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """201 with the session. Tasks in progress that carry its `session_id` are under way in it.

        409 `session_active` when one of this id goes on in the repository; `current` is that one.
        """
        with self._showing_current():
            return super().create(request, *args, **kwargs)

    @extend_schema(summary="Describe a work session")
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the session; 412 or 409 when it was changed meanwhile. Also one that has ended
        can be described."""
        return super().partial_update(request, *args, **kwargs)

    @extend_schema(summary="Say that a work session goes on", request=None)
    @action(detail=True, methods=["post"], filters={})
    def heartbeat(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the session, whose version stays: to be heard of is no change. Without a sign of
        life for two hours (a setting) it is closed as `abandoned`; a silence of more than 15
        minutes counts for no task.

        409 `session_closed` when it has ended.
        """
        session = self.get_object()
        if request.stream is not None:
            self.validated(NoBodySerializer)
        user, _ = caller(request)
        with self._showing_current():
            seen = heartbeat(actor=user, session=session)
        return self.respond(self.reread(seen))

    @extend_schema(
        summary="Say what happens to a task in a work session", request=SessionTaskEventSerializer
    )
    @action(detail=True, methods=["post"], filters={})
    def tasks(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the session. The same again changes nothing, and the task's own status stays as
        it is. Writes of tasks that carry the `session_id` are told by themselves.

        409 `session_closed` when it has ended.
        """
        session = self.get_object()
        data = self.validated(SessionTaskEventSerializer)
        user, _ = caller(request)
        with self._showing_current():
            changed = record_task(
                actor=user,
                session=session,
                task_id=data["task_id"],
                event=TaskEvent(data["event"]),
                at=data.get("at"),
            )
        return self.respond(self.reread(changed))

    @extend_schema(summary="End a work session", request=SessionEndSerializer)
    @action(detail=True, methods=["post"], filters={})
    def end(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the session and its score; the body, if there is one, has the last word on it.
        Its tasks get their measured minutes where the repository's setting `actual_minutes` is
        `sessions`.

        409 `session_closed` when it has ended before.
        """
        session = self.get_object()
        data = {} if request.stream is None else self.validated(SessionEndSerializer)
        expected = versions.expected_version(request, session)
        user, _ = caller(request)
        with self._showing_current(), self.explaining_staleness(session, expected):
            ended = end_session(
                actor=user,
                session=session,
                end_time=data.pop("end_time", None),
                values=data,
                expected_version=expected,
            )
        return self.respond(self.reread(ended))

    @extend_schema(
        summary="How the time of a work session was spent", responses=SessionTimeSerializer
    )
    @action(detail=True, methods=["get"], filters={})
    def time(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Its active time, and what each task took of it, with all that the minutes follow from."""
        session = self.get_object()
        account = shown_account(account_for(session))
        return Response(SessionTimeSerializer(account).data)

    # -- history ----
    def recall(self, records: Sequence[Any]) -> None:
        super().recall(records)
        actors = User.objects.in_bulk({record.actor_id for record in records} - {None})
        for record in records:
            record.actor = actors.get(record.actor_id)
            record.last_seen_at = None
            record.shown_links = []

    def recall_links(self, record: Any, moment: datetime) -> None:
        links = links_as_of(WorkSession, record.pk, moment)["tasks"]
        record.shown_links = sorted(links, key=lambda link: (link.started_at, link.pk))

    # -- conflicts ----
    @contextmanager
    def _showing_current(self) -> Iterator[None]:
        """Add the session that is in the way, as it is now, to the conflict."""
        try:
            yield
        except DomainError as error:
            if error.code not in (ErrorCode.SESSION_ACTIVE, ErrorCode.SESSION_CLOSED):
                raise
            extra = dict(error.extra)
            key = extra.get("current_id") or self.kwargs.get(self.lookup_field)
            found = WorkSession.objects.for_display().filter(pk=key).first()
            if found is not None:
                extra["current"] = self.represent(found)
            raise DomainError(error.code, error.detail, error.errors, extra) from error

"""`GET …/{id}/history` and `GET …/{id}?as_of=`: one line for a resource.

A resource puts `HistoryAction` before its other actions and says who may see a record that may be
deleted, or gone altogether (`may_see`). What its representation needs beside the record's columns,
`recall` brings.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.audit.events import event_time, events_of, record_of
from apps.audit.history import Entry, LinkChange, Operation, read_history
from apps.audit.snapshots import event_as_of
from apps.audit.tracking import Link
from apps.core.api.filters import DateTimeFilter, Filter
from apps.core.api.pagination import (
    DEFAULT_LIMIT,
    MAX_CURSOR_LENGTH,
    MAX_LIMIT,
    KeysetPagination,
    cursor_signer,
    page_limit,
)
from apps.core.api.parameters import invalid_parameter
from apps.core.api.renderers import encode_json
from apps.core.api.viewsets import RetrieveAction
from apps.core.errors import DomainError, ErrorCode, NotFoundError
from apps.core.services import differ

from .serializers import LONGEST_VALUE, HistorySerializer

# Members that follow from the rest of an entry.
UNTOLD = frozenset({"id", "created_at", "updated_at", "version", "deleted_at"})
EMPTY: tuple[Any, ...] = ("", [], {})
EXAMPLE = {
    "results": [
        {
            "id": "01982f6e-2a1c-7d10-9b5e-6f1f0a3c2b1d",
            "at": "2026-05-01T08:00:00.123456Z",
            "operation": "updated",
            "version": 5,
            "actor": {"id": "01981a00-0000-7000-8000-0000000000a1", "name": "anna"},
            "source": "api",
            "name": "PATCH /api/v1/tasks/01982f00-1111-7222-8333-444455556666",
            "reason": "Customer asked",
            "request_id": "01982f6e-2a10-7000-8c44-0d5a1f0be001",
            "token": "thub_Xy12ab3",
            "login": "taskhub_app",
            "transaction": 48213,
            "changes": [
                {"field": "status", "before": "pending", "after": "in_progress"},
                {
                    "field": "dependencies",
                    "added": [{"id": "01982e00-1111-7222-8333-444455556666", "kind": "blocks"}],
                    "removed": [],
                },
            ],
        }
    ],
    "next": None,
}


@dataclass(frozen=True, kw_only=True)
class PastMoment(DateTimeFilter):
    """An instant that is over; it narrows nothing, the view reads it."""

    description: str = (
        "The record as it was at this instant, without an entity tag. Not in the future."
    )

    def parse(self, name: str, text: str) -> datetime:
        moment = super().parse(name, text)
        if moment > timezone.now():
            invalid_parameter(name, "in_future", f"{name} lies in the future.")
        return moment


AS_OF = PastMoment()


class HistoryPagination(KeysetPagination):
    """The pages of a history: by the keys of events, in the envelope of every list."""

    def read(self, request: Request, model: type[Model], key: UUID) -> Sequence[Entry]:
        """The entries of the page that `request` asks for."""
        self.request = request
        query = request.query_params
        self._signer = cursor_signer(request.path, "history", query)
        page = read_history(model, key, limit=page_limit(query), before=self._position(query, UUID))
        self.next_cursor = None
        if page.older is not None:
            self.next_cursor = self._signer.sign_object(str(page.older))
        return page.entries


class HistoryAction(RetrieveAction):
    """The history of a record and its state at any instant, for live, deleted and purged ones."""

    def may_see(self, record: Any) -> bool:
        """Whether the caller may see `record`, which may exist in history only."""
        raise NotImplementedError

    def recall(self, records: Sequence[Any]) -> None:
        """Give `records`, images of one record, what their representation reads beside columns."""

    def recall_links(self, record: Any, moment: datetime) -> None:
        """Give `record`, as it was at `moment`, the links that its representation shows."""

    def get_filters(self) -> Mapping[str, Filter]:
        if getattr(self, "action", None) == "retrieve":
            return {"as_of": AS_OF}
        return super().get_filters()

    def get_parameters(self) -> Collection[str]:
        """Those of a page, for a history."""
        if getattr(self, "action", None) == "history":
            return {"cursor", "limit"}
        return super().get_parameters()

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The record; 304 if the client has it, 412 if If-Match names another version.

        With `as_of` the record as it was then, without an entity tag and its conditions; a 404 says
        since when it exists, or when it was deleted.
        """
        text = request.query_params.get("as_of")
        if text is None:
            return super().retrieve(request, *args, **kwargs)
        return Response(self.represent(self.record_as_of(AS_OF.parse("as_of", text))))

    @extend_schema(
        summary="List what happened to a record",
        responses=HistorySerializer,
        examples=[OpenApiExample("A change", value=EXAMPLE, response_only=True)],
        parameters=[
            OpenApiParameter(
                "limit",
                {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_LIMIT,
                    "default": DEFAULT_LIMIT,
                },
                description="How many entries a page has at most.",
            ),
            OpenApiParameter(
                "cursor",
                {"type": "string", "minLength": 1, "maxLength": MAX_CURSOR_LENGTH},
                description="`next` of the page before.",
            ),
            OpenApiParameter(
                "Link",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description='The next page, with rel="next".',
            ),
        ],
    )
    @action(detail=True, methods=["get"], filters={})
    def history(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What happened to the record and its links, newest first: who, through what, why, and
        what changed. Deleted records have it too."""
        pages = HistoryPagination()
        entries = pages.read(request, self._model, self.newest_event().pgh_obj_id)
        return pages.get_paginated_response(self._described(entries))

    # -- reading ----
    def newest_event(self) -> Any:
        """The last event of the record that the path names, if the caller may see it; else 404."""
        key = UUID(self.kwargs[self.lookup_field])
        event = events_of(self._model, key).first()
        if event is None or not self.may_see(record_of(event)):
            raise NotFoundError(f"There is no {self._noun} with the id {self.kwargs['id']}.")
        return event

    def record_as_of(self, moment: datetime) -> Any:
        """The record as GET would have shown it at `moment`; else a 404 that says why not."""
        newest = self.newest_event()
        key = newest.pgh_obj_id
        event = event_as_of(self._model, key, moment)
        if event is None or event.pgh_label == "delete" or getattr(event, "deleted_at", None):
            raise self._absent(key, event, moment)
        record = record_of(event)
        self.recall([record])
        self.recall_links(record, moment)
        return record

    def _absent(self, key: UUID, event: Any, moment: datetime) -> DomainError:
        then = _text(moment)
        if event is None:
            first = events_of(self._model, key).last()
            since = _text(event_time(first.pgh_id))
            known = "exists" if first.pgh_label == "insert" else "has a history"
            detail = f"The {self._noun} {key} did not exist at {then}: it {known} since {since}."
            return DomainError(ErrorCode.NOT_FOUND, detail, extra={"exists_since": since})
        gone = event_time(event.pgh_id) if event.pgh_label == "delete" else event.deleted_at
        detail = f"The {self._noun} {key} was deleted by {then}: at {_text(gone)}."
        return DomainError(ErrorCode.NOT_FOUND, detail, extra={"deleted_at": _text(gone)})

    @property
    def _model(self) -> Any:
        queryset: Any = self.queryset  # type: ignore[arg-type]  # it tells of the model alone
        return queryset.model

    @property
    def _noun(self) -> str:
        return str(self._model._meta.verbose_name)

    # -- showing ----
    def _described(self, entries: Sequence[Entry]) -> list[dict[str, Any]]:
        events = {e.pgh_id: e for entry in entries for e in (entry.event, entry.base) if e}
        records = {key: record_of(event) for key, event in events.items()}
        self.recall(list(records.values()))
        images = {key: self.represent(record) for key, record in records.items()}
        return [_entry(entry, images) for entry in entries]


def _entry(entry: Entry, images: Mapping[UUID, Mapping[str, Any]]) -> dict[str, Any]:
    context = entry.context
    actor = context.get("actor")
    return {
        "id": entry.id,
        "at": _text(entry.at),
        "operation": entry.operation.value,
        "version": entry.version,
        "actor": {"id": actor, "name": context.get("actor_name", "")} if actor else None,
        "source": context.get("source", "database"),
        "name": context.get("name", ""),
        "reason": context.get("reason", ""),
        "request_id": context.get("request_id"),
        "token": context.get("token"),
        "login": entry.newest.pgh_login,
        "transaction": entry.newest.pgh_xact,
        "changes": _changes(entry, images),
    }


def _changes(entry: Entry, images: Mapping[UUID, Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    links = _link_changes(entry.links)
    if entry.event is None or entry.operation is Operation.REMOVED:
        return links
    after = images[entry.event.pgh_id]
    if entry.base is not None:
        before = images[entry.base.pgh_id]
        named = [name for name in after if differ(before[name], after[name])]
    elif entry.operation is Operation.CREATED:
        before = dict.fromkeys(after)
        named = [name for name in after if after[name] is not None and after[name] not in EMPTY]
    else:
        return None
    return [
        _change(name, before[name], after[name]) for name in named if name not in UNTOLD
    ] + links


def _change(name: str, before: Any, after: Any) -> dict[str, Any]:
    shown = {"before": _bounded(before), "after": _bounded(after)}
    change: dict[str, Any] = {"field": name, **shown}
    # By length, not by value: a cut text equals what it was cut from in nothing else.
    if encode_json([before, after]) != encode_json(list(shown.values())):
        change["truncated"] = True
    return change


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        return value[:LONGEST_VALUE]
    if isinstance(value, list | dict) and len(encode_json(value)) > LONGEST_VALUE:
        return None
    return value


def _link_changes(links: Sequence[LinkChange]) -> list[dict[str, Any]]:
    by_name: dict[str, dict[str, Any]] = {}
    for change in links:
        told = by_name.setdefault(
            change.link.name, {"field": change.link.name, "added": [], "removed": []}
        )
        if change.after is not None:
            told["added"].append(_linked(change.link, change.after))
        if change.before is not None:
            told["removed"].append(_linked(change.link, change.before))
    return list(by_name.values())


def _linked(link: Link, event: Any) -> dict[str, Any]:
    field = event._meta.get_field(link.to)
    value = getattr(event, field.attname)
    shown = {"id" if field.is_relation else link.to: value}
    return {**shown, **{name: getattr(event, name) for name in link.shows}}


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

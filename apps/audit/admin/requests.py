"""Everything that one request, command or job did, over all kinds of records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString

from apps.audit.events import event_time

from .events import EventAdmin, among_newest
from .timeline import through, who

MOST = 200
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Deed:
    """One event, as a row."""

    key: Any
    at: datetime
    kind: str
    verb: SafeString
    record: SafeString
    url: str


def request_history(site: Any, request: HttpRequest) -> HttpResponse:
    """What the request `?id=` did, newest first: of each kind that the person may see at most 200
    events, among the newest 20,000 of the kind. Two statements a kind."""
    request_id = request.GET.get("id", "")[:LONGEST_ID].replace("\0", "")
    found: list[Any] = []
    for model, page in site._registry.items():
        if request_id and isinstance(page, EventAdmin) and page.has_view_permission(request):
            events = page.get_queryset(request).order_by("-pgh_id").defer(*page.list_defer)
            events = among_newest(events, pgh_context__request_id=request_id)
            kind = str(model.pgh_tracked_model._meta.verbose_name).capitalize()
            found += [(event, kind, page) for event in events[:MOST]]
    found.sort(key=lambda row: row[0].pgh_id, reverse=True)
    first = found[0][0] if found else None
    context = {
        **site.each_context(request),
        "title": "Request",
        "subtitle": request_id,
        "request_id": request_id,
        "context": {} if first is None else first.pgh_context,
        "who": "" if first is None else who(first),
        "source": "" if first is None else through(first),
        "deeds": [
            Deed(
                key=event.pgh_id,
                at=event_time(event.pgh_id),
                kind=kind,
                verb=page.verb(event),
                record=page.record(event),
                url=f"{page.history_url(event)}#event-{event.pgh_id}",
            )
            for event, kind, page in found
        ],
    }
    return TemplateResponse(request, "console/request.html", context)

"""The page of figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from apps.analytics.answers import KINDS, answer, answer_ageing
from apps.analytics.periods import BucketSize, make_period
from apps.analytics.scopes import make_scope
from apps.core.errors import DomainError
from apps.repositories.admin.scope import has_permission
from apps.tasks.models import Task
from apps.work_sessions.models import WorkSession

from .forms import FilterForm, with_defaults
from .sections import Section, drawn, order

OLDEST = 10
SCOPE = ("repository", "assignee", "prd_id")
PERIOD = ("since", "until", "tz")


def may_see(user: Any) -> bool:
    """Whether the person may see figures: whoever may see tasks."""
    return has_permission(user, "view", Task)


def analytics_page(site: Any, request: HttpRequest) -> HttpResponse:
    """The figures of a repository that the person may see."""
    if not may_see(request.user):
        raise PermissionDenied
    query = with_defaults(request.GET)
    form = FilterForm(request.user, query)
    sections: list[Section] = []
    if "repository" in query and form.is_valid():
        try:
            sees_sessions = has_permission(request.user, "view", WorkSession)
            sections = list(_sections(form, sees_sessions))
        except DomainError as error:
            for each in error.errors:
                form.add_error(each.pointer if each.pointer in form.fields else None, each.detail)
    context = {
        **site.each_context(request),
        "title": "Analytics",
        "form": form,
        "is_asked": "repository" in query,
        "sections": sections,
    }
    return TemplateResponse(request, "console/analytics.html", context)


def _sections(form: FilterForm, sees_sessions: bool) -> Iterator[Section]:
    data = form.cleaned_data
    now = timezone.now()
    assert form.chosen is not None  # noqa: S101  (a valid form has one)
    scope = make_scope(form.chosen, assignee=data["assignee"], prd_id=data["prd_id"] or None)
    asked = {name: data[name] for name in PERIOD if data[name]}

    def csv_url(kind: str, table: str) -> str:
        names = [*SCOPE, *(PERIOD if kind in KINDS else ())]
        if kind in KINDS and KINDS[kind].has_buckets:
            names.append("bucket")
        given = {name: str(data[name]) for name in names if data[name]}
        path = reverse(f"analytics-{kind}")
        return f"{path}?{urlencode({**given, 'format': 'csv', 'table': table})}"

    for kind in order():
        if kind == "sessions" and not sees_sessions:
            continue
        if kind in KINDS:
            size = BucketSize(data["bucket"]) if KINDS[kind].has_buckets else None
            found = answer(kind, scope, make_period(**asked, size=size, now=now))
        else:
            found = answer_ageing(scope, now, OLDEST)
        yield drawn(kind, found, csv_url)

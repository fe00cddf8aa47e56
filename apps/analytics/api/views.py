"""`/api/v1/analytics/…`: figures of a repository's work, as JSON or as CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, TypeVar

from django.utils import timezone
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.analytics.answers import KINDS, answer, answer_ageing
from apps.analytics.periods import BucketSize, Period, make_period
from apps.analytics.scopes import Scope, make_scope
from apps.analytics.tables import filename, table_rows, write_csv
from apps.core.api.filters import NumberFilter
from apps.core.api.parameters import invalid_parameter
from apps.core.api.renderers import OrjsonRenderer
from apps.core.api.views import BaseAPIView
from apps.repositories.api.requests import listed_repository

from . import serializers
from .parameters import BUCKET, PERIOD, SCOPE, CsvRenderer, FormatNegotiation, form

Method = TypeVar("Method", bound=Callable[..., Response])
DISPOSITION = OpenApiParameter(
    "Content-Disposition",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="With CSV: `attachment`, with the name for the file.",
)
OLDEST = NumberFilter(
    least=1, most=100, default=10, description="How many of the oldest open tasks are listed."
)


def described(name: str, summary: str, serializer: Any) -> Callable[[Method], Method]:
    """The operation's part of the OpenAPI document."""
    described: Callable[[Method], Method] = extend_schema(
        operation_id=f"analytics_{name}",
        tags=["analytics"],
        summary=summary,
        parameters=[DISPOSITION],
        responses={
            (200, "application/json"): serializer,
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    return described


class FigureView(BaseAPIView):
    """Figures of one kind."""

    kind: ClassVar[str]
    renderer_classes = [OrjsonRenderer, CsvRenderer]
    content_negotiation_class = FormatNegotiation

    def answer(self, scope: Scope, given: dict[str, Any]) -> dict[str, Any]:
        """The figures as they stand in JSON."""
        return answer(self.kind, scope, self.period(given))

    def period(self, given: dict[str, Any]) -> Period:
        """The period that the request names."""
        size = given.get("bucket", BucketSize.DAY) if KINDS[self.kind].has_buckets else None
        bounds = {name: given.get(name) for name in PERIOD}
        return make_period(**bounds, size=size, now=timezone.now())

    def respond(self, request: Request) -> Response:
        """JSON, or one of its tables as CSV."""
        given = {
            name: declared.parse(name, request.query_params[name])
            for name, declared in self.get_filters().items()
            if name in request.query_params
        }
        as_csv = request.accepted_renderer.format == CsvRenderer.format
        if "table" in given and not as_csv:
            invalid_parameter("table", "csv_only", "table is for CSV; JSON has all tables.")
        repository = listed_repository(request)
        scope = make_scope(
            repository, assignee=given.get("assignee", ""), prd_id=given.get("prd_id")
        )
        found = self.answer(scope, given)
        if not as_csv:
            return Response(found)
        table = given.get("table", self.tables())[0]
        rows = table_rows(found, table)
        headers = {
            "Content-Disposition": content_disposition_header(
                True, filename(scope.repository.name, self.kind, table)
            )
        }
        return Response(write_csv(self.columns(table), rows), headers=headers)

    def tables(self) -> Sequence[str]:
        """The names of the tables, the main one first."""
        return self.filters["table"].choices  # type: ignore[attr-defined]

    def columns(self, table: str) -> list[str]:
        """The names of a table's columns, also when it has no rows."""
        declared: Any = getattr(serializers, self.kind.capitalize())().fields[table]
        return list(getattr(declared, "child", declared).fields)


class ThroughputView(FigureView):
    """How much work came, was done and was dropped."""

    kind = "throughput"
    filters = {**SCOPE, **PERIOD, **BUCKET, **form(("buckets", "total"))}

    @described("throughput", "Tasks created, completed and cancelled", serializers.Throughput)
    def get(self, request: Request) -> Response:
        """Per day, week or month of a time zone, and in all."""
        return self.respond(request)


class TimesView(FigureView):
    """How long work took."""

    kind = "times"
    filters = {**SCOPE, **PERIOD, **BUCKET, **form(("buckets", "total"))}

    @described("times", "Lead and cycle time of completed tasks", serializers.Times)
    def get(self, request: Request) -> Response:
        """Lead time: from made to completed. Cycle time: from started to completed. By the clock,
        nights included; a task counts in the bucket in which it was completed."""
        return self.respond(request)


class FlowView(FigureView):
    """How many tasks stood where."""

    kind = "flow"
    filters = {**SCOPE, **PERIOD, **BUCKET, **form(("buckets", "opening"))}

    @described("flow", "Cumulative flow: tasks by status over time", serializers.Flow)
    def get(self, request: Request) -> Response:
        """The number of live tasks in each status when each bucket ended, from history: deletions
        leave the flow, restores enter it, a reopened task moves back. A narrowed flow counts a
        task while it was that person's, or of that PRD."""
        return self.respond(request)


class EstimatesView(FigureView):
    """How well estimates foretold the work."""

    kind = "estimates"
    filters = {**SCOPE, **PERIOD, **form(("complexities", "total", "bins"))}

    @described("estimates", "Actual by estimated minutes", serializers.Estimates)
    def get(self, request: Request) -> Response:
        """Of the tasks completed in the period that have both; 1 is as estimated, 2 took twice as
        long."""
        return self.respond(request)


class ComplexityView(FigureView):
    """What becomes of simple work, and of hard work."""

    kind = "complexity"
    filters = {**SCOPE, **PERIOD, **form(("complexities", "total"))}

    @described("complexity", "Completion by complexity", serializers.Complexity)
    def get(self, request: Request) -> Response:
        """How much of what was made in the period is completed by now, and how long it took what
        was completed in the period."""
        return self.respond(request)


class SessionsView(FigureView):
    """Work sessions."""

    kind = "sessions"
    filters = {
        **SCOPE,
        **PERIOD,
        **BUCKET,
        **form(("buckets", "total", "scores", "tools")),
    }

    @described("sessions", "Work sessions, their activity, scores and tools", serializers.Sessions)
    def get(self, request: Request) -> Response:
        """Sessions count where they began; minutes of activity and completed tasks where they
        fell. Narrowed: the sessions in which a task of that person, or of that PRD, was worked on.
        A mean score is of one version of the formula, and says of how many sessions."""
        return self.respond(request)


class AgeingView(FigureView):
    """How old open work is."""

    kind = "ageing"
    filters = {
        **SCOPE,
        "oldest": OLDEST,
        **form(("bins", "oldest", "assignees", "open", "in_progress")),
    }

    def answer(self, scope: Scope, given: dict[str, Any]) -> dict[str, Any]:
        return answer_ageing(scope, timezone.now(), given.get("oldest", OLDEST.default))

    @described("ageing", "Ages of open work, and who has how much of it", serializers.Ageing)
    def get(self, request: Request) -> Response:
        """As it is now: there is no period."""
        return self.respond(request)

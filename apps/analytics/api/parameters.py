"""The parameters of figures, and how the answer's form is chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from apps.analytics.periods import BucketSize
from apps.core.api.filters import ChoiceFilter, Filter, TextFilter, UUIDFilter
from apps.core.api.views import HeaderNegotiation
from apps.repositories.api.requests import REPOSITORY_FILTER

FORMATS = ("json", "csv")


@dataclass(frozen=True, kw_only=True)
class SizeFilter(ChoiceFilter):
    """How the period is cut."""

    def parse(self, name: str, text: str) -> Any:
        return BucketSize(super().parse(name, text)[0])


SCOPE: Mapping[str, Filter] = {
    "repository": REPOSITORY_FILTER,
    "assignee": TextFilter(description="Only the work that is this person's."),
    "prd_id": UUIDFilter(description="Only the tasks of this PRD; 404 when there is none."),
}
MOMENT = "A date (its local midnight) or a date and time with an offset. "
PERIOD: Mapping[str, Filter] = {
    "since": TextFilter(
        description=f"{MOMENT}The period starts here. Default: thirty days before the end's day."
    ),
    "until": TextFilter(
        description=f"{MOMENT}The period ends just before it. Default: the end of today."
    ),
    "tz": TextFilter(
        max_length=100,
        description="The IANA name of the time zone whose midnights are meant. Default: UTC.",
    ),
}
BUCKET: Mapping[str, Filter] = {
    "bucket": SizeFilter(
        choices=[size.value for size in BucketSize],
        description="Local days (default), weeks from Monday, or months; at most 400.",
    )
}


def form(tables: Sequence[str]) -> Mapping[str, Filter]:
    """The parameters of the answer's form. Of several tables CSV has one, the first unless told."""
    return {
        "format": ChoiceFilter(
            choices=FORMATS, description="Instead of the Accept header, for links."
        ),
        "table": ChoiceFilter(
            choices=tables, description=f"Which table CSV has; {tables[0]} without it."
        ),
    }


class FormatNegotiation(HeaderNegotiation):
    """As everywhere, by the Accept header; `format`, where it is given, comes first."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        wanted = request.query_params.get("format")
        for renderer in renderers:
            if renderer.format == wanted:
                return renderer, renderer.media_type
        chosen: tuple[BaseRenderer, str] = super().select_renderer(
            request, renderers, format_suffix
        )
        return chosen


class CsvRenderer(BaseRenderer):
    """`text/csv` in UTF-8 (RFC 4180), of an answer that is a text."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """An empty body for None (OPTIONS)."""
        return b"" if data is None else str(data).encode()

"""The texts of a PRD: the one of now, those that there were, and what differs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import versions
from apps.core.api.filters import Filter
from apps.core.api.pagination import KeysetPagination, cursor_signer, page_limit
from apps.core.api.parameters import invalid_parameter
from apps.core.api.renderers import MarkdownRenderer
from apps.core.api.viewsets import BaseViewSet
from apps.core.errors import ErrorCode, FieldError, NotFoundError
from apps.prds.models import PRD, PRDRevision
from apps.prds.revisions import compare, find_writers, revisions_of

from .serializers import PRDDiffSerializer, PRDRevisionSerializer, PRDRevisionSummarySerializer

NUMBER = r"(?P<number>[1-9][0-9]{0,8})"
NUMBER_PARAMETER = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.PATH,
    description="The revision's number; the first is 1.",
)


@dataclass(frozen=True, kw_only=True)
class RevisionNumber(Filter):
    """The number of a revision; it narrows nothing, the view reads it."""

    def parse(self, name: str, text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text)):
            invalid_parameter(name, "invalid", f"{name} is the number of a revision, from 1.")
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1}


FROM = RevisionNumber(description="Compare with this revision; without it, with the one before.")


class RevisionPagination(KeysetPagination):
    """The pages of a list of revisions: by their numbers, newest first."""

    def read(self, request: Request, revisions: Any) -> list[PRDRevision]:
        """The revisions of the page that `request` asks for."""
        self.request = request
        query = request.query_params
        limit = page_limit(query)
        self._signer = cursor_signer(request.path, "revisions", query)
        below = self._position(query, int)
        if below is not None:
            revisions = revisions.filter(number__lt=below)
        rows = list(revisions[: limit + 1])
        self.next_cursor = None
        if len(rows) > limit:
            rows = rows[:limit]
            self.next_cursor = self._signer.sign_object(rows[-1].number)
        return rows

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """Those of every list, but for `order`: there is one."""
        found = super().get_schema_operation_parameters(view)
        return [parameter for parameter in found if parameter["name"] != "order"]


class RevisionActions(BaseViewSet):
    """For PRDs: their texts, as Markdown and as revisions."""

    def get_parameters(self) -> Collection[str]:
        """Those of a page, for the list of revisions."""
        if getattr(self, "action", None) == "revisions":
            return {"cursor", "limit"}
        return super().get_parameters()

    @extend_schema(
        summary="Get the text of a PRD",
        responses={(200, "text/markdown"): OpenApiTypes.STR},
    )
    @action(detail=True, methods=["get"], filters={}, renderer_classes=[MarkdownRenderer])
    def content(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The document as it stands, with the line ends that it came with."""
        prd = self.get_object()
        versions.expected_version(request, prd)
        return self.respond(prd, data=prd.content)

    @extend_schema(
        summary="List the revisions of a PRD",
        responses=PRDRevisionSummarySerializer(many=True),
        parameters=[
            OpenApiParameter(
                "Link",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description='The next page, with rel="next".',
            ),
        ],
    )
    @action(detail=True, methods=["get"], filters={}, pagination_class=RevisionPagination)
    def revisions(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Every text that the PRD has had, newest first, without the texts: when, by whom."""
        pages = RevisionPagination()
        rows = pages.read(request, revisions_of(self.get_object()))
        find_writers(rows)
        context = self.get_serializer_context()
        shown = PRDRevisionSummarySerializer(rows, many=True, context=context)
        return pages.get_paginated_response(shown.data)

    @extend_schema(
        summary="Get a revision of a PRD",
        responses=PRDRevisionSerializer,
        parameters=[NUMBER_PARAMETER],
    )
    @action(detail=True, methods=["get"], filters={}, url_path=f"revisions/{NUMBER}")
    def revision(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One text that the PRD has had. It never changes."""
        found = self._revision(self.get_object(), int(kwargs["number"]))
        versions.expected_version(request, found)
        find_writers([found])
        context = self.get_serializer_context()
        return self.respond(found, data=PRDRevisionSerializer(found, context=context).data)

    @extend_schema(
        summary="Compare two revisions of a PRD",
        responses=PRDDiffSerializer,
        parameters=[NUMBER_PARAMETER],
    )
    @action(
        detail=True, methods=["get"], filters={"from": FROM}, url_path=f"revisions/{NUMBER}/diff"
    )
    def revision_diff(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What makes this text of an other one, line by line: hunks of changes with the lines
        around them. Long texts that have little in common are compared coarsely, and it says so."""
        prd = self.get_object()
        new = self._revision(prd, int(kwargs["number"]))
        versions.expected_version(request, new)
        text = request.query_params.get("from")
        number = new.number - 1 if text is None else FROM.parse("from", text)
        old = self._revision(prd, number, "from") if number else None
        found = compare(old, new)
        shown = {
            "from_revision": old and old.number,
            "to_revision": new.number,
            "added": found.added,
            "removed": found.removed,
            "line_ends_changed": found.line_ends_changed,
            "coarse": found.coarse,
            "truncated": found.truncated,
            "hunks": found.hunks,
        }
        return self.respond(new, data=PRDDiffSerializer(shown).data)

    def _revision(self, prd: PRD, number: int, parameter: str = "") -> PRDRevision:
        found: PRDRevision | None = (
            revisions_of(prd).defer(None).filter(number=number).first()  # with its text
        )
        if found is None:
            detail = f"The PRD {prd.pk} has no revision {number}."
            code = ErrorCode.NOT_FOUND.value
            raise NotFoundError(detail, [FieldError(parameter, code, detail)] if parameter else [])
        return found

"""`/api/v1/prds/{id}/export`."""

from __future__ import annotations

from typing import Any

from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import versions
from apps.core.api.renderers import MarkdownRenderer
from apps.core.api.viewsets import BaseViewSet
from apps.planning.export_prd import export_prd
from apps.prds.models import PRD
from apps.repositories.api.requests import in_visible_repositories


class PRDExportViewSet(BaseViewSet):
    """The PRDs of the repositories that the caller may see, as documents with live checkboxes."""

    queryset = PRD.objects.none()  # tells the schema of the model
    renderer_classes = [MarkdownRenderer]

    def get_queryset(self) -> Any:
        return in_visible_repositories(PRD.objects.select_related("repository"), self.request)

    @extend_schema(
        operation_id="prds_export",
        tags=["prds"],
        summary="Export a PRD with the state of its tasks",
        responses={(200, "text/markdown"): OpenApiTypes.STR},
        parameters=[
            OpenApiParameter(
                "Content-Disposition",
                str,
                OpenApiParameter.HEADER,
                response=[200],
                description="`attachment`, with the name for the file.",
            )
        ],
    )
    def export(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The text of the PRD, in which checkboxes follow the tasks and their criteria, and a line
        beneath each task's heading says how it stands. An import of an untouched export changes
        nothing: it leaves these lines out."""
        prd = self.get_object()
        versions.expected_version(request, prd)
        exported = export_prd(prd)
        response = self.respond(prd, data=exported.content)
        response["Content-Disposition"] = content_disposition_header(True, exported.filename)
        return response

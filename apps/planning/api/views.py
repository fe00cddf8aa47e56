"""`/api/v1/prd/import`."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.views import BaseAPIView
from apps.planning.import_prd import import_prd
from apps.repositories.api.requests import caller
from apps.repositories.visibility import get_visible_repository

from .serializers import PRDImportedSerializer, PRDImportSerializer


class PRDImportView(BaseAPIView):
    """Import a PRD: keep the document, make its tasks, all or nothing."""

    @extend_schema(
        operation_id="prd_import",
        tags=["prds"],
        summary="Import a PRD",
        request=PRDImportSerializer,
        responses={201: PRDImportedSerializer},
    )
    def post(self, request: Request) -> Response:
        """201 with the PRD's id, its tasks and the open questions; 409 for a known filename."""
        data = self.validated(PRDImportSerializer)
        user, token = caller(request)
        imported = import_prd(
            actor=user,
            repository=get_visible_repository(data["repository"], user, token),
            filename=data["filename"],
            content=data["content"],
            generate_tasks=data["auto_generate_subtasks"],
        )
        answer = PRDImportedSerializer(
            {
                "prd_id": imported.prd.pk,
                "task_count": imported.prd.task_count,
                "complexity_score": imported.prd.complexity_score,
                "tasks": imported.tasks,
                "notes": imported.notes,
            }
        )
        location = request.build_absolute_uri(f"/api/v1/prds/{imported.prd.pk}")
        return Response(answer.data, status=201, headers={"Location": location})

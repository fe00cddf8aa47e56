"""`/api/v1/prds`: read only; documents come in through `/api/v1/prd/import` (planning)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.core.api.filters import ChoiceFilter
from apps.core.api.viewsets import ListAction
from apps.prds.choices import PRDStatus
from apps.prds.models import PRD
from apps.repositories.api.history import RepositoryHistoryAction
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    in_visible_repositories,
    listed_repository,
)

from .assessment import AssessmentActions
from .revisions import RevisionActions
from .serializers import PRDSummarySerializer


class PRDViewSet(RepositoryHistoryAction, RevisionActions, AssessmentActions, ListAction):
    """The PRDs of the repositories that the caller may see."""

    queryset = PRD.objects.none()  # tells the schema of the model
    read_serializer_class = PRDSummarySerializer
    filters = {"repository": REPOSITORY_FILTER, "status": ChoiceFilter(choices=PRDStatus)}

    def get_queryset(self) -> Any:
        prds = PRD.objects.select_related("repository")
        if self.action not in {"content", "lint", "complexity"}:
            prds = prds.without_content()
        if self.action == "list":
            return prds.filter(repository=listed_repository(self.request))
        return in_visible_repositories(prds, self.request)

    def recall(self, records: Sequence[Any]) -> None:
        super().recall(records)
        for record in records:
            record.task_count = None  # derived, so in no history

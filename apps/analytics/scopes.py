"""Whose work is looked at: a repository's, narrowed to somebody's or to a PRD's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.core.errors import ErrorCode, FieldError, NotFoundError
from apps.prds.models import PRD
from apps.repositories.models import Repository


@dataclass(frozen=True, slots=True)
class Scope:
    """The live tasks of a repository that have this assignee and come from this PRD."""

    repository: Repository
    assignee: str = ""
    prd_id: UUID | None = None

    @property
    def narrowing(self) -> str:
        """The SQL condition on a row of tasks, or on an image of one, within the repository."""
        conditions = ["deleted_at IS NULL"]
        if self.assignee:
            conditions.append("assignee = %(assignee)s")
        if self.prd_id:
            conditions.append("prd_id = %(prd)s")
        return " AND ".join(conditions)

    @property
    def is_narrowed(self) -> bool:
        """Whether it is less than the repository."""
        return bool(self.assignee or self.prd_id)

    @property
    def live(self) -> str:
        """The SQL condition on a row of tasks."""
        return f"repository_id = %(repository)s AND {self.narrowing}"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What the conditions name."""
        return {"repository": self.repository.pk, "assignee": self.assignee, "prd": self.prd_id}


def make_scope(repository: Repository, *, assignee: str = "", prd_id: UUID | None = None) -> Scope:
    """The scope. Raises `NotFoundError` for a PRD that the repository has not, or has no more."""
    if prd_id and not PRD.objects.filter(pk=prd_id, repository=repository).exists():
        detail = f"There is no PRD with the id {prd_id} in {repository.name}."
        raise NotFoundError(detail, [FieldError("prd_id", ErrorCode.NOT_FOUND.value, detail)])
    return Scope(repository, assignee, prd_id)

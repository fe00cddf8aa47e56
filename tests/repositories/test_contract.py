"""Repositories keep the contracts of every resource."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.repositories.models import Repository, RepositoryMember
from apps.repositories.visibility import visible_repositories
from tests.contracts import (
    CreateContract,
    HistoryContract,
    ListContract,
    ReadContract,
    Resource,
    UpdateContract,
)
from tests.factories import MemberFactory, RepositoryFactory


class Repositories(Resource):
    """`/api/v1/repositories`: a record decides itself who sees it."""

    path = "repositories"

    def make(self, repository: Repository) -> Repository:
        """A repository with the members that `repository` has."""
        made: Repository = RepositoryFactory()
        for member in RepositoryMember.objects.filter(repository=repository):
            MemberFactory(repository=made, user=member.user, role=member.role)
        return made

    def repository_of(self, record: Any) -> Repository:
        repository: Repository = record
        return repository

    def parameters(self, repository: Repository, **others: Any) -> dict[str, Any]:
        return others


class TestRead(Repositories, ReadContract):
    """GET /repositories/{id}."""


class TestList(Repositories, ListContract):
    """GET /repositories."""

    def expected(self, repository: Repository, viewer: User) -> list[str]:
        keys = visible_repositories(viewer).values_list("pk", flat=True)
        return sorted((str(key) for key in keys), reverse=True)


class TestCreate(Repositories, CreateContract):
    """POST /repositories."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"name": "acme/new", "description": "New.", "settings": {"a": 1}}


class TestUpdate(Repositories, UpdateContract):
    """PATCH /repositories/{id}."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"description": "Other."}

    def stale_change(self) -> dict[str, Any]:
        return {"settings": {"a": 2}}


class TestHistory(Repositories, HistoryContract):
    """GET /repositories/{id}/history and GET /repositories/{id}?as_of=."""

    def edits(self, number: int) -> list[dict[str, Any]]:
        return [{"description": f"No. {number}"}, {"settings": {"a": [number, True]}}]

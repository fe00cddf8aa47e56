"""What a resource says of itself."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import pytest

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from tests.factories import MemberFactory, RepositoryFactory

API = "/api/v1"


@pytest.mark.usefixtures("as_app")
class Resource:
    """Where a resource lives and how its records come to be.

    The cast is that of `tests.conftest`: owner, collaborator and viewer are members of
    `repository`, the outsider is not.
    """

    path: ClassVar[str]

    def make(self, repository: Repository) -> Any:
        """A new record that the members of `repository` may see."""
        raise NotImplementedError

    def repository_of(self, record: Any) -> Repository:
        """The repository that decides who sees `record`."""
        repository: Repository = record.repository
        return repository

    @property
    def collection(self) -> str:
        """The collection's address."""
        return f"{API}/{self.path}"

    def address(self, record: Any) -> str:
        """The address of a record, or of an id."""
        return f"{self.collection}/{record if isinstance(record, UUID) else record.pk}"

    def parameters(self, repository: Repository, **others: Any) -> dict[str, Any]:
        """The parameters of a list of `repository`'s records."""
        return {"repository": repository.name, **others}

    @pytest.fixture
    def record(self, repository: Repository) -> Any:
        """A record that the cast's members may see."""
        return self.make(repository)


def another_repository(*members: User, role: MemberRole = MemberRole.MAINTAINER) -> Repository:
    """A repository beside the cast's, with these members."""
    repository: Repository = RepositoryFactory()
    for user in members:
        MemberFactory(repository=repository, user=user, role=role)
    return repository

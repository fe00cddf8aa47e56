"""What repositories' services refuse whoever calls them, and members' roles."""

from __future__ import annotations

import pytest

from apps.accounts.choices import TokenScope
from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository, RepositoryMember, TokenRepository
from apps.repositories.services import (
    create_repository,
    issue_repository_token,
    remove_member,
    set_member,
)
from apps.repositories.visibility import require_role, visible_repositories
from tests.contracts import nothing_written
from tests.factories import RepositoryFactory, UserFactory

pytestmark = pytest.mark.usefixtures("as_app")


@pytest.mark.parametrize("name", ["", "a b", "a\n", "grün", "x" * 256])
def test_an_invalid_name_is_refused_in_words(owner: User, name: str) -> None:
    """Commands call the service past the API's serializer."""
    with nothing_written(), pytest.raises(DomainError, match="1 to 255 of the characters") as error:
        create_repository(actor=owner, name=name)
    assert [entry.pointer for entry in error.value.errors] == ["/name"]


def test_roles_include_the_ones_before() -> None:
    viewer, contributor, maintainer = MemberRole
    assert maintainer.includes(viewer)
    assert contributor.includes(contributor)
    assert not viewer.includes(contributor)


def test_a_maintainer_gives_changes_and_takes_a_role(owner: User, repository: Repository) -> None:
    user = UserFactory()
    member = set_member(actor=owner, repository=repository, user=user, role=MemberRole.VIEWER)
    assert list(visible_repositories(user)) == [repository]
    again = set_member(actor=owner, repository=repository, user=user, role=MemberRole.CONTRIBUTOR)
    assert (again.pk, again.role, again.version) == (member.pk, "contributor", 2)
    require_role(repository, user, MemberRole.CONTRIBUTOR)
    remove_member(actor=owner, member=again)
    assert list(visible_repositories(user)) == []
    with pytest.raises(DomainError) as error:
        require_role(repository, user, MemberRole.VIEWER)
    assert error.value.code is ErrorCode.PERMISSION_DENIED


@pytest.mark.parametrize("role", [MemberRole.VIEWER, MemberRole.CONTRIBUTOR, None])
def test_nobody_else_does(repository: Repository, owner: User, role: MemberRole | None) -> None:
    actor = UserFactory()
    if role is not None:
        set_member(actor=owner, repository=repository, user=actor, role=role)
    member = RepositoryMember.objects.get(repository=repository, user=owner)
    with nothing_written():
        with pytest.raises(DomainError):
            set_member(actor=actor, repository=repository, user=actor, role=MemberRole.MAINTAINER)
        with pytest.raises(DomainError):
            remove_member(actor=actor, member=member)


def test_a_token_is_bound_to_all_its_repositories(owner: User) -> None:
    repositories = [RepositoryFactory(), RepositoryFactory()]
    issued = issue_repository_token(
        user=owner, scope=TokenScope.READ, name="x", repositories=repositories
    )
    bound = TokenRepository.objects.filter(token=issued.record)
    assert {link.repository for link in bound} == set(repositories)

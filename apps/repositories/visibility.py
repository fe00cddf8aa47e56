"""The one place that decides which repositories a caller may see and change.

A superuser sees all. Anyone else sees the repositories in which they are members. A token that was
issued for some repositories opens only these, whoever its user is. What a caller may not see does
not exist for them: 404, never 403.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from apps.accounts.models import ApiToken, User
from apps.core.errors import DomainError, ErrorCode, FieldError, NotFoundError
from apps.core.querysets import RecordQuerySet

from .choices import MemberRole
from .models import Repository, RepositoryMember, TokenRepository

MOST_REPOSITORIES = 1000  # of so many, lists over several repositories show the rows


def visible_repositories(user: User, token: ApiToken | None = None) -> RecordQuerySet:
    """The repositories that `user` may see, through `token` if one is given."""
    repositories: RecordQuerySet = Repository.objects.all()
    if not user.is_superuser:
        membership = RepositoryMember.objects.filter(repository=OuterRef("pk"), user=user)
        repositories = repositories.filter(Exists(membership))
    bound = token_repository_ids(token)
    return repositories.filter(pk__in=bound) if bound else repositories


def token_repository_ids(token: ApiToken | None) -> list[Any]:
    """The repositories that `token` is bound to; empty for an unbound one. One query a token."""
    if token is None:
        return []
    known: list[Any] | None = getattr(token, "_repository_ids", None)
    if known is None:
        known = list(
            TokenRepository.objects.filter(token=token).values_list("repository_id", flat=True)
        )
        token._repository_ids = known  # type: ignore[attr-defined]
    return known


def get_visible_repository(name: str, user: User, token: ApiToken | None = None) -> Repository:
    """The repository `name`. Raises `NotFoundError` when there is none that the caller may see."""
    repository: Repository | None = visible_repositories(user, token).filter(name=name).first()
    if repository is None:
        detail = f"There is no repository {name!r} that you may see."
        raise NotFoundError(detail, [FieldError("/repository", ErrorCode.NOT_FOUND.value, detail)])
    return repository


def require_role(repository: Repository, user: User, role: MemberRole) -> None:
    """Raise `DomainError` unless `user`, who sees `repository`, has `role` or more in it."""
    if user.is_superuser:
        return
    membership = RepositoryMember.objects.filter(repository=repository, user=user).first()
    if membership is None or not MemberRole(membership.role).includes(role):
        raise DomainError(
            ErrorCode.PERMISSION_DENIED,
            f"You need the role {role.value} in {repository.name} for this. Ask a maintainer.",
        )


def require_active(repository: Repository) -> None:
    """Raise `DomainError` (`repository_archived`) when `repository` takes no more changes."""
    if repository.is_archived:
        raise DomainError(
            ErrorCode.REPOSITORY_ARCHIVED,
            f"The repository {repository.name} is archived: it can be read, not changed.",
        )


def require_unbound(token: ApiToken | None) -> None:
    """Raise `DomainError` for a token that opens certain repositories only: what belongs to none,
    and so to all, is not theirs to change."""
    if token_repository_ids(token):
        raise DomainError(
            ErrorCode.PERMISSION_DENIED,
            "This token is bound to repositories; the record belongs to all. Use an unbound token.",
        )

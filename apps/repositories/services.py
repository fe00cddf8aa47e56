"""The only writers of repositories, members and what tokens are bound to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.choices import TokenScope
from apps.accounts.models import ApiToken, User
from apps.accounts.services import IssuedToken, issue_token
from apps.core.errors import DomainError, ErrorCode, InvalidInputError
from apps.core.services import check_version, write_fields

from .choices import MemberRole
from .models import (
    NAME_LENGTH,
    NAME_PATTERN,
    NAME_RULE,
    Repository,
    RepositoryMember,
    TokenRepository,
)
from .visibility import require_active, require_role, token_repository_ids


@transaction.atomic
def create_repository(
    *,
    actor: User,
    name: str,
    description: str = "",
    settings: Mapping[str, Any] | None = None,
    token: ApiToken | None = None,
) -> Repository:
    """A new repository whose maintainer is `actor`. A taken name is an IntegrityError.

    Raises `DomainError`: `invalid_request` for the name; `permission_denied` for a token that is
    bound to repositories, since it opens no others.
    """
    if len(name) > NAME_LENGTH or not re.fullmatch(NAME_PATTERN, name):
        raise InvalidInputError("/name", NAME_RULE)
    if token_repository_ids(token):
        raise DomainError(
            ErrorCode.PERMISSION_DENIED,
            "This token is bound to some repositories. Use an unbound one to create another.",
        )
    repository = Repository.objects.create(
        name=name, description=description, settings={} if settings is None else settings
    )
    RepositoryMember.objects.create(repository=repository, user=actor, role=MemberRole.MAINTAINER)
    return repository


@transaction.atomic
def update_repository(
    *,
    actor: User,
    repository: Repository,
    changes: Mapping[str, Any],
    expected_version: int | None = None,
) -> Repository:
    """Apply `changes` (description, settings, archived) as a maintainer.

    Archived repositories take only `archived: False`. Raises `DomainError`: `stale_version`,
    `permission_denied`, `repository_archived`.
    """
    # Not the stronger FOR UPDATE: new tasks, whose foreign key points here, would wait for it.
    locked = Repository.objects.select_for_update(no_key=True).get(pk=repository.pk)
    require_role(locked, actor, MemberRole.MAINTAINER)
    check_version(locked, expected_version)
    fields = dict(changes)
    archived = fields.pop("archived", None)
    if fields and archived is not False:
        require_active(locked)
    if archived is not None and archived != locked.is_archived:
        fields["archived_at"] = timezone.now() if archived else None
    return write_fields(locked, fields)


@transaction.atomic
def set_member(
    *, actor: User, repository: Repository, user: User, role: MemberRole
) -> RepositoryMember:
    """Give `user` the `role` in `repository`, as a maintainer of it."""
    require_role(repository, actor, MemberRole.MAINTAINER)
    member, _ = RepositoryMember.objects.update_or_create(
        repository=repository, user=user, defaults={"role": role}
    )
    member.refresh_from_db()
    return member


@transaction.atomic
def remove_member(*, actor: User, member: RepositoryMember) -> None:
    """Take a member's role away, as a maintainer."""
    require_role(member.repository, actor, MemberRole.MAINTAINER)
    member.delete()


@transaction.atomic
def issue_repository_token(
    *,
    user: User,
    scope: TokenScope,
    name: str,
    repositories: Sequence[Repository] = (),
    days: int | None = None,
) -> IssuedToken:
    """As `accounts.services.issue_token`, bound to `repositories` when there are any."""
    issued = issue_token(user=user, scope=scope, name=name, days=days)
    for repository in repositories:
        TokenRepository.objects.create(token=issued.record, repository=repository)
    return issued

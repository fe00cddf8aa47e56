"""Which patterns a caller may see, and which share of them.

A pattern of one repository is seen by who sees the repository. One that was mined over all of them
is seen by who sees at least one in which it was found; the others do not exist for them, except as
a number.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.accounts.models import ApiToken, User
from apps.core.errors import ErrorCode, FieldError, NotFoundError
from apps.repositories.models import Repository
from apps.repositories.visibility import token_repository_ids, visible_repositories

from .models import PatternRepository, TaskPattern


def visible_patterns(user: User, token: ApiToken | None = None) -> QuerySet[TaskPattern]:
    """The patterns that `user` may see, through `token` if one is given; retired ones, too."""
    if user.is_superuser and not token_repository_ids(token):
        return TaskPattern.objects.all()
    return TaskPattern.objects.filter(found_in_any(visible_repositories(user, token)))


def found_in_any(repositories: Any) -> Q:
    """Whether a pattern is seen by who sees these repositories (a queryset, or their ids)."""
    shared = PatternRepository.objects.filter(pattern=OuterRef("pk"), repository__in=repositories)
    return Q(repository__in=repositories) | Q(Exists(shared), repository__isnull=True)


def patterns_in(repository: Repository) -> QuerySet[TaskPattern]:
    """The patterns of a repository: its own, and those of all in which it has a share."""
    share = PatternRepository.objects.filter(pattern=OuterRef("pk"), repository=repository)
    return TaskPattern.objects.filter(
        Q(repository=repository) | Q(Exists(share), repository__isnull=True)
    )


def require_found_in(pattern: TaskPattern, repository: Repository) -> None:
    """Raise `NotFoundError` unless the pattern is one of this repository."""
    if not patterns_in(repository).filter(pk=pattern.pk).exists():
        detail = f"The pattern was not found in the repository {repository.name}."
        raise NotFoundError(detail, [FieldError("/repository", ErrorCode.NOT_FOUND.value, detail)])

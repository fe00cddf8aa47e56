"""Which templates a caller may see and use: those for all, and those of repositories they see."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.accounts.models import ApiToken, User
from apps.repositories.models import Repository
from apps.repositories.visibility import visible_repositories

from .models import TaskTemplate


def visible_templates(
    templates: QuerySet[TaskTemplate], user: User, token: ApiToken | None = None
) -> QuerySet[TaskTemplate]:
    """Those of `templates` that `user` may see, through `token` if one is given."""
    return templates.filter(
        Q(repository__isnull=True) | Q(repository__in=visible_repositories(user, token))
    )


def templates_for(
    templates: QuerySet[TaskTemplate], repository: Repository
) -> QuerySet[TaskTemplate]:
    """Those of `templates` that can be used in a repository: its own, and those for all."""
    return templates.filter(Q(repository__isnull=True) | Q(repository=repository))

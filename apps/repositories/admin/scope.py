"""Which rows of a console list belong to repositories that the person may see."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet

from apps.repositories.visibility import MOST_REPOSITORIES, visible_repositories


def visible_to(user: Any, queryset: QuerySet[Model], field: str = "pk") -> QuerySet[Model]:
    """The rows whose repository (`field`) `user` may see; a superuser sees all.

    The ids are read first: with a join the planner leaves the order of the list's key.
    """
    if user.is_superuser:
        return queryset
    ids = list(visible_repositories(user).values_list("pk", flat=True)[:MOST_REPOSITORIES])
    return queryset.filter(**{f"{field}__in": ids})

"""What a person may see in the console: the rows of which repositories, of which kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Model, QuerySet

from apps.core.deletion import Share, soft_deleted_models
from apps.repositories.choices import MemberRole
from apps.repositories.visibility import MOST_REPOSITORIES, visible_repositories


def visible_to(user: Any, queryset: QuerySet[Model], field: str = "pk") -> QuerySet[Model]:
    """The rows whose repository (`field`) `user` may see; a superuser sees all.

    The ids are read first: with a join the planner leaves the order of the list's key.
    """
    if user.is_superuser:
        return queryset
    ids = list(visible_repositories(user).values_list("pk", flat=True)[:MOST_REPOSITORIES])
    return queryset.filter(**{f"{field}__in": ids})


def writable_repositories(user: Any) -> Any:
    """The repositories that `user` may write to as a contributor, by name."""
    repositories: QuerySet[Model] = (
        visible_repositories(user).filter(archived_at__isnull=True).order_by("name")
    )
    if user.is_superuser:
        return repositories
    roles = [role for role in MemberRole if role.includes(MemberRole.CONTRIBUTOR)]
    return repositories.filter(members__user=user, members__role__in=roles)


def visible_kinds(user: Any) -> list[Any]:
    """The kinds of records whose deleted ones `user` may see; the repositories are another say."""
    return [
        model
        for model in soft_deleted_models()
        if has_permission(user, "view", model) or has_permission(user, "change", model)
    ]


def named_for(user: Any, shares: Iterable[Share]) -> list[Share]:
    """The shares of a deletion, without the names of what `user` may not see."""
    kinds = visible_kinds(user)
    return [share if share.model in kinds else replace(share, sample=()) for share in shares]


def has_permission(user: Any, verb: str, model: Any) -> bool:
    """Whether `user` has the permission to view, change … records of `model`."""
    return bool(user.has_perm(f"{model._meta.app_label}.{verb}_{model._meta.model_name}"))

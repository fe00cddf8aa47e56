"""What every resource under a repository asks of a request: who is calling, and for which one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request

from apps.accounts.models import ApiToken, User
from apps.core.api.filters import TextFilter
from apps.core.api.parameters import invalid_parameter
from apps.core.errors import ErrorCode, FieldError, NotFoundError
from apps.repositories.models import Repository
from apps.repositories.visibility import (
    get_visible_repository,
    token_repository_ids,
    visible_repositories,
)


def caller(request: Request) -> tuple[User, ApiToken | None]:
    """Who is calling, and through which token (None: the console's session)."""
    token = request.auth if isinstance(request.auth, ApiToken) else None
    assert isinstance(request.user, User)  # noqa: S101  (HasScope lets nobody else in)
    return request.user, token


@dataclass(frozen=True, kw_only=True)
class RepositoryFilter(TextFilter):
    """`repository=NAME`. The view narrows by it, because what may be seen depends on the caller."""

    def apply(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        self.parse(name, text)
        return queryset


REPOSITORY_FILTER = RepositoryFilter(
    description="The repository's name. Required unless the token is bound to exactly one."
)


def listed_repository(request: Request) -> Repository:
    """The repository whose records a list shows: the parameter's, else the token's only one.

    Raises `DomainError`: 400 without either, 404 for one that the caller may not see.
    """
    user, token = caller(request)
    name = request.query_params.get("repository")
    if name is not None:
        REPOSITORY_FILTER.parse("repository", name)
        try:
            return get_visible_repository(name, user, token)
        except NotFoundError as error:
            code = ErrorCode.NOT_FOUND.value
            raise NotFoundError(
                error.detail, [FieldError("repository", code, error.detail)]
            ) from None
    bound_to_one = len(token_repository_ids(token)) == 1
    only: Repository | None = visible_repositories(user, token).first() if bound_to_one else None
    if only is None:
        invalid_parameter(
            "repository",
            "required",
            "repository is required: name one, or use a token that is bound to exactly one.",
        )
    return only


def in_visible_repositories(queryset: Any, request: Request) -> Any:
    """`queryset`, whose model has a `repository`, narrowed to what the caller may see."""
    user, token = caller(request)
    if user.is_superuser and not token_repository_ids(token):
        return queryset
    return queryset.filter(repository__in=visible_repositories(user, token))

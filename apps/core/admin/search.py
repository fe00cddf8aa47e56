"""Search that stays fast for frequent, rare and absent words alike."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import Model, QuerySet

MAX_TERM = 200
STEP_LIMIT = 1000
MIN_PREFIX = 3
_WORDS = re.compile(r"\w+(?:\s+\w+)*", re.ASCII)


def clean_term(term: str) -> str:
    """`term` as PostgreSQL takes it: no NUL, no lone surrogate, of bounded length."""
    text = term.replace("\x00", " ").encode("utf-8", "ignore").decode()
    return " ".join(text.split())[:MAX_TERM]


def as_uuid(term: str) -> UUID | None:
    """`term` as an id, if it is one."""
    try:
        return UUID(term)
    except ValueError:
        return None


def as_number(term: str) -> int:
    """`term` as a number of up to nine digits; 0 for anything else."""
    return int(term) if term.isascii() and term.isdigit() and len(term) <= 9 else 0


def text_query(term: str, config: str) -> SearchQuery:
    """Plain words: all of them, the last one as a beginning. Anything else: web search syntax."""
    words = term.lower().split()
    if _WORDS.fullmatch(term) and len(words[-1]) >= MIN_PREFIX and "or" not in words:
        return SearchQuery(" & ".join(words) + ":*", config=config, search_type="raw")
    return SearchQuery(term, config=config, search_type="websearch")


def search_by_text(
    queryset: QuerySet[Model], vector: str, term: str, *, config: str
) -> QuerySet[Model]:
    """The rows of `queryset` that hold `term`, in two steps.

    Ordered by key with a LIMIT, the planner hopes to meet matches early and walks the key's index
    through every partition when the word is rare. So the GIN index is asked first, alone: up to
    1,000 hits filter by key, complete and exact; more mean a frequent word, for which the walk
    does stop early.
    """
    matching = queryset.filter(**{vector: text_query(term, config)})
    keys = _first_keys(matching, STEP_LIMIT + 1)
    return matching if len(keys) > STEP_LIMIT else queryset.filter(pk__in=keys)


def _first_keys(queryset: QuerySet[Model], limit: int) -> list[Any]:
    plain = queryset.order_by().values("pk")
    try:
        sql, parameters = plain.query.sql_with_params()
    except EmptyResultSet:  # the person may see no repository at all
        return []
    # The inner statement is Django's own, its values are parameters; `limit` is a number of ours.
    statement = f"WITH hits AS MATERIALIZED ({sql}) SELECT * FROM hits LIMIT {int(limit)}"  # noqa: S608
    with connections[queryset.db].cursor() as cursor:
        cursor.execute(statement, parameters)
        return [row[0] for row in cursor.fetchall()]

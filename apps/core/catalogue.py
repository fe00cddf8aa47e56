"""The catalogue of named queries: what is read often, with which plan, at which price.

An app lists its reads in a module `catalogue`; tests and benchmarks run all of them, so that a
query keeps its plan when models, indexes or PostgreSQL change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """One read, from drawing its parameters to its rows.

    `draw` picks parameters from the data that is there, so that frequent values are met often;
    `build` makes of them what the application would iterate over. The bounds are for each run,
    whatever was drawn, and for all statements of the read together.
    """

    name: str
    purpose: str
    draw: Callable[[Random], Any]
    build: Callable[[Any], Iterable[Any]]
    # Indexes without which the plan would be another. Of a partitioned table: the parent's.
    indexes: tuple[str, ...]
    # At most so many partitions that hold rows are opened; None: all, however many there are.
    partitions: int | None = None
    # At most so many pages are read, from the cache or not.
    buffers: int
    # At most so many rows are read and thrown away.
    removed: int = 0
    # Why it may cost more than on an unpartitioned table, or more than others.
    note: str = ""


_queries: dict[str, NamedQuery] = {}
# Indexes that no read needs, and why they are there all the same.
_other_indexes: dict[str, str] = {}


def register_query(query: NamedQuery) -> None:
    """Add a query to the catalogue."""
    if query.name in _queries:
        raise ValueError(f"There is a query {query.name!r} already.")
    _queries[query.name] = query


def register_index(name: str, reason: str) -> None:
    """Say why an index exists that no query needs: a cascade, a rule."""
    _other_indexes[name] = reason


def named_queries() -> dict[str, NamedQuery]:
    """All queries by name, in the order of their registration."""
    autodiscover_modules("catalogue")
    return dict(_queries)


def other_indexes() -> dict[str, str]:
    """Indexes that serve no query, each with its reason."""
    autodiscover_modules("catalogue")
    return dict(_other_indexes)

"""Questions about all tables at once, of which hardly any has a row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def serially(cursor: Any) -> Iterator[None]:
    """PostgreSQL starts no processes for what the block asks.

    It takes every empty partition for some pages of rows, and would start two to count them:
    starting them takes several times as long as the rest.
    """
    cursor.execute("SET max_parallel_workers_per_gather = 0")
    yield
    cursor.execute("RESET max_parallel_workers_per_gather")

"""Whether two texts of SQL are the same expression: the server is asked.

PostgreSQL keeps conditions of triggers and bodies in standard SQL parsed, and writes them down in
its own words, which differ between versions. EXPLAIN writes down both texts in the same words. It
runs nothing and creates nothing; an answer stays true, so each is asked for once a process.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, transaction

_answers: dict[tuple[str, str, str], bool] = {}


def same_expression(cursor: Any, source: str, ours: str, theirs: str) -> bool:
    """Whether both mean the same over the rows of `source` (SQL after FROM)."""
    key = (source, ours, theirs)
    if key not in _answers:
        _answers[key] = _plan(cursor, source, ours) == _plan(cursor, source, theirs)
    return _answers[key]


def _plan(cursor: Any, source: str, expression: str) -> Any:
    try:
        with transaction.atomic(using=cursor.db.alias):
            # Both texts are the owner's: ours, and what the owner's catalogue holds.
            statement = f"EXPLAIN (VERBOSE, COSTS OFF) SELECT {expression} FROM {source}"  # noqa: S608
            cursor.execute(statement)
            return cursor.fetchall()
    except DatabaseError as error:
        return repr(error), expression  # text that this database does not understand

"""What workers and operators do with entries. Each function is one statement, atomic by itself.

The clock is the database's throughout. A claim is known by sequence and attempt: a worker whose
lease has run out cannot speak for the one who holds the entry now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import connection

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode

from .models import LONGEST_ERROR, OutboxEntry

logger = structlog.get_logger(__name__)

# Namespace of the advisory locks under which the entries of a kind are claimed.
CLAIM_LOCK = 0x0B0C
# One claim of a kind at a time: another's snapshot would still show what was just claimed, and its
# lock on it, taken before it looks again, would make an acknowledgement skip the entry. Both
# statements travel together: a worker that freezes in between would stop all others.
# MATERIALIZED, because a plan that asks the sub-query twice would lock more than the limit.
CLAIM = """
    SELECT pg_advisory_xact_lock(%(lock)s, hashtext(%(kind)s));
    WITH due AS MATERIALIZED (
        SELECT sequence FROM outbox
        WHERE kind = %(kind)s AND dead_at IS NULL AND attempts {tried}
            AND available_at <= statement_timestamp()
        ORDER BY available_at, sequence
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE outbox
    SET attempts = attempts + 1, available_at = statement_timestamp() + %(lease)s
    FROM due WHERE outbox.sequence = due.sequence
    RETURNING outbox.sequence, kind, entity_id, attempts
"""
# Never waits: who holds the row is a writer, and the row is about to be another one.
ACKNOWLEDGE = """
    DELETE FROM outbox WHERE sequence IN (
        SELECT sequence FROM outbox WHERE sequence = ANY(%(sequences)s) FOR UPDATE SKIP LOCKED
    )
"""
POSTPONE = """
    UPDATE outbox SET available_at = statement_timestamp() + %(delay)s, last_error = %(error)s
    WHERE sequence IN (
        SELECT outbox.sequence FROM outbox
        JOIN unnest(%(sequences)s::bigint[], %(attempts)s::integer[]) AS claim (sequence, attempts)
            ON claim.sequence = outbox.sequence AND claim.attempts = outbox.attempts
        FOR UPDATE OF outbox SKIP LOCKED
    )
"""
BURY = """
    UPDATE outbox SET dead_at = statement_timestamp(), last_error = %(error)s
    WHERE sequence IN (
        SELECT sequence FROM outbox
        WHERE sequence = %(sequence)s AND attempts = %(attempts)s
        FOR UPDATE SKIP LOCKED
    )
"""
REPLAY = """
    UPDATE outbox
    SET dead_at = NULL, attempts = 0, last_error = '',
        queued_at = statement_timestamp(), available_at = statement_timestamp()
    WHERE dead_at IS NOT NULL AND {chosen}
"""
MEASURE = """
    SELECT kind,
        count(*) FILTER (WHERE dead_at IS NULL),
        count(*) FILTER (WHERE dead_at IS NOT NULL),
        coalesce(extract(epoch FROM max(statement_timestamp() - queued_at)
            FILTER (WHERE dead_at IS NULL AND available_at <= statement_timestamp())), 0)
    FROM outbox GROUP BY kind ORDER BY kind
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One worker's hold on an entry, as long as its lease."""

    sequence: int
    kind: str
    entity_id: UUID
    attempts: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """What lies in the outbox of one kind. `lag` is the seconds that the oldest due entry waits."""

    kind: str
    pending: int
    dead: int
    lag: float


def claim_fresh(kind: str, *, limit: int, lease: timedelta) -> list[Claim]:
    """Take up to `limit` due entries that nobody has tried, the longest due first."""
    return _claim("= 0", kind=kind, limit=limit, lease=lease)


def claim_tried(kind: str, *, lease: timedelta) -> Claim | None:
    """Take one due entry that was tried before.

    Alone: one that kills its worker must not cost others an attempt each time.
    """
    claims = _claim("> 0", kind=kind, limit=1, lease=lease)
    return claims[0] if claims else None


def _claim(tried: str, **parameters: Any) -> list[Claim]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM.format(tried=tried), {"lock": CLAIM_LOCK, **parameters})
        cursor.nextset()
        claims = [Claim(*row) for row in cursor.fetchall()]
    return sorted(claims, key=lambda claim: claim.sequence)


def acknowledge(claims: Sequence[Claim]) -> int:
    """Remove what was handled; return how many. An entry that has changed meanwhile stays."""
    with connection.cursor() as cursor:
        cursor.execute(ACKNOWLEDGE, {"sequences": [claim.sequence for claim in claims]})
        return int(cursor.rowcount)


def postpone(claims: Sequence[Claim], *, error: str, delay: timedelta) -> int:
    """Let a later attempt try again, after `delay`; return how many claims still held."""
    parameters: dict[str, Any] = {
        "sequences": [claim.sequence for claim in claims],
        "attempts": [claim.attempts for claim in claims],
        "error": clean_error(error),
        "delay": delay,
    }
    with connection.cursor() as cursor:
        cursor.execute(POSTPONE, parameters)
        return int(cursor.rowcount)


def bury(claim: Claim, *, error: str) -> bool:
    """Make a dead letter of an entry: nobody tries it until it changes or is replayed."""
    parameters: dict[str, Any] = {
        "sequence": claim.sequence,
        "attempts": claim.attempts,
        "error": clean_error(error) or "unknown",
    }
    with connection.cursor() as cursor:
        cursor.execute(BURY, parameters)
        return bool(cursor.rowcount)


def clean_error(text: str) -> str:
    """As much of `text` as the column takes: no NUL, no half character, 2,000 characters."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_ERROR]


def replay(*, kind: str | None = None) -> int:
    """Give all dead letters (of `kind`) new attempts; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(REPLAY.format(chosen="kind = coalesce(%s, kind)"), [kind])
        done = int(cursor.rowcount)
    logger.info("outbox_replayed", kind=kind, count=done)
    return done


def replay_entry(*, actor: User, entry: OutboxEntry, reason: str = "") -> None:
    """Give one dead letter new attempts. Raises `DomainError` (`not_found`) if it is none now."""
    with connection.cursor() as cursor:
        cursor.execute(REPLAY.format(chosen="sequence = %s"), [entry.sequence])
        if not cursor.rowcount:
            raise DomainError(ErrorCode.NOT_FOUND, "The entry is no dead letter any more.")
    logger.info(
        "outbox_replayed",
        kind=entry.kind,
        entity=str(entry.entity_id),
        actor=actor.get_username(),
        reason=reason,
    )


def measure(cursor: Any = None) -> list[Backlog]:
    """What lies in the outbox, by kind; on `cursor` if given."""
    if cursor is None:
        with connection.cursor() as cursor:
            return measure(cursor)
    cursor.execute(MEASURE)
    return [Backlog(kind, pending, dead, float(lag)) for kind, pending, dead, lag in cursor]

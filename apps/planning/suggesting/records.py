"""What was suggested before, and what people made of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from apps.planning.choices import SuggestionKind, SuggestionState
from apps.planning.models import Suggestion
from apps.tasks.lifecycle import OPEN

from .likeness import most_alike, plain, plain_texts
from .model import Candidate
from .weighing import Records, count_records

LAST_DECIDED = 1_000  # the weights follow from so many of the last decisions
REMEMBERED = timedelta(days=30)  # what was rejected is not offered again for so long
TAKEN = timedelta(days=7)  # nor what somebody agreed to do, in whatever words
MOST_REMEMBERED = 500
MOST_COUNTED = 1_000
OPEN_COMPARED = 5_000  # of a repository's open tasks, the newest are compared with what is new
OPEN_READ = 300  # of these, the ones that share most words with it
MOST_WORDS = 120


def read_records(repository_id: UUID) -> Records:
    """The record of each source in a repository, from the last decisions."""
    return count_records(last_decided(repository_id)[:LAST_DECIDED])


def last_decided(repository_id: UUID) -> Any:
    """State and sources of what was accepted or rejected, the newest first."""
    return (
        Suggestion.objects.filter(
            repository=repository_id,
            state__in=(SuggestionState.ACCEPTED, SuggestionState.REJECTED),
        )
        .order_by("-pk")
        .values_list("state", "sources")
    )


def is_open(now: datetime) -> Q:
    """Whether a suggestion can still be decided on: one past its time cannot, marked or not."""
    return Q(state=SuggestionState.OPEN, expires_at__gt=now)


def count_open(repository_id: UUID, now: datetime) -> int:
    """How many suggestions are open, as far as `MOST_COUNTED`."""
    rows = Suggestion.objects.filter(is_open(now), repository=repository_id)
    return int(rows.values("pk")[:MOST_COUNTED].count())


@dataclass(frozen=True, slots=True)
class Memory:
    """What is open already, and what nobody wants to hear again for a while."""

    open_new: dict[UUID, str]
    open_existing: dict[UUID, UUID]
    declined_new: dict[UUID, str]
    declined_tasks: frozenset[UUID]

    def offered(self, candidate: Candidate) -> UUID | None:
        """The open suggestion of the same thing."""
        if not candidate.is_new:
            return self.open_existing.get(candidate.task_id) if candidate.task_id else None
        found = most_alike(plain(candidate.content), self.open_new)
        return found[0] if found else None

    def declines(self, candidate: Candidate) -> bool:
        """Whether the same thing was rejected lately, or taken."""
        if not candidate.is_new:
            return candidate.task_id in self.declined_tasks
        return most_alike(plain(candidate.content), self.declined_new) is not None


def read_memory(repository_id: UUID, now: datetime) -> Memory:
    """What the repository's suggestions say to new ones: two queries."""
    waiting = list(still_open(repository_id, now)[:MOST_REMEMBERED])
    declined = [
        row
        for row in decided_since(repository_id, now - REMEMBERED)[:MOST_REMEMBERED]
        if row.state == SuggestionState.REJECTED or row.decided_at >= now - TAKEN
    ]
    return Memory(
        open_new=plain_texts((row.pk, row.content) for row in waiting if _is_new(row)),
        open_existing={row.task_id: row.pk for row in waiting if not _is_new(row)},
        declined_new=plain_texts((row.pk, row.content) for row in declined if _is_new(row)),
        declined_tasks=frozenset(row.task_id for row in declined if not _is_new(row)),
    )


def still_open(repository_id: UUID, now: datetime) -> Any:
    """The open suggestions of a repository, the newest first."""
    rows = Suggestion.objects.filter(is_open(now), repository=repository_id)
    return rows.only("id", "kind", "content", "task_id").order_by("-pk")


def decided_since(repository_id: UUID, since: datetime) -> Any:
    """What was accepted or rejected since, the newest first."""
    rows = Suggestion.objects.filter(
        repository=repository_id,
        state__in=(SuggestionState.ACCEPTED, SuggestionState.REJECTED),
        decided_at__gte=since,
    )
    return rows.only("id", "kind", "content", "task_id", "state", "decided_at").order_by("-pk")


def _is_new(row: Suggestion) -> bool:
    return row.kind == SuggestionKind.NEW


def any_of(texts: Iterable[str]) -> str:
    """Words of which one is enough, for `websearch_to_tsquery`."""
    words = dict.fromkeys(word for text in texts for word in plain(text).split())
    return " or ".join([word for word in words if word != "or"][:MOST_WORDS])


NEWEST_OPEN = f"""
    SELECT id, content FROM (
        SELECT id, content, search FROM tasks
        WHERE repository_id = %s AND status IN ({", ".join(f"'{status}'" for status in OPEN)})
            AND deleted_at IS NULL
        ORDER BY id DESC LIMIT {OPEN_COMPARED}
    ) AS newest
    WHERE search @@ websearch_to_tsquery('english', %s)
    ORDER BY ts_rank(search, websearch_to_tsquery('english', %s)) DESC, id DESC
    LIMIT {OPEN_READ}
"""  # noqa: S608  (constants)


def read_open_tasks(repository_id: UUID, contents: Sequence[str]) -> dict[UUID, str]:
    """The open tasks that share most words with `contents`, as plain texts by id.

    Full text finds them among the newest `OPEN_COMPARED` open tasks of the repository.
    """
    words = any_of(contents)
    if not words:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_OPEN, [repository_id, words, words])
        return plain_texts(cursor.fetchall())

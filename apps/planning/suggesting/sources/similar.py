"""What was closed next after tasks like the last one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.suggesting.model import (
    LONGEST_CONTENT,
    MOST_FROM_A_SOURCE,
    Candidate,
    Found,
    Reason,
    shorten,
)
from apps.planning.suggesting.records import any_of
from apps.planning.suggesting.situation import PAUSE, Situation
from apps.planning.suggesting.wording import name_step
from apps.task_patterns.work_types import WorkType, classify
from apps.tasks.models import Task

from .patterns import beside

SOURCE = SuggestionSource.SIMILAR.value
LAST_COMPLETED = 2_000  # of a repository's completed tasks, so many of the last are compared
MOST_SIMILAR = 20
SIMILAR_ENOUGH = 0.6
"""Of the full-text rank that the last task's own words would have."""

SIMILAR = f"""
    SELECT id, content, session_id, assignee, completed_at, least(rank / own, 1)
    FROM (
        SELECT newest.*, ts_rank(search, query) AS rank,
            ts_rank(setweight(to_tsvector('english', %(content)s), 'A'), query) AS own
        FROM (
            SELECT id, content, session_id, assignee, completed_at, search FROM tasks
            WHERE repository_id = %(repository)s AND completed_at IS NOT NULL
                AND completed_at <= %(now)s AND deleted_at IS NULL
            ORDER BY completed_at DESC, id DESC LIMIT {LAST_COMPLETED}
        ) AS newest, websearch_to_tsquery('english', %(words)s) AS query
        WHERE search @@ query AND id <> %(last)s
    ) AS ranked
    WHERE own > 0 AND rank >= {SIMILAR_ENOUGH} * own
    ORDER BY rank DESC, completed_at DESC, id DESC LIMIT {MOST_SIMILAR}
"""  # noqa: S608  (constants)
# The first that was completed after each, in its session or else by its assignee.
NEXT = """
    SELECT before.position, after.content, after.tags, after.source_section, after.completed_at
    FROM unnest(%(positions)s::int[], %(ids)s::uuid[], %(sessions)s::text[], %(people)s::text[],
        %(times)s::timestamptz[]) AS before (position, id, session_id, assignee, completed_at),
    LATERAL (
        SELECT content, tags, source_section, completed_at FROM tasks
        WHERE repository_id = %(repository)s AND deleted_at IS NULL AND completed_at IS NOT NULL
            AND (completed_at, id) > (before.completed_at, before.id)
            AND completed_at <= before.completed_at + %(pause)s AND completed_at <= %(now)s
            AND session_id = before.session_id
            AND (session_id <> '' OR assignee = before.assignee) AND id <> %(last)s
        ORDER BY completed_at, id LIMIT 1
    ) AS after
"""


@dataclass(frozen=True, slots=True)
class Similar:
    """A finished task that is like the last one; `similarity` is 1 for the same words."""

    id: UUID
    content: str
    session_id: str
    assignee: str
    completed_at: datetime
    similarity: float


@dataclass(frozen=True, slots=True)
class Successor:
    """What came after a similar task."""

    similar: Similar
    content: str
    work_type: str
    minutes: int


def find_successors(situation: Situation) -> Found:
    """The kinds of work that followed, those first that followed most, and most similar, tasks."""
    last = situation.last
    if last is None:
        return Found(SOURCE, note="Nothing was finished yet.", known=False)
    similar = read_similar(situation.repository.pk, last, situation.now)
    if not similar:
        return Found(
            SOURCE, note=f"Nothing like “{shorten(last.content)}” was finished.", known=False
        )
    successors = read_successors(situation.repository.pk, last, similar, situation.now)
    if not successors:
        return Found(SOURCE, note=f"Nothing came soon after {len(similar)} similar tasks.")
    groups: dict[str, list[Successor]] = {}
    for each in successors:
        groups.setdefault(_name(each, last), []).append(each)
    ranked = sorted(groups.items(), key=lambda group: (-_weight(group[1]), group[0]))
    return Found(
        SOURCE,
        tuple(
            _candidate(content, group, len(similar), last)
            for content, group in ranked[:MOST_FROM_A_SOURCE]
        ),
    )


def read_similar(repository_id: UUID, last: Task, now: datetime) -> list[Similar]:
    """The completed tasks of a repository that share most words with `last`."""
    words = any_of([last.content])
    if not words:
        return []
    parameters: dict[str, Any] = {
        "content": last.content,
        "words": words,
        "repository": repository_id,
        "last": last.pk,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(SIMILAR, parameters)
        return [Similar(*row) for row in cursor.fetchall()]


def read_successors(
    repository_id: UUID, last: Task, similar: Sequence[Similar], now: datetime
) -> list[Successor]:
    """What was completed next after each, within the pause; one statement."""
    parameters: dict[str, Any] = {
        "positions": list(range(len(similar))),
        "ids": [each.id for each in similar],
        "sessions": [each.session_id for each in similar],
        "people": [each.assignee for each in similar],
        "times": [each.completed_at for each in similar],
        "repository": repository_id,
        "pause": PAUSE,
        "last": last.pk,
        "now": now,
    }
    successors = []
    with connection.cursor() as cursor:
        cursor.execute(NEXT, parameters)
        for position, content, tags, section, completed_at in cursor.fetchall():
            before = similar[position]
            kind = classify(content, json.loads(tags), section).work_type
            minutes = round((completed_at - before.completed_at).total_seconds() / 60)
            successors.append(Successor(before, content, kind.value, minutes))
    return successors


def _name(each: Successor, last: Task) -> str:
    """A step of its kind about what was finished last; work of no kind keeps its own words."""
    if each.work_type == WorkType.OTHER:
        return shorten(each.content, LONGEST_CONTENT)
    return name_step(each.work_type, last.content)


def _weight(group: Sequence[Successor]) -> float:
    return sum(each.similar.similarity for each in group)


def _candidate(content: str, group: Sequence[Successor], similar: int, last: Task) -> Candidate:
    best = max(group, key=lambda each: (each.similar.similarity, each.similar.completed_at))
    more = f" The same kind came after {len(group)} of {similar} similar tasks."
    text = (
        f"After “{shorten(best.similar.content)}” (similarity {best.similar.similarity:.2f})"
        f" “{shorten(best.content)}” was closed {best.minutes} minutes later."
        f"{more if len(group) > 1 else ''}"
    )
    values = {
        "similarity": round(best.similar.similarity, 4),
        "similar_task_id": str(best.similar.id),
        "minutes_later": best.minutes,
        "work_type": best.work_type,
        "followed": len(group),
        "similar": similar,
    }
    return Candidate(
        source=SOURCE,
        kind=SuggestionKind.NEW,
        content=content,
        reasons=(Reason(SOURCE, text, values),),
        task_id=last.pk,
        values=beside(last),
    )

"""Tasks that can be started now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.suggesting.model import (
    MOST_FROM_A_SOURCE,
    Candidate,
    Found,
    Reason,
    shorten,
)
from apps.planning.suggesting.situation import Situation
from apps.tasks.queue import Standing, read_queue

SOURCE = SuggestionSource.READY.value


def find_ready(situation: Situation) -> Found:
    """The head of the ready queue, in its order."""
    pool = ready_pool(situation)
    if not pool:
        return Found(SOURCE, note="No task is ready to start.")
    candidates = tuple(
        _candidate(standing, rank, situation.now)
        for rank, standing in enumerate(pool[:MOST_FROM_A_SOURCE], start=1)
    )
    return Found(SOURCE, candidates)


def ready_pool(situation: Situation) -> Sequence[Standing]:
    """The queue's head but for the task at hand, read once for all sources."""
    if situation.ready is None:
        at_hand = situation.task.pk if situation.task else None
        queue = read_queue(situation.repository)
        situation.ready = [each for each in queue.standings if each.task.pk != at_hand]
    return situation.ready


def _candidate(standing: Standing, rank: int, now: datetime) -> Candidate:
    task = standing.task
    text = f"It is ready, as no. {rank}. {standing.text(now)}"
    values = {
        "rank": rank,
        "score": standing.score,
        "act_by": standing.act_by.isoformat(),
        "priority": task.priority,
        "due_at": task.due_at.isoformat() if task.due_at else None,
        "unblocks": standing.unblocks,
        "on_critical_path": standing.on_critical_path,
    }
    return Candidate(
        source=SOURCE,
        kind=SuggestionKind.EXISTING,
        content=shorten(task.content, 1000),
        reasons=(Reason(SOURCE, text, values),),
        task_id=task.pk,
    )

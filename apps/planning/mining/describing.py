"""A pattern with everything that is known of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from .closed import Found
from .figures import percentile, weight, wilson
from .model import Parameters
from .occurrences import find_occurrences
from .result import MinedPattern, Occurrence, RepositoryFigures
from .shuffles import Surprise
from .streams import Stream

_MINUTE = 60.0


def describe(
    found: Found,
    surprise: Surprise,
    *,
    streams: Sequence[Stream],
    symbols: Sequence[Sequence[int]],
    names: Sequence[str],
    as_of: datetime,
    parameters: Parameters,
) -> MinedPattern:
    """The figures of a pattern, from the streams that hold it; `as_of` is when the last closed."""
    occurrences: list[Occurrence] = []
    support: dict[str, int] = defaultdict(int)
    for number in np.frombuffer(found.holders, np.int64).tolist():
        stream = streams[number]
        support[stream.repository] += 1
        for places in find_occurrences(symbols[number], found.steps, parameters.max_gap):
            occurrences.append(_occurrence(stream, places))
    occurrences.sort(key=lambda each: (each.last_at, each.task_ids))
    succeeded = sum(each.succeeded for each in occurrences)
    low, high = wilson(succeeded, len(occurrences))
    minutes = sorted(each.minutes for each in occurrences if each.succeeded)
    ages = [(as_of - each.last_at).days for each in occurrences]
    weights = sum(weight(days, parameters.half_life_days) for days in ages)
    return MinedPattern(
        steps=tuple(names[step] for step in found.steps),
        support=found.support,
        occurrence_count=len(occurrences),
        succeeded_count=succeeded,
        success_rate=round(succeeded / len(occurrences), 6),
        success_low=round(low, 6),
        success_high=round(high, 6),
        avg_minutes=round(sum(minutes) / len(minutes), 3) if minutes else None,
        p50_minutes=percentile(minutes, 50) if minutes else None,
        p80_minutes=percentile(minutes, 80) if minutes else None,
        confidence=round(found.support / found.before_last, 6),
        lift=round(surprise.lift, 6),
        p_value=surprise.p_value,
        q_value=round(surprise.corrected, 6),
        weight=round(weights, 6),
        last_seen_at=occurrences[-1].last_at,
        repositories=tuple(_by_repository(occurrences, support)),
        occurrences=tuple(_newest(occurrences, parameters.evidence)),
    )


def _occurrence(stream: Stream, places: Sequence[int]) -> Occurrence:
    tasks = [stream.tasks[place] for place in places]
    # Work can be begun before it and closed after it: the first step began it, the last ended it.
    first_at = min(tasks[0].started_at or tasks[0].closed_at, tasks[0].closed_at)
    last_at = tasks[-1].closed_at
    return Occurrence(
        repository=stream.repository,
        session=stream.session,
        assignee=stream.assignee,
        task_ids=tuple(task.id for task in tasks),
        first_at=first_at,
        last_at=last_at,
        minutes=round((last_at - first_at).total_seconds() / _MINUTE, 3),
        succeeded=all(task.completed and not task.again for task in tasks),
    )


def _by_repository(
    occurrences: Sequence[Occurrence], support: dict[str, int]
) -> list[RepositoryFigures]:
    grouped: dict[str, list[Occurrence]] = defaultdict(list)
    for each in occurrences:
        grouped[each.repository].append(each)
    return [
        RepositoryFigures(
            repository=repository,
            support=support[repository],
            occurrence_count=len(grouped[repository]),
            succeeded_count=sum(each.succeeded for each in grouped[repository]),
            last_seen_at=grouped[repository][-1].last_at,
        )
        for repository in sorted(grouped)
    ]


def _newest(occurrences: Sequence[Occurrence], most: int) -> list[Occurrence]:
    """The newest of each repository, the newest first."""
    taken: dict[str, int] = defaultdict(int)
    kept: list[Occurrence] = []
    for each in reversed(occurrences):
        taken[each.repository] += 1
        if taken[each.repository] <= most:
            kept.append(each)
    return kept

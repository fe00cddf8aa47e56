"""What a run has found, put beside what is there: only what differs is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.utils import timezone

from apps.core.bulk import insert_rows, update_rows
from apps.core.ids import uuid7
from apps.planning.mining import MinedPattern, MiningResult, Occurrence
from apps.planning.models import PatternEvidence, PatternOccurrence
from apps.task_patterns.choices import PatternType
from apps.task_patterns.models import MiningRun, PatternRepository, TaskPattern

_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Kept:
    """How many patterns are new, have other figures, are retired, or stay as they are."""

    added: int
    changed: int
    retired: int
    unchanged: int


def signature_of(steps: Iterable[str], work_types: str) -> str:
    """What one pattern is known by within its scope, such as `wt-1:design>test`."""
    return f"{work_types}:{'>'.join(steps)}"


def keep_patterns(*, run: MiningRun, result: MiningResult) -> Kept:
    """Make the patterns of the run's scope those of its result. The caller holds the scope's lock.

    A pattern's `run` is the one that its figures come from: a later one that finds the same figures
    does not touch it.
    """
    found = {signature_of(each.steps, run.work_types): each for each in result.patterns}
    scope = TaskPattern.objects.filter(repository=run.repository, run__isnull=False)
    there = {each.signature: each for each in scope}
    wanted = {
        signature: _columns(pattern, result.counts["streams"])
        for signature, pattern in found.items()
    }
    added = [
        TaskPattern(repository=run.repository, run=run, signature=signature, **columns)
        for signature, columns in wanted.items()
        if signature not in there
    ]
    TaskPattern.objects.bulk_create(added, batch_size=_BATCH)
    changed: dict[UUID, dict[str, Any]] = {
        there[signature].pk: {**columns, "run_id": run.pk}
        for signature, columns in wanted.items()
        if signature in there and _differs(there[signature], columns)
    }
    update_rows(TaskPattern, changed)
    gone = [
        each.pk for each in there.values() if each.signature not in found and not each.retired_at
    ]
    now = timezone.now()
    update_rows(TaskPattern, {pk: {"retired_at": now} for pk in gone})

    keys = {each.signature: each.pk for each in [*there.values(), *added]}
    by_key = {keys[signature]: pattern for signature, pattern in found.items()}
    _keep_repositories(by_key)
    _keep_occurrences(by_key)
    return Kept(len(added), len(changed), len(gone), len(found) - len(added) - len(changed))


def _columns(pattern: MinedPattern, streams: int) -> dict[str, Any]:
    return {
        "pattern_type": PatternType.SEQUENCE.value,
        "description": " → ".join(step.replace("_", " ") for step in pattern.steps),
        "task_sequence": [{"work_type": step} for step in pattern.steps],
        "occurrence_count": pattern.occurrence_count,
        "support": pattern.support,
        "stream_count": streams,
        "avg_completion_time": pattern.avg_minutes,
        "p50_minutes": pattern.p50_minutes,
        "p80_minutes": pattern.p80_minutes,
        "success_rate": pattern.success_rate,
        "success_low": pattern.success_low,
        "success_high": pattern.success_high,
        "confidence": pattern.confidence,
        "lift": pattern.lift,
        "p_value": pattern.p_value,
        "q_value": pattern.q_value,
        "weight": pattern.weight,
        "last_seen_at": pattern.last_seen_at,
        "retired_at": None,
    }


def _differs(row: Any, columns: Mapping[str, Any]) -> bool:
    return any(getattr(row, name) != value for name, value in columns.items())


def _keep_repositories(patterns: Mapping[UUID, MinedPattern]) -> None:
    there = {
        (row.pattern_id, str(row.repository_id)): row
        for row in PatternRepository.objects.filter(pattern__in=patterns)
    }
    added: list[PatternRepository] = []
    changed: dict[UUID, dict[str, Any]] = {}
    for key, pattern in patterns.items():
        for each in pattern.repositories:
            columns = {
                "occurrence_count": each.occurrence_count,
                "support": each.support,
                "last_seen_at": each.last_seen_at,
            }
            row = there.pop((key, each.repository), None)
            if row is None:
                link = {"pattern_id": key, "repository_id": UUID(each.repository)}
                added.append(PatternRepository(**link, **columns))
            elif _differs(row, columns):
                changed[row.pk] = columns
    PatternRepository.objects.filter(pk__in=[row.pk for row in there.values()]).delete()
    PatternRepository.objects.bulk_create(added, batch_size=_BATCH)
    update_rows(PatternRepository, changed)


# An occurrence with its evidence, as something that can be compared.
_Fact = tuple[UUID, UUID, str, Any, Any, float, bool, tuple[UUID, ...]]


def _keep_occurrences(patterns: Mapping[UUID, MinedPattern]) -> None:
    wanted = {_fact(key, each): each for key, each in _all_occurrences(patterns)}
    stale: list[UUID] = []
    no_more: set[UUID] = set()
    for pk, fact in _facts_there(patterns):
        if wanted.pop(fact, None) is None:
            stale.append(pk)
            no_more.update(task for task in fact[-1] if task)
    there = _hold_tasks(no_more.union(*(fact[-1] for fact in wanted)))
    with connection.cursor() as cursor:  # Django would read all evidence before it deletes it
        cursor.execute("DELETE FROM pattern_occurrences WHERE id = ANY(%s)", [stale])
    _add_occurrences(wanted, there)


def _hold_tasks(tasks: Iterable[UUID]) -> set[UUID]:
    """Which of these tasks exist, and do so until the transaction ends.

    They are held before their evidence is touched, since a purge comes the same way: it deletes the
    tasks, and only then what hangs on them.
    """
    statement = "SELECT id FROM tasks WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
    with connection.cursor() as cursor:
        cursor.execute(statement, [sorted(tasks)])
        return {pk for (pk,) in cursor.fetchall()}


def _all_occurrences(
    patterns: Mapping[UUID, MinedPattern],
) -> Iterator[tuple[UUID, Occurrence]]:
    for key, pattern in patterns.items():
        for each in pattern.occurrences:
            yield key, each


def _fact(pattern: UUID, each: Occurrence) -> _Fact:
    tasks = tuple(UUID(task) for task in each.task_ids)
    repository, stream = UUID(each.repository), _stream_of(each)
    return (
        pattern, repository, stream, each.first_at, each.last_at, each.minutes, each.succeeded,
        tasks,
    )  # fmt: skip


def _stream_of(each: Occurrence) -> str:
    """Whose work it was, in words."""
    if each.session:
        return f"session {each.session}"
    return f"assignee {each.assignee}" if each.assignee else "nobody named"


def _facts_there(patterns: Iterable[UUID]) -> Iterator[tuple[UUID, _Fact]]:
    rows = PatternOccurrence.objects.filter(pattern__in=patterns).annotate(
        tasks=ArrayAgg("evidence__task_id", order_by="evidence__position")
    )
    columns = (
        "pk", "pattern_id", "repository_id", "stream", "first_at", "last_at", "minutes",
        "succeeded", "tasks",
    )  # fmt: skip
    for pk, *values, tasks in rows.values_list(*columns).iterator(chunk_size=_BATCH):
        yield pk, (*values, tuple(tasks))


def _add_occurrences(facts: Iterable[_Fact], there: set[UUID]) -> None:
    """Write these; a task that was purged since it was read is no evidence."""
    rows: list[dict[str, Any]] = []
    evidence: list[dict[str, Any]] = []
    for pattern, repository, stream, first, last, minutes, succeeded, tasks in facts:
        row = {
            "id": uuid7(),
            "pattern_id": pattern,
            "repository_id": repository,
            "stream": stream,
            "first_at": first,
            "last_at": last,
            "minutes": minutes,
            "succeeded": succeeded,
        }
        rows.append(row)
        evidence += [
            {"id": uuid7(), "occurrence_id": row["id"], "position": position, "task_id": task}
            for position, task in enumerate(tasks, 1)
            if task in there
        ]
    insert_rows(PatternOccurrence, rows)
    insert_rows(PatternEvidence, evidence)

"""Runs of the miner: read, mine, and keep what was found, all of it or nothing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from apps.core.errors import DomainError, ErrorCode, InvalidInputError
from apps.planning.finished_work import read_finished_work
from apps.planning.mining import MiningResult, Parameters, mine
from apps.repositories.models import Repository
from apps.task_patterns.models import MiningRun
from apps.task_patterns.work_types import WORK_TYPES_VERSION

from .keeping_patterns import Kept, keep_patterns

MINING_LOCK = 0x3142  # namespace of the advisory locks; the second number is a hash of the scope
MOST_TASKS = 200_000
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Mined:
    """What a run has found; of a dry run nothing is kept."""

    result: MiningResult
    run: MiningRun | None = None
    kept: Kept | None = None


def mine_patterns(
    *,
    repository: Repository | None = None,
    since: datetime | None = None,
    parameters: Parameters = Parameters(),  # noqa: B008  (frozen)
    most_tasks: int = MOST_TASKS,
    dry_run: bool = False,
) -> Mined:
    """Look for patterns in what was closed since then, in one repository or over all of them.

    The patterns of a scope (a repository, or all) are those of its last run: one that is not found
    any more is retired. What stays the same is not written. The newest `most_tasks` are looked at.
    Of two runs at once the later one to finish looks again, so that no older look replaces a newer.

    Raises `DomainError`: `invalid_request` if `since` lies ahead, `conflict` if other runs were in
    the way each time.
    """
    if since is not None and since > timezone.now():
        raise InvalidInputError("/since", "since lies in the future, where nothing was finished.")
    for _ in range(_ATTEMPTS):
        start, before = time.monotonic(), _last_run(repository)
        tasks = read_finished_work(repository=repository, since=since, most=most_tasks)
        result = mine(tasks, parameters)
        if dry_run:
            return Mined(result)
        with transaction.atomic():
            _lock(repository)
            if _last_run(repository) != before:
                continue  # somebody else has looked meanwhile, maybe at newer work
            run = _record(repository, since, most_tasks, result, time.monotonic() - start)
            return Mined(result, run, keep_patterns(run=run, result=result))
    raise DomainError(
        ErrorCode.CONFLICT, "Other runs were mining the same work at the same time. Try again."
    )


def _last_run(repository: Repository | None) -> UUID | None:
    runs = MiningRun.objects.filter(repository=repository)
    last: UUID | None = runs.order_by("-pk").values_list("pk", flat=True).first()
    return last


def _lock(repository: Repository | None) -> None:
    """Wait for other runs of the same scope to end their transaction."""
    scope = str(repository.pk) if repository else "all"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [MINING_LOCK, scope])


def _record(
    repository: Repository | None,
    since: datetime | None,
    most_tasks: int,
    result: MiningResult,
    seconds: float,
) -> MiningRun:
    values: dict[str, Any] = {
        "repository": repository,
        "algorithm": result.algorithm,
        "work_types": WORK_TYPES_VERSION,
        "parameters": {**result.parameters.as_json(), "most_tasks": most_tasks},
        "since": since,
        "as_of": result.as_of,
        "input_hash": result.input_hash,
        "result_hash": result.result_hash,
        "task_count": result.counts["tasks"],
        "stream_count": result.counts["streams"],
        "pattern_count": len(result.patterns),
        "seconds": round(seconds, 3),
    }
    return MiningRun.objects.create(**values)

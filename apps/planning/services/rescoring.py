"""Scores by a new formula, for what is there already; the scores of the old one are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.planning.models import ComplexityScore
from apps.prds.complexity import COMPLEXITY_VERSION
from apps.prds.models import PRD
from apps.prds.services import rescore_prds
from apps.tasks.models import Task
from apps.tasks.scoring import rescore_tasks

MOST_PRDS = 20  # one can have 2 MB
MOST_TASKS = 500


@dataclass(frozen=True, slots=True)
class Rescored:
    """One batch: of which kind, how many were looked at, and how many got another score."""

    kind: str
    looked_at: int
    rescored: int


def rescore_complexity(*, everything: bool = False) -> Iterator[Rescored]:
    """Bring every kept score to the formula of now, a batch a transaction; deleted records too.

    What has a score of this formula is passed over, so a run that was stopped goes on where it
    was. With `everything` that is looked at as well, for what was changed past TaskHub.
    """
    for kind, model, most in (("PRDs", PRD, MOST_PRDS), ("tasks", Task, MOST_TASKS)):
        last: UUID | None = None
        while batch := _next(model, last, most, everything=everything):
            last = batch[-1]
            yield Rescored(kind, len(batch), _rescore(model, batch))


def _next(model: Any, last: UUID | None, most: int, *, everything: bool) -> list[UUID]:
    rows = model.all_objects.order_by("pk")
    if not everything:
        rows = rows.exclude(complexity_version=COMPLEXITY_VERSION)
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return list(rows.values_list("pk", flat=True)[:most])


@transaction.atomic
def _rescore(model: Any, ids: Sequence[UUID]) -> int:
    rows = model.all_objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")
    locked = list(rows.values_list("pk", flat=True))
    rescore, name = (rescore_tasks, "task") if model is Task else (rescore_prds, "prd")
    found = rescore(locked)
    scores = [
        score
        for record, columns in found
        for score in (_score(name, record, record.__dict__), _score(name, record, columns))
        if score
    ]
    ComplexityScore.objects.bulk_create(scores, ignore_conflicts=True)
    return len(found)


def _score(name: str, record: Any, columns: Mapping[str, Any]) -> ComplexityScore | None:
    """The row of the score in these columns, if they hold one."""
    kept = columns["complexity_factors"]
    if columns["complexity_score"] is None or "inputs_hash" not in kept:
        return None
    return ComplexityScore(
        **{name: record},
        formula=columns["complexity_version"],
        score=columns["complexity_score"],
        level=kept["level"],
        factors=kept["factors"],
        inputs_hash=kept["inputs_hash"],
    )

"""What comes next in a mined pattern."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import IntegerField, OuterRef, Q, Subquery

from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.mining import Parameters
from apps.planning.suggesting.matching import Continuation, KnownPattern, continue_tail
from apps.planning.suggesting.model import MOST_FROM_A_SOURCE, Candidate, Found, Reason, shorten
from apps.planning.suggesting.situation import Situation
from apps.planning.suggesting.wording import BEGINNINGS, name_step
from apps.task_patterns.choices import FeedbackVerdict, PatternType
from apps.task_patterns.models import PatternFeedback, PatternRepository, TaskPattern
from apps.task_patterns.work_types import WORK_TYPES_VERSION, WorkType, classify
from apps.tasks.models import Task

from .ready import ready_pool

SOURCE = SuggestionSource.PATTERN.value
MOST_PATTERNS = 1_000  # of a repository; the ones that occurred most, and lately
MAX_GAP = Parameters().max_gap or 0


def find_next_steps(situation: Situation) -> Found:
    """For each step that a pattern has next: the ready task of its kind, if there is one, and a new
    one about what was finished last."""
    patterns = read_patterns(situation.repository.pk)
    if not patterns:
        return Found(SOURCE, note="No pattern is mined for this repository.", known=False)
    last = situation.last
    if last is None:
        return Found(SOURCE, note="Nothing was finished from which a pattern could go on.")
    tail = [work_type_of(task) for task in situation.tail]
    steps = continue_tail(tail, patterns, max_gap=MAX_GAP)
    if not steps:
        done = " → ".join(kind or "other" for kind in tail)
        return Found(SOURCE, note=f"None of {len(patterns)} patterns goes on from {done}.")
    candidates: list[Candidate] = []
    for step in steps:
        candidates += _candidates(step, situation, last)
    return Found(SOURCE, tuple(candidates[:MOST_FROM_A_SOURCE]))


def work_type_of(task: Task) -> str:
    """As where patterns are mined: "" for work of no kind in particular."""
    kind = classify(task.content, task.tags, task.source_section).work_type
    return "" if kind is WorkType.OTHER else kind.value


def read_patterns(repository_id: UUID) -> list[KnownPattern]:
    """The patterns of a repository: mined in it, or over all and found in it.

    Neither retired ones, nor those of which somebody said last that they are not true of it, nor
    those of other rules for work types. Of two with the same steps, the repository's own.
    """
    known: dict[tuple[str, ...], KnownPattern] = {}
    for row in live_patterns(repository_id)[:MOST_PATTERNS]:
        steps = tuple(step["work_type"] for step in row.task_sequence)
        if len(steps) > 1 and (steps not in known or row.repository_id is not None):
            known[steps] = _known(row, steps)
    return list(known.values())


def live_patterns(repository_id: UUID) -> Any:
    """The rows, the weightiest first, each with its support and the last verdict there."""
    share = PatternRepository.objects.filter(pattern=OuterRef("pk"), repository=repository_id)
    verdict = PatternFeedback.objects.filter(
        pattern=OuterRef("pk"), repository=repository_id
    ).order_by("-updated_at", "-pk")
    return (
        TaskPattern.objects.annotate(
            support_here=Subquery(share.values("support")[:1], output_field=IntegerField()),
            verdict=Subquery(verdict.values("verdict")[:1]),
        )
        .filter(
            Q(repository=repository_id) | Q(repository__isnull=True, support_here__isnull=False),
            Q(verdict__isnull=True) | ~Q(verdict=FeedbackVerdict.REJECTED),
            pattern_type=PatternType.SEQUENCE,
            retired_at__isnull=True,
            run__work_types=WORK_TYPES_VERSION,
        )
        .order_by("-weight", "signature", "pk")
    )


def _known(row: Any, steps: tuple[str, ...]) -> KnownPattern:
    here = row.support_here if row.support_here is not None else row.support
    return KnownPattern(
        id=row.pk,
        steps=steps,
        support=here,
        everywhere=row.repository_id is None,
        confidence=row.confidence,
        lift=row.lift,
        q_value=row.q_value,
        success_low=row.success_low,
        success_high=row.success_high,
    )


def _candidates(step: Continuation, situation: Situation, last: Task) -> Iterator[Candidate]:
    reasons = (_reason(step),)
    for standing in ready_pool(situation):
        task = standing.task
        if work_type_of(task) == step.step:
            yield Candidate(
                source=SOURCE,
                kind=SuggestionKind.EXISTING,
                content=task.content,
                reasons=reasons,
                task_id=task.pk,
                pattern_id=step.pattern.id,
            )
            break
    if step.step in BEGINNINGS:
        yield Candidate(
            source=SOURCE,
            kind=SuggestionKind.NEW,
            content=name_step(step.step, last.content),
            reasons=reasons,
            task_id=last.pk,
            pattern_id=step.pattern.id,
            values=beside(last),
        )


def beside(last: Task) -> dict[str, Any]:
    """What a task that goes on from `last` takes over from it."""
    values: dict[str, Any] = {"details": f"It goes on from “{shorten(last.content, 200)}”."}
    if last.parent_task_id:
        values["parent_task_id"] = str(last.parent_task_id)
    return values


def _reason(step: Continuation) -> Reason:
    pattern = step.pattern
    figures = [f"{pattern.support} {'stream' if pattern.support == 1 else 'streams'} here"]
    if pattern.lift is not None:
        figures.append(f"{pattern.lift:.1f} times as often as in shuffled work")
    if pattern.q_value is not None:
        figures.append(f"q {pattern.q_value:.4f}")
    if pattern.success_low is not None and pattern.success_high is not None:
        figures.append(f"success {pattern.success_low:.0%} to {pattern.success_high:.0%}")
    done = " → ".join(map(_words, step.before))
    whole = " → ".join(map(_words, pattern.steps))
    scope = ", mined over all repositories" if pattern.everywhere else ""
    text = f"After {done} comes {_words(step.step)} in “{whole}”{scope}: {', '.join(figures)}."
    values = {
        "pattern_id": str(pattern.id),
        "steps": list(pattern.steps),
        "next": step.step,
        "matched": step.matched,
        "skipped": step.skipped,
        "support": pattern.support,
        "confidence": pattern.confidence,
        "lift": pattern.lift,
        "q_value": pattern.q_value,
        "success_low": pattern.success_low,
        "success_high": pattern.success_high,
    }
    return Reason(SOURCE, text, values)


def _words(work_type: str) -> str:
    return work_type.replace("_", " ")

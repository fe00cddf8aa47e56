"""Reads of plans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Q

from apps.core.errors import InvalidInputError
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.graph import is_graph_locked

from . import progress
from .choices import Decision, EntryKind, PlanState
from .merge import THEIRS, Answers, Candidate, Change, Entry, Place, open_questions, writes
from .models import PRDPlan, PRDPlanEntry

MARK = "removed_from_prd"


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """An entry without whose answer the plan cannot be applied: which fields wait, if single."""

    entry: PRDPlanEntry
    fields: tuple[str, ...]


@dataclass(slots=True)
class Outlook:
    """What applying a plan does, in numbers of tasks; a task may count in several."""

    created: int = 0
    changed: int = 0
    completed: int = 0
    reopened: int = 0
    cancelled: int = 0
    marked: int = 0
    restored: int = 0
    rejected: int = 0
    postponed: int = 0
    questions: list[OpenQuestion] = field(default_factory=list)


def count_entries(plan: PRDPlan) -> dict[str, int]:
    """How many entries the plan has of each kind, and `undecided`; one query."""
    counts: dict[str, int] = PRDPlanEntry.objects.filter(plan=plan).aggregate(
        **{kind.value: Count("pk", filter=Q(kind=kind)) for kind in EntryKind},
        undecided=Count("pk", filter=Q(decision=Decision.UNDECIDED)),
    )
    return counts


def progress_of(plan: PRDPlan) -> progress.Progress | None:
    """How far the applying of `plan` is; None when nobody applies it.

    What was said of it outlives a process that was killed; the lock under which plans are applied
    does not.
    """
    found = progress.read(plan.pk) if plan.state == PlanState.OPEN else None
    return found if found and is_graph_locked(plan.repository_id) else None


def text_of(repository: Repository, filename: str) -> str:
    """The text that the PRD `filename` has now. Raises `InvalidInputError` without one."""
    prds = PRD.objects.filter(repository=repository, filename=filename)
    content: str | None = prds.values_list("content", flat=True).first()
    if content is None:
        raise InvalidInputError(
            "/content",
            f"The repository {repository.name} has no PRD {filename!r}: send the content.",
        )
    return content


def foresee(rows: Iterable[PRDPlanEntry]) -> Outlook:
    """What applying these entries does, as they are decided now; of an applied plan, what it did.

    What is not decided counts as nothing but a question.
    """
    outlook = Outlook()
    for row in rows:
        said, entry = answers_of(row), entry_of(row)
        waiting = open_questions(entry, said)
        if waiting:
            outlook.questions.append(OpenQuestion(row, tuple(filter(None, waiting))))
        elif said.decision == Decision.REJECTED:
            outlook.rejected += 1
        elif said.decision == Decision.POSTPONED:
            outlook.postponed += 1
        elif row.kind == EntryKind.ADD:
            outlook.created += 1
        else:
            _count_writes(outlook, writes(entry, said))
            outlook.restored += said.choices.get("deleted") == THEIRS
    return outlook


def _count_writes(outlook: Outlook, written: Mapping[str, Any]) -> None:
    status = written.get("status")
    outlook.completed += status == TaskStatus.COMPLETED
    outlook.cancelled += status == TaskStatus.CANCELLED
    outlook.reopened += status in (TaskStatus.PENDING, TaskStatus.IN_PROGRESS)
    outlook.marked += written.get(MARK) is True
    outlook.changed += bool(written.keys() - {"status", MARK, "deleted"})


def answers_of(row: Any) -> Answers:
    """The reviewer's word on an entry, or the word that an event of it has kept."""
    return Answers(row.decision, row.answers.get("choices", {}), row.answers.get("values", {}))


def entry_of(row: PRDPlanEntry) -> Entry:
    """The stored entry as the merge made it."""
    return Entry(
        kind=row.kind,  # type: ignore[arg-type]
        key=row.key,
        title=row.title,
        item_id=None,
        task_id=str(row.task_id) if row.task_id else None,
        first_line=row.first_line,
        last_line=row.last_line,
        rule=row.rule,
        confidence=row.confidence,
        changes=tuple(_change(stored) for stored in row.fields),
        candidates=tuple(Candidate(**stored) for stored in row.candidates),
        reason=row.reason,
    )


def _change(stored: Mapping[str, Any]) -> Change:
    change = Change(**stored)
    return replace(change, place=Place(**stored["place"])) if stored["place"] else change

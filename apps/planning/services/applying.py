"""Applying a plan: what the preview said, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.context import give_usual_reason
from apps.core.errors import DomainError, ErrorCode, FieldError
from apps.planning import progress
from apps.planning.choices import PlanState
from apps.planning.merge import (
    MINE,
    NEW,
    THEIRS,
    Answers,
    Entry,
    Item,
    next_base,
    open_questions,
    settle,
    withheld_ids,
)
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.plans import answers_of
from apps.planning.sides import task_ids_of
from apps.prds.models import PRD
from apps.prds.services import store_prd, store_revision
from apps.repositories.deletion import restore_record
from apps.tasks.bulk import NewTask, TaskChange, change_tasks, create_tasks, take_external_keys
from apps.tasks.counters import recount_tasks
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task

from .comparing import Comparison, compare, is_current, lock_plan
from .keeping import keep_items

MOST_NAMED = 20
Written = Mapping[str, Mapping[str, Any]]
"""What is written, by the entry's key."""


@dataclass(frozen=True, slots=True)
class AppliedPlan:
    """What applying a plan has done: the document and the ids of the tasks, by the items' keys."""

    plan: PRDPlan
    prd: PRD
    created: Mapping[str, UUID]
    changed: Mapping[str, UUID]


@transaction.atomic
def apply_plan(*, actor: User, plan: PRDPlan, expected_version: int | None = None) -> AppliedPlan:
    """Keep the plan's text as the PRD's next revision and do to the tasks what the entries say.

    All or nothing; what is done is what the entries and answers say, since the comparison is made
    once more under the locks. A text without entries is kept all the same, and the lines of the
    tasks' sections follow it.

    Raises `DomainError`: as `comparing.lock_plan`; `plan_stale` when the document or a task was
    changed since, `plan_undecided` when an entry needs an answer; `open_work`, `dependency_cycle`,
    `already_exists` as the services of tasks, when work outside of the document stands in the way.
    """
    lock_graph(plan.repository_id)
    locked = lock_plan(actor, plan, expected_version)
    try:
        progress.report(locked.pk, "reading")
        comparison = _compare_locked(locked)
        rows = list(PRDPlanEntry.objects.filter(plan=locked).order_by("position"))
        progress.report(locked.pk, "comparing", len(rows))
        if not is_current(locked, rows, comparison):
            raise DomainError(
                ErrorCode.PLAN_STALE,
                "The document or its tasks have changed since the plan was made. Refresh the plan "
                "and look at it once more.",
            )
        answers = [answers_of(row) for row in rows]
        _refuse_undecided(rows, comparison.merge.entries, answers)
        with _naming_entries(rows):
            return _apply(actor, locked, comparison, answers)
    finally:
        progress.forget(locked.pk)


@contextmanager
def _naming_entries(rows: Sequence[PRDPlanEntry]) -> Iterator[None]:
    """Say of what is refused for certain tasks which entries are about them."""
    try:
        yield
    except DomainError as error:
        tasks = {str(task) for name in ("tasks", "cycle") for task in error.extra.get(name, ())}
        error.errors = (
            error.errors
            or [
                FieldError(
                    f"/entries/{row.pk}",
                    error.code.value,
                    f"{row.key} “{row.title[:80]}”: {error.detail} Reject the entry, or leave the "
                    "field as the task has it.",
                )
                for row in rows
                if str(row.task_id) in tasks
            ][:MOST_NAMED]
        )
        raise


def _compare_locked(plan: PRDPlan) -> Comparison:
    """The comparison, of tasks that nobody else changes until the transaction ends."""
    if plan.prd_id and plan.generate_tasks:
        prd = PRD.objects.select_for_update(no_key=True).filter(pk=plan.prd_id).first()
        ids = task_ids_of(prd, plan.pins) if prd else []
        tasks = Task.all_objects.filter(pk__in=ids, repository=plan.repository_id)
        list(tasks.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    return compare(
        plan.repository,
        plan.filename,
        plan.content,
        generate_tasks=plan.generate_tasks,
        pins=plan.pins,
    )


def _refuse_undecided(
    rows: Sequence[PRDPlanEntry], entries: Sequence[Entry], answers: Sequence[Answers]
) -> None:
    errors = []
    for row, entry, said in zip(rows, entries, answers, strict=True):
        for name in open_questions(entry, said):
            about = f"its {name}" if name else "it"
            detail = f"{entry.key} “{entry.title[:80]}”: nobody has decided on {about}."
            errors.append(FieldError(f"/entries/{row.pk}", ErrorCode.PLAN_UNDECIDED.value, detail))
    if errors:
        missing = "One answer is" if len(errors) == 1 else f"{len(errors)} answers are"
        detail = f"{missing} missing. Decide on these entries first."
        raise DomainError(ErrorCode.PLAN_UNDECIDED, detail, errors[:MOST_NAMED])


def _apply(
    actor: User, plan: PRDPlan, comparison: Comparison, answers: Sequence[Answers]
) -> AppliedPlan:
    entries = comparison.merge.entries
    give_usual_reason(f"Import of {plan.filename}, plan {plan.pk}")
    prd = _store(actor, plan, comparison)
    decisions = {entry.name: said for entry, said in zip(entries, answers, strict=True)}
    written = settle(comparison.inputs, comparison.merge, decisions)
    _refuse_withheld_ids(comparison, written)
    _restore(actor, entries, answers)
    take_external_keys(
        [
            UUID(entry.task_id)
            for entry in entries
            if entry.task_id and "external_key" in written.get(entry.name, {})
        ]
    )
    adds = [entry for entry in entries if entry.kind == "add" and entry.name in written]
    progress.report(plan.pk, "creating", len(adds))
    created = _create(actor, prd, adds, written)
    changes = _changes(prd, comparison, written, created)
    progress.report(plan.pk, "changing", len(changes))
    change_tasks(actor=actor, repository=plan.repository, changes=changes)
    progress.report(plan.pk, "keeping")
    if plan.generate_tasks:
        keep_items(prd, next_base(comparison.merge, decisions, written), created)
    recount_tasks([prd.pk])  # the outbox would, a moment after the answer
    plan.prd = prd
    plan.state = PlanState.APPLIED
    plan.closed_at = timezone.now()
    plan.closed_by = actor
    plan.save()
    plan.refresh_from_db()
    prd.refresh_from_db()
    changed = {
        entry.key: UUID(entry.task_id)
        for entry in entries
        if entry.task_id and written.get(entry.name)
    }
    return AppliedPlan(plan, prd, created, changed)


def _refuse_withheld_ids(comparison: Comparison, written: Written) -> None:
    errors = []
    for entry, holder in withheld_ids(comparison.inputs, comparison.merge, written):
        key = written[entry.name]["external_key"]
        detail = (
            f"{entry.key} “{entry.title[:80]}”: the id {key} stays with “{holder.title[:80]}”, as "
            "you have decided. Leave this one as it is, too (its field external_key: mine)."
        )
        errors.append(FieldError("/entries", ErrorCode.ALREADY_EXISTS.value, detail))
    if errors:
        detail = f"{len(errors)} ids are to change hands, but those who have them keep them."
        raise DomainError(ErrorCode.ALREADY_EXISTS, detail, errors[:MOST_NAMED])


def _store(actor: User, plan: PRDPlan, comparison: Comparison) -> PRD:
    if comparison.prd:
        return store_revision(
            actor=actor,
            prd=comparison.prd,
            content=plan.content,
            document=comparison.document,
        )
    return store_prd(
        actor=actor,
        repository=plan.repository,
        filename=plan.filename,
        content=plan.content,
        document=comparison.document,
    )


def _restore(actor: User, entries: Sequence[Entry], answers: Sequence[Answers]) -> None:
    """Bring back the deleted tasks that the reviewer wants back; each deletion once."""
    wanted = [
        UUID(entry.task_id)
        for entry, said in zip(entries, answers, strict=True)
        if entry.task_id and said.decision == "accepted"
        if said.choices.get("deleted") == THEIRS
    ]
    for task_id in wanted:
        task = Task.all_objects.get(pk=task_id)
        if task.deleted_at is not None:  # not with an earlier one of the same deletion
            restore_record(actor=actor, record=task)
    unwanted = [
        UUID(entry.task_id)
        for entry, said in zip(entries, answers, strict=True)
        if entry.task_id and said.choices.get("deleted", MINE) == MINE
        if any(change.field == "deleted" for change in entry.changes)
    ]
    back = Task.objects.filter(pk__in=unwanted).first() if wanted else None
    if back:
        detail = (
            f"“{back.content[:80]}” was deleted together with a task that you want back, and comes "
            "back with it: say the same of both."
        )
        raise DomainError(ErrorCode.CONFLICT, detail)


def _create(actor: User, prd: PRD, adds: Sequence[Entry], written: Written) -> dict[str, UUID]:
    new_tasks = []
    for entry in adds:
        columns = dict(written[entry.name])
        parent = columns.pop("parent", None)
        new_tasks.append(
            NewTask(
                key=entry.key,
                external_key=columns.pop("external_key", ""),
                parent=_key_or_id(parent) if parent else None,
                depends_on=[_key_or_id(ref) for ref in columns.pop("dependencies", ())],
                values={
                    **columns,
                    "prd": prd,
                    "source_first_line": entry.first_line,
                    "source_last_line": entry.last_line,
                },
            )
        )
    return create_tasks(actor=actor, repository=prd.repository, new_tasks=new_tasks)


def _key_or_id(ref: str) -> str | UUID:
    """The key of a task that comes with this plan, or a task's id."""
    return ref.removeprefix(NEW) if ref.startswith(NEW) else UUID(ref)


def _changes(
    prd: PRD, comparison: Comparison, written: Written, created: Mapping[str, UUID]
) -> list[TaskChange]:
    """What becomes of the tasks that are there: the entries' writes, and their sections' lines."""
    by_task: dict[UUID, dict[str, Any]] = {
        UUID(entry.task_id): dict(written.get(entry.name, {}))
        for entry in comparison.merge.entries
        if entry.task_id and not entry.candidates
    }
    for pk, lines in _moved_lines(prd, comparison).items():
        by_task.setdefault(pk, {}).update(lines)
    result = []
    for pk, values in by_task.items():
        values.pop("deleted", None)
        external_key = values.pop("external_key", None)
        dependencies = values.pop("dependencies", None)
        if "parent" in values:
            parent = values.pop("parent")
            values["parent_task_id"] = _task_named(parent, created) if parent else None
        if "removed_from_prd" in values:
            gone = values.pop("removed_from_prd")
            values["removed_from_prd_at"] = timezone.now() if gone else None
        if dependencies is not None:
            dependencies = [_task_named(ref, created) for ref in dependencies]
        if values or external_key is not None or dependencies is not None:
            result.append(TaskChange(pk, values, external_key, dependencies))
    return result


def _task_named(ref: str, created: Mapping[str, UUID]) -> UUID:
    named = _key_or_id(ref)
    return named if isinstance(named, UUID) else created[named]


def _moved_lines(prd: PRD, comparison: Comparison) -> dict[UUID, dict[str, Any]]:
    """The new places of the sections of this document's tasks; an adopted task comes to it.

    What is gone has none: its lines say something else now.
    """
    items: dict[UUID, Item | None] = {
        UUID(earlier.task_id): None for earlier in comparison.merge.gone if earlier.task_id
    }
    items |= {
        UUID(task): item
        for item in comparison.inputs.items
        if (task := comparison.merge.tasks.get(item.key)) and not task.startswith(NEW)
    }
    rows = Task.all_objects.filter(pk__in=items, deleted_at__isnull=True).values_list(
        "pk", "prd_id", "source_first_line", "source_last_line"
    )
    result: dict[UUID, dict[str, Any]] = {}
    for pk, prd_id, first, last in rows:
        item = items[pk]
        if prd_id not in (None, prd.pk):
            continue
        now = (item.first_line, item.last_line) if item else (None, None)
        lines = {"source_first_line": now[0], "source_last_line": now[1]}
        if prd_id is None and pk in _adopted(comparison):
            result[pk] = {**lines, "prd_id": prd.pk}
        elif prd_id == prd.pk and (first, last) != now:
            result[pk] = lines
    return result


def _adopted(comparison: Comparison) -> set[UUID]:
    return {UUID(task_id) for task_id in comparison.merge.adopted.values()}

"""What reviewers do with an open plan: decide on entries, refresh it, discard it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.bulk import update_rows
from apps.core.errors import DomainError, ErrorCode, FieldError
from apps.planning.choices import Decision, EntryKind, PlanState
from apps.planning.merge import EDITABLE, MINE, NEW_PIN, THEIRS
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.tasks.models import Task

from .comparing import compare, describe, lock_plan, write_entries

NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class EntryDecision:
    """A reviewer's word on one entry.

    `choices`: for single fields, "mine" or "theirs". `values`: for single fields, another value.
    `same_as`: of an entry with candidates, the `item_id` of the one that it is, or "new". What is
    None stays as it was said before.
    """

    entry_id: UUID
    decision: str | None = None
    choices: Mapping[str, str] | None = None
    values: Mapping[str, Any] | None = None
    same_as: str | None = None


@dataclass(slots=True)
class _Checked:
    rows: list[PRDPlanEntry] = field(default_factory=list)
    pins: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def decide(
    *,
    actor: User,
    plan: PRDPlan,
    decisions: Sequence[EntryDecision],
    expected_version: int | None = None,
) -> PRDPlan:
    """Note what a reviewer says of some entries; all of it or nothing.

    An answer to which earlier item an entry is makes the plan anew; what was said of entries that
    stay the same stands. The plan gets a new version.

    Raises `DomainError`: as `comparing.lock_plan`, and `invalid_request` with the place of each
    thing that an entry does not take.
    """
    locked = lock_plan(actor, plan, expected_version)
    checked = _check(locked, decisions)
    words = {row.pk: {"decision": row.decision, "answers": row.answers} for row in checked.rows}
    update_rows(PRDPlanEntry, words)
    locked.decided_at = timezone.now()
    if checked.pins:
        locked.pins = {**locked.pins, **checked.pins}
        _compare_again(locked)
    locked.save()
    locked.refresh_from_db()
    return locked


@transaction.atomic
def refresh_plan(*, actor: User, plan: PRDPlan, expected_version: int | None = None) -> PRDPlan:
    """Compare the plan's text with the tasks as they are now.

    What was said of entries that stay the same stands. Raises as `comparing.lock_plan`.
    """
    locked = lock_plan(actor, plan, expected_version)
    _compare_again(locked)
    locked.decided_at = timezone.now()
    locked.save()
    locked.refresh_from_db()
    return locked


@transaction.atomic
def discard_plan(*, actor: User, plan: PRDPlan, expected_version: int | None = None) -> PRDPlan:
    """Close the plan without applying it; it can be read still.

    Raises as `comparing.lock_plan`.
    """
    locked = lock_plan(actor, plan, expected_version)
    locked.state = PlanState.DISCARDED
    locked.closed_at = timezone.now()
    locked.closed_by = actor
    locked.save()
    locked.refresh_from_db()
    return locked


def _compare_again(plan: PRDPlan) -> None:
    comparison = compare(
        plan.repository,
        plan.filename,
        plan.content,
        generate_tasks=plan.generate_tasks,
        pins=plan.pins,
    )
    write_entries(plan, comparison.merge)
    for name, value in describe(comparison).items():
        setattr(plan, name, value)


def _check(plan: PRDPlan, decisions: Sequence[EntryDecision]) -> _Checked:
    ids = [decision.entry_id for decision in decisions]
    rows = PRDPlanEntry.objects.filter(plan=plan).in_bulk(ids)
    checked, errors = _Checked(), []
    seen: set[UUID] = set()
    for position, decision in enumerate(decisions):
        place = f"/entries/{position}"
        row = rows.get(decision.entry_id)
        if row is None or decision.entry_id in seen:
            wrong = "is named twice" if row else "is no entry of this plan (any more)"
            detail = f"{decision.entry_id} {wrong}: read the entries again."
            errors.append(_error(f"{place}/id", detail))
            continue
        seen.add(decision.entry_id)
        found = list(_check_one(row, decision, place))
        errors += found
        if found:
            continue
        if decision.same_as is not None:
            checked.pins[row.key] = decision.same_as
        _note(row, decision)
        checked.rows.append(row)
    if errors:
        raise DomainError(
            ErrorCode.INVALID_REQUEST, f"{len(errors)} of the answers do not fit.", errors
        )
    return checked


def _note(row: PRDPlanEntry, decision: EntryDecision) -> None:
    if decision.decision is not None:
        row.decision = decision.decision
    answers = dict(row.answers)
    if decision.choices is not None:
        answers["choices"] = dict(decision.choices)
    if decision.values is not None:
        answers["values"] = dict(decision.values)
    row.answers = answers


def _check_one(row: PRDPlanEntry, decision: EntryDecision, place: str) -> list[FieldError]:
    errors = []
    fields = {change["field"] for change in row.fields}
    if decision.decision is not None and decision.decision not in Decision.values:
        detail = f"The decision must be one of: {', '.join(Decision.values)}."
        errors.append(_error(f"{place}/decision", detail))
    if decision.decision == Decision.POSTPONED and row.kind != EntryKind.ADD:
        detail = "Only a new task can wait for another plan: accept this entry or reject it."
        errors.append(_error(f"{place}/decision", detail))
    if decision.decision == Decision.REJECTED and row.candidates:
        detail = "Say with same_as which item it is, or new; what is new can be rejected then."
        errors.append(_error(f"{place}/decision", detail))
    for name, choice in (decision.choices or NOTHING).items():
        if name not in fields:
            errors.append(_error(f"{place}/choices/{name}", f"The entry has no field {name!r}."))
        elif row.kind == EntryKind.ADD:
            detail = "A new task has no value of its own: give another one, or reject the task."
            errors.append(_error(f"{place}/choices/{name}", detail))
        elif choice not in (MINE, THEIRS):
            errors.append(_error(f"{place}/choices/{name}", "Choose mine (the task's) or theirs."))
    for name, value in (decision.values or NOTHING).items():
        takes = name in EDITABLE and (name in fields or row.kind == EntryKind.ADD)
        detail = _refused_value(name, value) if takes else f"{name!r} takes no value here."
        if detail:
            errors.append(_error(f"{place}/values/{name}", detail))
    candidates = {candidate["item_id"] for candidate in row.candidates}
    if decision.same_as is not None and decision.same_as not in {*candidates, NEW_PIN}:
        known = ", ".join(sorted(candidates)) or "none"
        detail = f"It must be new or one of the entry's candidates: {known}."
        errors.append(_error(f"{place}/same_as", detail))
    return errors


def _refused_value(name: str, value: Any) -> str:
    """Why a task cannot have `value`; "" when it can. By the rules of the table."""
    column: Any = Task._meta.get_field(name)
    usual = Task(content="content")
    others = [field.name for field in Task._meta.fields if field.name != name]
    try:
        if value is None and not column.null:
            return f"{name} needs a value."
        if value is not None and type(value) is not type(column.to_python(value)):
            return f"{name} takes no {type(value).__name__}."
        setattr(usual, name, value)
        usual.clean_fields(exclude=others)
        usual.validate_constraints(exclude=others)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _error(pointer: str, detail: str) -> FieldError:
    return FieldError(pointer, ErrorCode.INVALID_REQUEST.value, detail)

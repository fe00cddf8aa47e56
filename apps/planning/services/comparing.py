"""The merge of a plan, its entries as rows, and whether they still say what the merge says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.accounts.models import User
from apps.core.bulk import update_rows
from apps.core.errors import DomainError, ErrorCode, NotFoundError
from apps.core.services import check_version
from apps.planning.choices import Decision, PlanState
from apps.planning.merge import (
    Candidate,
    Change,
    Entry,
    Inputs,
    Merge,
    Place,
    merge,
    read_items,
)
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.sides import read_inputs
from apps.prds.models import PRD
from apps.prds.parser import ParsedDocument
from apps.prds.services import describe_notes, read_document
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

ROWS_A_STATEMENT = 500
PLACE = ("position", "first_line", "last_line", "rule", "confidence")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A text, read, beside what is there."""

    document: ParsedDocument
    prd: PRD | None
    inputs: Inputs
    merge: Merge


def compare(
    repository: Repository,
    filename: str,
    content: str,
    *,
    generate_tasks: bool = True,
    pins: Mapping[str, str] | None = None,
) -> Comparison:
    """Read `content` and merge it with the tasks of the live PRD `filename`, if there is one.

    Raises `DomainError`: `invalid_document`, `payload_too_large`.
    """
    document = read_document(content)
    prd = PRD.objects.filter(repository=repository, filename=filename).first()
    items = read_items(document) if generate_tasks else []
    if not generate_tasks:
        return Comparison(document, prd, Inputs([], [], {}), Merge((), (), (), frozenset()))
    inputs = read_inputs(repository, prd, items, pins or {})
    return Comparison(document, prd, inputs, merge(inputs))


def lock_plan(actor: User, plan: PRDPlan, expected_version: int | None) -> PRDPlan:
    """The plan, open, locked and the actor's to write.

    Raises `DomainError`: `not_found`, `permission_denied`, `repository_archived`, `stale_version`,
    `plan_closed`.
    """
    locked: PRDPlan | None = (
        PRDPlan.objects.select_related("repository")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=plan.pk)
        .first()
    )
    if locked is None:
        raise NotFoundError("The plan does not exist (any more).")
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    check_version(locked, expected_version)
    if locked.state != PlanState.OPEN:
        raise DomainError(
            ErrorCode.PLAN_CLOSED, f"The plan is {locked.state}: make a new one of the document."
        )
    return locked


def describe(comparison: Comparison) -> dict[str, Any]:
    """The columns of a plan that say with what it was compared."""
    prd = comparison.prd
    notes = [
        *describe_notes(comparison.document.notes),
        *({"code": "merge", "message": note, "line": None} for note in comparison.merge.notes),
    ]
    return {
        "prd_id": prd.pk if prd else None,
        "base_revision": prd.revision if prd else None,
        "parser_version": comparison.document.version,
        "notes": notes,
    }


def write_entries(plan: PRDPlan, merged: Merge) -> None:
    """Make the plan's rows those of `merged`. A row that says the same stays, and with it the
    word of the reviewer."""
    known = {
        (row.kind, row.key, row.task_id): row for row in PRDPlanEntry.objects.filter(plan=plan)
    }
    new: list[PRDPlanEntry] = []
    moved: dict[UUID, dict[str, Any]] = {}
    for position, entry in enumerate(merged.entries, start=1):
        row = _row(plan, position, entry, guessed=merged.guessed)
        name = (row.kind, row.key, row.task_id)
        if name in known and says_the_same(known[name], row):
            before = known.pop(name)
            if any(getattr(before, column) != getattr(row, column) for column in PLACE):
                moved[before.pk] = {column: getattr(row, column) for column in PLACE}
        else:
            new.append(row)
    PRDPlanEntry.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    update_rows(PRDPlanEntry, moved)
    PRDPlanEntry.objects.bulk_create(new, batch_size=ROWS_A_STATEMENT)


def is_current(plan: PRDPlan, rows: Sequence[PRDPlanEntry], comparison: Comparison) -> bool:
    """Whether the plan's `rows` still say what comes of the comparison, entry by entry."""
    if describe(comparison)["base_revision"] != plan.base_revision:
        return False
    if (comparison.prd.pk if comparison.prd else None) != plan.prd_id:
        return False
    now = [
        _row(plan, position, entry)
        for position, entry in enumerate(comparison.merge.entries, start=1)
    ]
    return len(now) == len(rows) and all(
        one.position == other.position and says_the_same(one, other)
        for one, other in zip(rows, now, strict=True)
    )


def says_the_same(one: PRDPlanEntry, other: PRDPlanEntry) -> bool:
    """Whether two rows would do the same to the same task, for the same reasons."""
    return all(
        getattr(one, name) == getattr(other, name)
        for name in ("kind", "key", "task_id", "title", "reason", "fields", "candidates")
    )


def _row(plan: PRDPlan, position: int, entry: Entry, *, guessed: bool = False) -> PRDPlanEntry:
    return PRDPlanEntry(
        plan=plan,
        position=position,
        kind=entry.kind,
        key=entry.key,
        task_id=UUID(entry.task_id) if entry.task_id else None,
        title=entry.title,
        first_line=entry.first_line,
        last_line=entry.last_line,
        rule=entry.rule,
        confidence=entry.confidence,
        reason=entry.reason,
        candidates=[_data(candidate) for candidate in entry.candidates],
        fields=[
            {**_data(change), "place": _data(change.place) if change.place else None}
            for change in entry.changes
        ],
        decision=_usual_decision(plan, entry, guessed=guessed),
    )


def _data(each: Candidate | Change | Place) -> dict[str, Any]:
    """As `dataclasses.asdict`, which copies every value through and through."""
    return {name: getattr(each, name) for name in each.__slots__}


def _usual_decision(plan: PRDPlan, entry: Entry, *, guessed: bool) -> str:
    """What is certain is accepted unless somebody objects; the rest waits for a word.

    So does a new task of which there is more to say, such as that it was not wanted before; and,
    where the merge has `guessed`, all that is new or gone.
    """
    inferred = entry.kind == "add" and entry.confidence == "inferred"
    remarkable = entry.kind == "add" and entry.reason and entry.key not in plan.pins
    unsure = guessed and entry.kind in ("add", "retire")
    waits = entry.kind == "conflict" or inferred or remarkable or unsure
    return Decision.UNDECIDED if waits else Decision.ACCEPTED

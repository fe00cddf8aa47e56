"""Keeping what a text said, as the base of the next merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from apps.core.bulk import update_rows
from apps.planning.choices import ItemState
from apps.planning.merge import NEW, Kept
from apps.planning.models import PRDItem
from apps.prds.models import PRD

from .comparing import ROWS_A_STATEMENT

# No key of a document begins so: under it a row waits while keys change hands.
PASSING = "\x1f"


def keep_items(prd: PRD, items: Iterable[Kept], created: Mapping[str, UUID]) -> None:
    """Write the items of a plan that was just applied; only those that differ.

    `created`: the new tasks by the items' keys.
    """
    rows = {str(row.pk): row for row in PRDItem.objects.filter(prd=prd)}
    new: list[PRDItem] = []
    changed: dict[UUID, dict[str, Any]] = {}
    set_aside: list[UUID] = []
    for kept in items:
        values = _values(kept, created)
        row = rows.get(kept.base.id) if kept.base else None
        if row is None:
            new.append(
                PRDItem(repository_id=prd.repository_id, prd=prd, revision=prd.revision, **values)
            )
        elif any(getattr(row, name) != value for name, value in values.items()):
            if row.key != values["key"] or row.state != values["state"]:
                set_aside.append(row.pk)
            changed[row.pk] = {**values, "revision": prd.revision}
    # Keys may change hands, and a unique index looks at each row on its own, in any order.
    update_rows(PRDItem, {pk: {"key": f"{PASSING}{pk}"} for pk in set_aside})
    update_rows(PRDItem, changed)
    PRDItem.objects.bulk_create(new, batch_size=ROWS_A_STATEMENT)


def _values(kept: Kept, created: Mapping[str, UUID]) -> dict[str, Any]:
    state = ItemState.LINKED if kept.task_id else ItemState.REJECTED
    return {
        "task_id": _task_id(kept.task_id, created),
        "state": ItemState.RETIRED if kept.retired else state,
        "key": kept.key,
        "external_key": kept.external_key,
        "title": kept.title,
        "path": list(kept.path),
        "base": dict(kept.values),
    }


def _task_id(ref: str | None, created: Mapping[str, UUID]) -> UUID | None:
    if ref is None:
        return None
    return created[ref.removeprefix(NEW)] if ref.startswith(NEW) else UUID(ref)

"""Keeping what a text said, as the base of the next merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from apps.planning.choices import ItemState
from apps.planning.merge import GONE, Answers, BaseItem, Item, writes
from apps.planning.models import PRDItem
from apps.prds.models import PRD

from .comparing import ROWS_A_STATEMENT, Comparison

KEPT = ("task_id", "state", "key", "external_key", "title", "path", "base", "revision")
# No key of a document begins so: under it a row waits while keys change hands.
PASSING = "\x1f"


def keep_items(
    prd: PRD,
    comparison: Comparison,
    decisions: Mapping[str, Answers],
    created: Mapping[str, UUID],
) -> None:
    """Write the items of a plan that was just applied; only those that differ.

    Items on which nobody has decided are left out, and so come again with the next plan.
    """
    rows = {str(row.pk): row for row in PRDItem.objects.filter(prd=prd)}
    new: list[PRDItem] = []
    changed: list[PRDItem] = []
    set_aside: list[PRDItem] = []
    for base, values in _items(comparison, decisions, created):
        row = rows.get(base.id) if base else None
        if row is None:
            new.append(
                PRDItem(repository_id=prd.repository_id, prd=prd, revision=prd.revision, **values)
            )
        elif any(getattr(row, name) != value for name, value in values.items()):
            if row.key != values["key"] or row.state != values["state"]:
                set_aside.append(row)
            for name, value in {**values, "revision": prd.revision}.items():
                setattr(row, name, value)
            changed.append(row)
    _set_keys_aside(set_aside)
    fields = [PRDItem._meta.get_field(name).name for name in KEPT]
    PRDItem.objects.bulk_update(changed, fields, batch_size=ROWS_A_STATEMENT)
    PRDItem.objects.bulk_create(new, batch_size=ROWS_A_STATEMENT)


def _items(
    comparison: Comparison, decisions: Mapping[str, Answers], created: Mapping[str, UUID]
) -> Iterator[tuple[BaseItem | None, dict[str, Any]]]:
    merged = comparison.merge
    entries = {entry.name: entry for entry in merged.entries}
    for each in merged.matched:
        item, base = each.item, each.base
        entry, said = entries.get(item.key), decisions.get(item.key)
        task_id = UUID(base.task_id) if base and base.task_id else None
        if entry is not None and entry.kind == "add":
            if said is None or said.decision == "postponed":
                continue
            task_id = created.get(item.key)
        elif item.key in merged.adopted and said and said.decision == "accepted":
            task_id = UUID(merged.adopted[item.key])
        yield base, _values(item, task_id)
    for base in merged.gone:
        name = f"{GONE}:{base.id}"
        values = dict(base.values)
        if name in entries and "status" in writes(entries[name], decisions[name]):
            values["status"] = "cancelled"
        yield (
            base,
            {
                "task_id": UUID(base.task_id) if base.task_id else None,
                "state": ItemState.RETIRED,
                "key": base.key,
                "external_key": base.external_key,
                "title": base.title,
                "path": list(base.path),
                "base": values,
            },
        )


def _values(item: Item, task_id: UUID | None) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "state": ItemState.LINKED if task_id else ItemState.REJECTED,
        "key": item.key,
        "external_key": item.external_key,
        "title": item.title,
        "path": list(item.path),
        "base": dict(item.values),
    }


def _set_keys_aside(rows: list[PRDItem]) -> None:
    """Let keys change hands: a unique index looks at each row on its own, in any order."""
    PRDItem.objects.bulk_update(
        [PRDItem(pk=row.pk, key=f"{PASSING}{row.pk}") for row in rows],
        ["key"],
        batch_size=ROWS_A_STATEMENT,
    )

"""What an applied plan leaves as the base of the next merge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .model import NEW, BaseItem, Item, Merge, Values
from .outcome import Answers


@dataclass(frozen=True, slots=True)
class Kept:
    """An item to keep, in the place of `base`, if there was one.

    `task_id`: the task that stands for it, or `new:KEY` for one that the plan makes.
    """

    base: BaseItem | None
    key: str
    external_key: str
    path: tuple[str, ...]
    title: str
    retired: bool
    task_id: str | None
    values: Values


def next_base(
    merged: Merge,
    answers: Mapping[str, Answers],
    written: Mapping[str, Mapping[str, Any]],
) -> Iterator[Kept]:
    """The items of a plan that is applied; `answers` and `written` by the entries' names.

    Postponed ones keep the base that they had, if any, and so come again with the next plan.
    """
    entries = {entry.name: entry for entry in merged.entries}
    for each in merged.matched:
        item, base = each.item, each.base
        entry = entries.get(item.key)
        task_id = base.task_id if base else None
        values = item.values
        if entry is not None and entry.kind == "add":
            if answers[entry.name].decision == "postponed":
                if base is None:
                    continue
                values = base.values
            task_id = NEW + item.key if item.key in written else None
        elif item.key in merged.adopted and item.key in written:
            task_id = merged.adopted[item.key]
        yield _kept(base, item, task_id, values)
    for base in merged.gone:
        cancelled = "status" in written.get(f"gone:{base.id}", {})
        yield Kept(
            base=base,
            key=base.key,
            external_key=base.external_key,
            path=base.path,
            title=base.title,
            retired=True,
            task_id=base.task_id,
            values={**base.values, "status": "cancelled"} if cancelled else base.values,
        )


def _kept(base: BaseItem | None, item: Item, task_id: str | None, values: Values) -> Kept:
    return Kept(
        base=base,
        key=item.key,
        external_key=item.external_key,
        path=item.path,
        title=item.title,
        retired=False,
        task_id=task_id,
        values=values,
    )

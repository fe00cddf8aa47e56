"""Ids that change hands: one is given only where the task that has it gives it up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .model import BaseItem, Holder, Inputs, Matched


def find_rekeyed(
    inputs: Inputs, matched: Sequence[Matched], gone: Sequence[BaseItem]
) -> dict[str, str]:
    """The tasks whose id the document changes, by their ids, with the new one; "" for none.

    Those whose new id stays with another task are left out, and so are those that wait for these.
    """
    wanted: dict[str, str] = {}
    for each in matched:
        if each.base and each.item.external_key != each.base.external_key:
            _want(wanted, inputs, each.base.task_id, each.item.external_key)
    taken = {item.external_key for item in inputs.items}
    for earlier in gone:
        mine = inputs.mine.get(earlier.task_id) if earlier.task_id else None
        if mine and mine.values["external_key"] in taken:
            _want(wanted, inputs, mine.task_id, "")
    return _without_the_refused(wanted, inputs)


def _want(wanted: dict[str, str], inputs: Inputs, task_id: str | None, key: str) -> None:
    mine = inputs.mine.get(task_id) if task_id else None
    # Of a deleted task nobody may hear: it has an entry only if something else changes too.
    if mine and not mine.deleted and mine.values["external_key"] != key:
        wanted[mine.task_id] = key


def _without_the_refused(wanted: dict[str, str], inputs: Inputs) -> dict[str, str]:
    takers = {key: task_id for task_id, key in wanted.items() if key}
    left = list(wanted)
    while left:
        task_id = left.pop()
        if task_id not in wanted or is_free(wanted[task_id], wanted, inputs.holders):
            continue
        del wanted[task_id]
        taker = takers.get(inputs.mine[task_id].values["external_key"])
        if taker:
            left.append(taker)
    return wanted


def is_free(key: str, rekeyed: Mapping[str, str], holders: Mapping[str, Holder]) -> bool:
    """Whether a task may have `key`: nobody has it, or who has it gives it up."""
    holder = holders.get(key) if key else None
    return holder is None or holder.task_id in rekeyed

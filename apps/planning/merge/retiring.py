"""What becomes of the tasks whose items are no longer in the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .fields import same, same_words
from .model import GONE, BaseItem, Change, Entry, Kind, Mine
from .values import FIELDS

# What the document alone says, and what it says of the item's place.
NOT_WORK = ("external_key", "source_section")


class Retirement:
    """Entries for what is gone.

    Open work that nobody has touched is to be cancelled, all other work is marked. `links_of`: a
    base's parent and dependencies, as tasks. `waiting`: what waits for a task, outside.
    """

    def __init__(
        self,
        gone: Sequence[BaseItem],
        mine: Mapping[str, Mine],
        links_of: Callable[[BaseItem], Mapping[str, Any]],
        waiting: Mapping[str, frozenset[str]],
    ) -> None:
        self.mine = mine
        self.links_of = links_of
        self.waiting = waiting
        untouched = {
            task.task_id
            for earlier in gone
            if (task := self._task(earlier))
            if task.task_id not in waiting and not self._is_touched(earlier, task)
        }
        self.going = self._without_those_over_open_work(untouched)

    def entry(self, earlier: BaseItem, rekeyed: Mapping[str, str]) -> Entry | None:
        """What to do about the task of a gone item, if it has a live one."""
        mine = self._task(earlier)
        if mine is None:
            return None
        changes = []
        kind: Kind = "retire"
        if mine.status == "pending":
            reason = self._reason_to_keep(earlier, mine)
            verdict: Any = "conflict" if reason else "take"
            base = earlier.values["status"]
            changes.append(
                Change("status", base, mine.status, "cancelled", "cancelled", verdict, reason)
            )
            kind = "conflict" if reason else "retire"
        if mine.task_id in rekeyed:
            own = mine.values["external_key"]
            reason = "Another item of the document has the id now."
            changes.append(Change("external_key", own, own, "", "", "take", reason))
        if not mine.marked:
            changes.append(Change("removed_from_prd", False, False, True, True, "take"))
        if not changes:
            return None
        return Entry(
            kind=kind,
            key=earlier.key,
            title=mine.values["content"],
            item_id=earlier.id,
            task_id=mine.task_id,
            first_line=None,
            last_line=None,
            rule=GONE,
            confidence="explicit",
            changes=tuple(changes),
            reason="It is no longer in the document.",
        )

    def _task(self, earlier: BaseItem) -> Mine | None:
        mine = self.mine.get(earlier.task_id) if earlier.task_id else None
        return None if mine is None or mine.deleted else mine

    def _reason_to_keep(self, earlier: BaseItem, mine: Mine) -> str:
        if mine.task_id in self.going:
            return ""
        if self._is_touched(earlier, mine):
            return "People have worked on it here."
        if mine.task_id in self.waiting:
            return "Other work waits for it, and would wait no longer."
        return "It has open tasks below it that stay."

    def _is_touched(self, earlier: BaseItem, mine: Mine) -> bool:
        base = {**earlier.values, **self.links_of(earlier)}
        for name in FIELDS:
            before, now = base.get(name), mine.values[name]
            if name == "dependencies":
                before, now = sorted(before or ()), sorted(now)
            equal = same_words(before or "", now) if name == "details" else same(before, now)
            if name not in NOT_WORK and not equal:
                return True
        return False

    def _without_those_over_open_work(self, going: set[str]) -> set[str]:
        """`going` without each task below which another stays open, all the way up."""
        left = [t for t in going if self.mine[t].open_children - going]
        while left:
            task_id = left.pop()
            going.discard(task_id)
            parent = self.mine[task_id].values["parent"]
            if parent in going:
                left.append(parent)
        return going

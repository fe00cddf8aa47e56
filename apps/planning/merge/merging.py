"""`merge`: base, theirs and mine in, entries out. The same inputs always give an equal result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from .anchors import TASK_PIN, Anchors, find_anchors
from .circles import refuse_circles
from .closing import refuse_open_work
from .fields import merge_criteria, merge_set, merge_tags, merge_text, merge_value, same
from .keys import find_rekeyed, is_free
from .model import (
    NEW,
    BaseItem,
    Candidate,
    Change,
    Entry,
    Holder,
    Inputs,
    Item,
    Kind,
    Matched,
    Merge,
    Mine,
)
from .retiring import Retirement
from .values import EDITABLE, FIELDS, PLACED, USUAL_PRIORITY

CLOSED = frozenset({"completed", "cancelled"})
SCALARS = ("content", "priority", "estimated_minutes", "assignee", "source_section")
# Where a finished task stands may follow the document; what it says and waited for may not.
KEPT_WHEN_CLOSED = (*EDITABLE, "dependencies")
# What a new task has where the document says nothing: no entry speaks of it.
UNSAID = {"priority": USUAL_PRIORITY, "status": "pending"}
REJECTED_BEFORE = "It was not wanted before; the document has changed it since."
GIVE_UP = (
    "So many items are new or gone that their titles were not compared: each new one stands as a "
    "new task, each one that is gone as no longer in the document."
)


def merge(inputs: Inputs) -> Merge:
    """Compare the three sides.

    Finished work is never reopened, cancelled or rewritten, and no value that people set is
    replaced, but by the answer to a conflict. A text that was merged before gives no entry.
    """
    return _Merger(inputs).run()


class _Merger:
    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.linked = {b.task_id for b in inputs.base}
        self.anchors: Anchors = find_anchors(inputs.items, inputs.base, self._valid_pins())
        self.mine = inputs.mine
        self.tasks_of_items: dict[str, str | None] = {}
        self.tasks_of_base = {b.key: b.task_id for b in inputs.base if b.retired}
        self.tasks_of_base |= {b.key: b.task_id for b in inputs.base if not b.retired}
        self.waiting_tasks = {
            b.task_id for b in inputs.base if b.id in self.anchors.waiting_base and b.task_id
        }
        self.gone = self._find_gone()
        self.rekeyed = find_rekeyed(inputs, self.anchors.matched, self.gone)
        self.retirement = Retirement(self.gone, self.mine, self._links_of, inputs.around.waiting)

    def run(self) -> Merge:
        matched = self.anchors.matched
        for each in matched:
            self.tasks_of_items[each.item.key] = self._task_of(each)
        known = {each.item.key: each for each in matched}
        entries: list[Entry] = []
        for item in self.inputs.items:
            entry = self._compare(known[item.key]) if item.key in known else self._question(item)
            if entry:
                entries.append(entry)
        retired = (self.retirement.entry(earlier, self.rekeyed) for earlier in self.gone)
        entries += filter(None, retired)
        questions = {entry.key for entry in entries if entry.candidates}
        checked = list(refuse_circles(entries, self.mine, self.inputs.around))
        return Merge(
            entries=tuple(refuse_open_work(checked, self.inputs)),
            matched=tuple(each for each in matched if each.item.key not in questions),
            gone=tuple(self.gone),
            asked=frozenset(self.anchors.waiting_items | self.anchors.waiting_base | questions),
            notes=(GIVE_UP,) if self.anchors.gave_up else (),
            guessed=self.anchors.gave_up,
            tasks=self.tasks_of_items,
            adopted=self.anchors.adopted,
        )

    # -- who is who ----
    def _valid_pins(self) -> dict[str, str]:
        """Without those to a task that has lost the item's id or has come to another item."""
        ids = {item.key: item.external_key for item in self.inputs.items}
        return {
            key: pin
            for key, pin in self.inputs.pins.items()
            if not pin.startswith(TASK_PIN)
            or ((holder := self._adoptable(ids.get(key, ""))) and pin == TASK_PIN + holder.task_id)
        }

    def _adoptable(self, external_key: str) -> Holder | None:
        """The task that has the id, if an item can come to stand for it."""
        holder = self.inputs.holders.get(external_key) if external_key else None
        if holder is None or holder.linked or holder.task_id in self.linked:
            return None
        return holder

    def _find_gone(self) -> list[BaseItem]:
        kept = {each.base.id for each in self.anchors.matched if each.base}
        kept |= self.anchors.waiting_base
        return [b for b in self.inputs.base if not b.retired and b.id not in kept]

    def _task_of(self, each: Matched) -> str | None:
        """The task that an item stands for, or will; None where none is wanted."""
        key = each.item.key
        if key in self.anchors.adopted:
            return self.anchors.adopted[key]
        if each.base is None or self._is_wanted_again(each):
            return NEW + key
        return each.base.task_id

    def _is_wanted_again(self, each: Matched) -> bool:
        """Whether an item without a task has changed since somebody said that none is wanted."""
        if each.base is None or (each.base.task_id and each.base.task_id in self.mine):
            return False
        fields = (*EDITABLE, "status")
        base = each.base.values
        return any(not same(base.get(name), each.item.values[name]) for name in fields)

    def _refs(self, keys: Any, tasks: Mapping[str, str | None]) -> list[str]:
        """The tasks that `keys` of items name, without those on which a question waits."""
        found = (tasks.get(key) for key in keys)
        return [task for task in found if task and task not in self.waiting_tasks]

    # -- entries ----
    def _entry(
        self,
        kind: Kind,
        item: Item,
        *,
        base: BaseItem | None = None,
        task_id: str | None = None,
        changes: tuple[Change, ...] = (),
        candidates: tuple[Candidate, ...] = (),
        reason: str = "",
    ) -> Entry:
        return Entry(
            kind=kind,
            key=item.key,
            title=item.title,
            item_id=base.id if base else None,
            task_id=task_id,
            first_line=item.first_line,
            last_line=item.last_line,
            rule=item.rule,
            confidence=item.confidence,
            changes=changes,
            candidates=candidates,
            reason=reason,
        )

    def _question(self, item: Item) -> Entry | None:
        candidates = self.anchors.questions.get(item.key)
        if not candidates:
            return None  # it waits for the answer to another item's question
        reason = "Which earlier item is this? Its id and its title do not tell for certain."
        return self._entry("conflict", item, candidates=candidates, reason=reason)

    def _compare(self, each: Matched) -> Entry | None:
        item, earlier = each.item, each.base
        if item.key in self.anchors.adopted:
            task_id = self.anchors.adopted[item.key]
            reason = "It stands for a task that is there already, whose values stay as they are."
            return self._entry("change", item, task_id=task_id, reason=reason)
        if earlier is None:
            return self._add(item, None, pinned=each.how == "pinned")
        if self._is_wanted_again(each):
            return self._add(item, earlier, pinned=False, reason=REJECTED_BEFORE)
        mine = self.mine.get(earlier.task_id) if earlier.task_id else None
        if mine is None:
            return None
        changes = list(self._changes(item, earlier, mine))
        if not changes:
            return None
        if mine.deleted:
            if not any(change.field in (*EDITABLE, "status") for change in changes):
                return None
            reason = "The task was deleted here; the document has changed it since."
            changes.insert(0, Change("deleted", False, True, False, False, "conflict", reason))
        kind: Kind = "change"
        if any(change.verdict == "conflict" for change in changes):
            kind = "conflict"
        elif all(change.field in PLACED for change in changes):
            kind = "move"
        return self._entry(kind, item, base=earlier, task_id=mine.task_id, changes=tuple(changes))

    def _add(
        self, item: Item, earlier: BaseItem | None, *, pinned: bool, reason: str = ""
    ) -> Entry:
        values = {
            **item.values,
            "parent": self._parent(item.values["parent"], self.tasks_of_items),
            "dependencies": self._refs(item.values["dependencies"], self.tasks_of_items),
        }
        if not is_free(item.external_key, self.rekeyed, self.inputs.holders):
            holder = self.inputs.holders[item.external_key]
            state = "deleted task" if holder.deleted else "task"
            reason = f"The repository has a {state} of the id {item.external_key} already."
            if not pinned and self._adoptable(item.external_key):
                candidate = Candidate(
                    TASK_PIN + holder.task_id,
                    holder.task_id,
                    item.external_key,
                    holder.title,
                    0 if holder.deleted else 100,
                )
                return self._entry("conflict", item, candidates=(candidate,), reason=reason)
            values["external_key"] = ""
            remedy = (
                " If it is this one, restore it (or its PRD) instead." if holder.deleted else ""
            )
            reason += f"{remedy} The new one goes without it."
        changes = tuple(
            Change(name, None, None, values[name], values[name], "take", "", item.places[name])
            for name in FIELDS
            if values[name] and values[name] != UNSAID.get(name)
        )
        return self._entry("add", item, base=earlier, changes=changes, reason=reason)

    def _parent(self, key: str | None, tasks: Mapping[str, str | None]) -> str | None:
        """The task that is to stand above; a deleted one cannot."""
        refs = self._refs([key] if key else [], tasks)
        if not refs or (refs[0] in self.mine and self.mine[refs[0]].deleted):
            return None
        return refs[0]

    def _changes(self, item: Item, earlier: BaseItem, mine: Mine) -> Iterator[Change]:
        """Field by field, in the order of `FIELDS`."""
        found = {change.field: change for change in self._merge_fields(item, earlier, mine)}
        # What this merge cancelled itself may come back as it was; other closed work is finished.
        revived = mine.status == "cancelled" and earlier.values.get("status") == "cancelled"
        for name in FIELDS:
            change = found.get(name)
            if change is None:
                continue
            if name in KEPT_WHEN_CLOSED and mine.status in CLOSED and not revived:
                reason = f"The task is {mine.status}; the document has changed since."
                change = replace(change, verdict="conflict", reason=change.reason or reason)
            yield change
        if mine.marked and earlier.retired:
            yield Change("removed_from_prd", True, True, False, False, "take")

    def _merge_fields(self, item: Item, earlier: BaseItem, mine: Mine) -> Iterator[Change]:
        base, own, new, places = earlier.values, mine.values, item.values, item.places
        found = [
            merge_value(name, base.get(name), own[name], new[name], places[name])
            for name in SCALARS
        ]
        name = "details"
        found.append(merge_text(name, base[name], own[name], new[name], places[name]))
        found.append(self._merge_status(item, earlier, mine))
        found.append(merge_tags(base["tags"], own["tags"], new["tags"], places["tags"]))
        name = "acceptance_criteria"
        found.append(merge_criteria(base[name], own[name], new[name], places[name]))
        found.append(self._merge_key(item, earlier.external_key, own["external_key"]))
        old_parent = self._parent(base["parent"], self.tasks_of_base)
        new_parent = self._parent(new["parent"], self.tasks_of_items)
        if not {old_parent, own["parent"]} & self.waiting_tasks and not self._waits(new["parent"]):
            found.append(
                merge_value("parent", old_parent, own["parent"], new_parent, places["parent"])
            )
        found.append(self._merge_dependencies(item, earlier, mine))
        return (change for change in found if change)

    def _waits(self, key: str | None) -> bool:
        return key in self.anchors.waiting_items

    def _merge_key(self, item: Item, base: str, own: str) -> Change | None:
        """Ids are not typed by people here, so the document's stands, if it is free."""
        theirs, place = item.external_key, item.places["external_key"]
        if theirs in (base, own):
            return None
        if is_free(theirs, self.rekeyed, self.inputs.holders):
            return Change("external_key", base, own, theirs, theirs, "take", "", place)
        reason = f"Another task of the repository has the id {theirs}."
        return Change("external_key", base, own, theirs, own, "conflict", reason, place)

    def _merge_status(self, item: Item, earlier: BaseItem, mine: Mine) -> Change | None:
        """A ticked box completes, an unticked one reopens; what people did stands."""
        base, own, theirs = earlier.values["status"], mine.status, item.values["status"]
        place = item.places["status"]
        if base == "cancelled":  # by this merge, when the section was gone; now it is back
            if own != "cancelled":
                return None
            return Change("status", base, own, theirs, "pending", "take", "", place)
        if theirs in (base, own):
            return None
        if theirs == "completed":
            if own == "pending":
                return Change("status", base, own, theirs, theirs, "take", "", place)
            reason = f"The document says that it is done; here it is {own.replace('_', ' ')}."
            result = "completed" if own == "in_progress" else "pending"
            return Change("status", base, own, theirs, result, "conflict", reason, place)
        if own != "completed":
            return None
        reason = "The document says that it is not done; here it is completed."
        return Change("status", base, own, theirs, "in_progress", "conflict", reason, place)

    def _merge_dependencies(self, item: Item, earlier: BaseItem, mine: Mine) -> Change | None:
        name = "dependencies"
        base = self._refs(earlier.values[name], self.tasks_of_base)
        own = [task for task in mine.values[name] if task not in self.waiting_tasks]
        theirs = self._refs(item.values[name], self.tasks_of_items)
        change = merge_set(name, base, own, theirs, item.places[name])
        if change is None:
            return None
        kept = [task for task in mine.values[name] if task in self.waiting_tasks]
        change = replace(change, mine=list(mine.values[name]), result=[*change.result, *kept])
        softened = [task for task in change.result if task in mine.related]
        if softened:
            reason = "Here the tasks are linked in another way."
            return replace(change, verdict="conflict", reason=reason)
        return change

    def _links_of(self, earlier: BaseItem) -> dict[str, Any]:
        """The base's values that name other items, as tasks."""
        return {
            "parent": self._parent(earlier.values["parent"], self.tasks_of_base),
            "dependencies": self._refs(earlier.values["dependencies"], self.tasks_of_base),
        }

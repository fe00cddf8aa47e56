"""What the merge reads and what it hands out: plain values that know neither Django nor files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal

Kind = Literal["add", "change", "retire", "move", "conflict"]
Verdict = Literal["take", "conflict"]
Values = Mapping[str, Any]
"""JSON values by field (`values.FIELDS`)."""

GONE = "gone"
"""The rule of an entry about an item that is no longer in the text."""
NEW = "new:"
"""Before an item's key: the task that applying the plan would make of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The lines that say a value, by which rule, and how sure that is."""

    first_line: int
    last_line: int
    rule: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Item:
    """Theirs: an item of the new text. `values` name other items by their keys."""

    key: str
    external_key: str
    path: tuple[str, ...]
    title: str
    first_line: int
    last_line: int
    rule: str
    confidence: str
    values: Values
    places: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class BaseItem:
    """Base: an item as the last merged text had it. `values` name other items by their keys.

    `task_id` is None where no task was wanted, or where it was purged.
    """

    id: str
    key: str
    external_key: str
    path: tuple[str, ...]
    title: str
    retired: bool
    task_id: str | None
    values: Values


@dataclass(frozen=True, slots=True)
class Mine:
    """Mine: a task as it is now. `values` name other tasks by their ids.

    `related`: the tasks to which it has a link that is no dependency. `open_children`: the live
    open tasks below it.
    """

    task_id: str
    status: str
    deleted: bool
    marked: bool
    values: Values
    related: frozenset[str] = frozenset()
    open_children: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around the document's tasks in their repository.

    `dependencies` and `parents`: of the tasks outside that can be reached from the document's.
    `waiting`: by a task of the document, the open tasks outside that wait for it. `blocking`: the
    tasks outside that hold up what depends on them. `blocking_statuses`: those that do.
    `refuses_open_work`: whether the repository closes no task over open work.
    """

    dependencies: Mapping[str, Sequence[str]] = dataclass_field(default_factory=dict)
    parents: Mapping[str, Sequence[str]] = dataclass_field(default_factory=dict)
    waiting: Mapping[str, frozenset[str]] = dataclass_field(default_factory=dict)
    blocking: frozenset[str] = frozenset()
    blocking_statuses: frozenset[str] = frozenset({"pending", "in_progress"})
    refuses_open_work: bool = True


@dataclass(frozen=True, slots=True)
class Holder:
    """The task of the repository that has an external key now.

    `linked`: some document's item stands for it already, so no other one can.
    """

    task_id: str
    title: str
    deleted: bool
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one task: what the document said, what the task has, what it says now.

    `result` is what applying writes: of a conflict, what it would be if the document wins.
    Other items are named as tasks by their ids, or as `new:KEY`.
    """

    field: str
    base: Any
    mine: Any
    theirs: Any
    result: Any
    verdict: Verdict
    reason: str = ""
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An earlier item that a new one may be, for somebody to choose from; `score` of 100."""

    item_id: str
    task_id: str | None
    key: str
    title: str
    score: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What the plan would do to one task, or what it must be told first.

    With `candidates` it asks which of them the item is. `item_id`: the earlier item, if any.
    """

    kind: Kind
    key: str
    title: str
    item_id: str | None
    task_id: str | None
    first_line: int | None
    last_line: int | None
    rule: str
    confidence: str
    changes: tuple[Change, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    reason: str = ""

    @property
    def name(self) -> str:
        """Its name in the plan: of what is gone another one than of what is there."""
        return f"gone:{self.item_id}" if self.rule == GONE else self.key


@dataclass(frozen=True, slots=True)
class Matched:
    """An item of the new text with the earlier item that it is, if any; `how` it was found."""

    item: Item
    base: BaseItem | None
    how: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The whole comparison. Entries stand in the document's order, what is gone after them."""

    entries: tuple[Entry, ...]
    matched: tuple[Matched, ...]
    gone: tuple[BaseItem, ...]
    asked: frozenset[str]
    """Keys of the items, and ids of the earlier items, on which a question waits."""
    notes: tuple[str, ...] = ()
    guessed: bool = False
    """Titles were not compared: what is new may be what is gone. Somebody has to look at it."""
    tasks: Mapping[str, str | None] = dataclass_field(default_factory=dict)
    """By an item's key: the task that it stands for, or will; None where none is wanted."""
    adopted: Mapping[str, str] = dataclass_field(default_factory=dict)
    """By an item's key: the task, of no earlier item, that it stands for from now on."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that a merge looks at.

    `pins` answer questions: an item's key to an earlier item's id, to `task:ID` for a task that is
    to be adopted, or to `new`.
    """

    items: Sequence[Item]
    base: Sequence[BaseItem]
    mine: Mapping[str, Mine]
    holders: Mapping[str, Holder] = dataclass_field(default_factory=dict)
    pins: Mapping[str, str] = dataclass_field(default_factory=dict)
    around: Around = dataclass_field(default_factory=Around)

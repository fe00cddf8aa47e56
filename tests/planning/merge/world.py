"""A repository in memory: the base, the tasks, and applying as the services do it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from apps.planning.merge import (
    MINE,
    NEW,
    THEIRS,
    Answers,
    BaseItem,
    Entry,
    Holder,
    Inputs,
    Merge,
    Mine,
    merge,
    next_base,
    open_questions,
    read_items,
    settle,
    withheld_ids,
)
from apps.planning.merge.values import FIELDS, USUAL_PRIORITY
from apps.prds.parser import parse_document
from apps.prds.parser.graph import components

EMPTY: Mapping[str, Any] = {
    "content": "",
    "details": "",
    "status": "pending",
    "priority": USUAL_PRIORITY,
    "estimated_minutes": None,
    "assignee": "",
    "tags": [],
    "acceptance_criteria": [],
    "parent": None,
    "dependencies": [],
    "external_key": "",
    "source_section": "",
}
ACCEPT = Answers("accepted")
Answer = Callable[[Entry], Answers]
MOST_ROUNDS = 50


class RefusedError(Exception):
    """The services would refuse to apply it; nothing is changed."""


@dataclass
class World:
    """Base and tasks by their ids. `apply` keeps what the plan leaves, or raises `RefusedError`."""

    base: dict[str, BaseItem] = field(default_factory=dict)
    mine: dict[str, Mine] = field(default_factory=dict)
    made: int = 0

    # -- looking ----
    def inputs(self, text: str, pins: Mapping[str, str] | None = None) -> Inputs:
        linked = {earlier.task_id for earlier in self.base.values()}
        holders = {
            key: Holder(pk, task.values["content"], task.deleted, pk in linked)
            for pk, task in self.mine.items()
            if (key := task.values["external_key"])
        }
        return Inputs(
            items=read_items(parse_document(text)),
            base=list(self.base.values()),
            mine={pk: self._seen(pk) for pk in self.mine},
            holders=holders,
            pins=pins or {},
        )

    def merge(self, text: str, pins: Mapping[str, str] | None = None) -> Merge:
        return merge(self.inputs(text, pins))

    def _seen(self, pk: str) -> Mine:
        below = frozenset(
            other
            for other, task in self.mine.items()
            if task.values["parent"] == pk
            and not task.deleted
            and task.status in ("pending", "in_progress")
        )
        return replace(self.mine[pk], open_children=below)

    def task(self, title: str) -> Mine:
        """The only task of this title."""
        [found] = [task for task in self.mine.values() if task.values["content"] == title]
        return found

    # -- people ----
    def new_task(self, **values: Any) -> str:
        self.made += 1
        pk = f"task-{self.made}"
        whole = {**EMPTY, **values}
        self.mine[pk] = Mine(pk, whole["status"], deleted=False, marked=False, values=whole)
        return pk

    def edit(self, pk: str, **values: Any) -> None:
        task = self.mine[pk]
        whole = {**task.values, **values}
        self.mine[pk] = replace(task, status=whole["status"], values=whole)

    def delete(self, pk: str) -> None:
        self.mine[pk] = replace(self.mine[pk], deleted=True)

    # -- applying ----
    def answered(
        self, text: str, say: Answer, choose: Callable[[Entry], str] | None = None
    ) -> tuple[Merge, dict[str, Answers], dict[str, str]]:
        """The merge once every question of which item is which is answered, with all answers."""
        pins: dict[str, str] = {}
        for _ in range(MOST_ROUNDS):
            merged = self.merge(text, pins)
            asked = [entry for entry in merged.entries if entry.candidates]
            if not asked:
                return merged, {entry.name: say(entry) for entry in merged.entries}, pins
            for entry in asked:
                pins[entry.key] = choose(entry) if choose else "new"
        raise AssertionError(f"still asking: {asked}")

    def take_in(
        self, text: str, say: Answer, choose: Callable[[Entry], str] | None = None
    ) -> tuple[Merge, dict[str, Answers]]:
        """Make a plan of `text`, answer it and apply it."""
        merged, answers, pins = self.answered(text, say, choose)
        self.apply(self.inputs(text, pins), merged, answers)
        return merged, answers

    def apply(self, inputs: Inputs, merged: Merge, answers: Mapping[str, Answers]) -> None:
        for entry in merged.entries:
            assert open_questions(entry, answers[entry.name]) == []
        written = settle(inputs, merged, answers)
        if list(withheld_ids(inputs, merged, written)):
            raise RefusedError("an id stays where it is")
        tasks = dict(self.mine)
        created = {
            NEW + entry.key: f"task-{self.made + number}"
            for number, entry in enumerate(merged.entries, start=1)
            if entry.kind == "add" and entry.name in written
        }
        for entry in merged.entries:
            if entry.name not in written:
                continue
            values = {
                name: _named(name, value, created) for name, value in written[entry.name].items()
            }
            pk = created[NEW + entry.key] if entry.kind == "add" else str(entry.task_id)
            before = tasks.get(pk) or Mine(pk, "pending", False, False, EMPTY)
            whole = {**before.values, **{n: v for n, v in values.items() if n in FIELDS}}
            tasks[pk] = replace(
                before,
                status=whole["status"],
                deleted=values.get("deleted", before.deleted),
                marked=values.get("removed_from_prd", before.marked),
                values=whole,
            )
        _refuse_circles(tasks)
        _assert_ids_differ(tasks)
        kept = list(next_base(merged, answers, written))
        self.mine = tasks
        self.made += len(merged.entries)
        for each in kept:
            self.made += 1
            pk = each.base.id if each.base else f"item-{self.made}"
            task_id = created.get(each.task_id, each.task_id) if each.task_id else None
            self.base[pk] = BaseItem(
                id=pk,
                key=each.key,
                external_key=each.external_key,
                path=each.path,
                title=each.title,
                retired=each.retired,
                task_id=task_id,
                values=each.values,
            )
        self._assert_sound()

    def _assert_sound(self) -> None:
        """What the tables of the base demand: a live key once, a task once."""
        keys = [each.key for each in self.base.values() if not each.retired]
        assert len(keys) == len(set(keys)), keys
        linked = [each.task_id for each in self.base.values() if each.task_id]
        assert len(linked) == len(set(linked)), linked


def imported(text: str) -> World:
    """A repository into which `text` was just imported."""
    world = World()
    world.take_in(text, accept_all)
    return world


def accept_all(entry: Entry) -> Answers:
    """The document wins wherever there is a conflict."""
    return choosing(THEIRS)(entry)


def keep_mine(entry: Entry) -> Answers:
    """What is certain is done, and people's values win wherever there is a conflict."""
    return choosing(MINE)(entry)


def choosing(side: str) -> Answer:
    def say(entry: Entry) -> Answers:
        fields = [change.field for change in entry.changes if change.verdict == "conflict"]
        return Answers("accepted", dict.fromkeys(fields, side))

    return say


def outline(entries: Sequence[Entry]) -> list[tuple[str, str, list[str]]]:
    """Kind, title and fields of each entry."""
    return [
        (entry.kind, entry.title, [change.field for change in entry.changes]) for entry in entries
    ]


def _named(name: str, value: Any, created: Mapping[str, str]) -> Any:
    if name == "parent":
        return created.get(value, value)
    if name == "dependencies":
        return [created.get(task, task) for task in value]
    return value


def _refuse_circles(tasks: Mapping[str, Mine]) -> None:
    waits = {pk: task.values["dependencies"] for pk, task in tasks.items()}
    above = {pk: [task.values["parent"]] for pk, task in tasks.items() if task.values["parent"]}
    stands = {pk: above.get(pk, []) for pk in tasks}
    if components(waits) or components(stands):
        raise RefusedError("a circle")


def _assert_ids_differ(tasks: Mapping[str, Mine]) -> None:
    ids = [task.values["external_key"] for task in tasks.values() if task.values["external_key"]]
    assert len(ids) == len(set(ids)), ids

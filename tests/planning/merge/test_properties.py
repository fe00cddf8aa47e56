"""What holds for any edit of the document and any deed of people, in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.planning.merge import EDITABLE, MINE, THEIRS, Answers, Change, Entry, Merge, Mine
from apps.prds.parser.graph import components
from tests.examples import examples

from .strategies import Deed, deeds, drafts, revisions, with_criteria
from .world import RefusedError, World, keep_mine

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
OPEN = ("pending", "in_progress")
SCALARS = ("content", "priority", "estimated_minutes", "assignee", "parent")
LISTS = ("tags", "dependencies")


def act(world: World, deed: Deed) -> None:
    """Do to a live task what the services would allow."""
    tasks = [task for task in world.mine.values() if not task.deleted]
    if not tasks:
        return
    task, other = tasks[deed.place % len(tasks)], tasks[deed.other % len(tasks)]
    pk, values = task.task_id, task.values
    criteria = with_criteria(values["acceptance_criteria"], deed)
    if criteria is not None:
        world.edit(pk, acceptance_criteria=criteria)
    elif deed.kind == "delete":
        world.delete(pk)
    elif deed.kind == "wait" and other is not task:
        wanted = [*values["dependencies"], other.task_id]
        if other.task_id not in values["dependencies"] and not _circle(
            world, pk, "dependencies", wanted
        ):
            world.edit(pk, dependencies=wanted)
    elif deed.kind == "wait no longer":
        world.edit(pk, dependencies=values["dependencies"][1:])
    elif deed.kind == "add child":
        world.new_task(content=f"Below {pk}", parent=pk)
    elif deed.kind == "move" and other is not task:
        if not _circle(world, pk, "parent", [other.task_id]):
            world.edit(pk, parent=other.task_id)
    elif deed.kind == "move out":
        world.edit(pk, parent=None)
    elif deed.value is not None or deed.kind == "estimated_minutes":
        world.edit(pk, **{deed.kind: deed.value})


def _circle(world: World, pk: str, name: str, wanted: list[str]) -> bool:
    graph = {other: listed(task.values[name]) for other, task in world.mine.items()}
    return bool(components({**graph, pk: wanted}))


def listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


@dataclass
class Said:
    """What was asked and answered of each task, and what the document said of it before and now."""

    entries: dict[str, Entry] = field(default_factory=dict)
    answers: dict[str, Answers] = field(default_factory=dict)
    base: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: dict[str, dict[str, Any]] = field(default_factory=dict)
    theirs: dict[str, dict[str, Any]] = field(default_factory=dict)

    def wins(self, pk: str, name: str) -> bool:
        """Whether somebody has said of a conflict on this field that people's value goes."""
        change = self.change(pk, name)
        return (
            change is not None
            and change.verdict == "conflict"
            and self.answers[pk].decision == "accepted"
            and self.answers[pk].choices.get(name) == THEIRS
        )

    def change(self, pk: str, name: str) -> Change | None:
        found = self.entries[pk].changes if pk in self.entries else ()
        return next((change for change in found if change.field == name), None)


def said_of(world: World, merged: Merge, answers: dict[str, Answers]) -> Said:
    """By task. Links of the base are those of the live items; of theirs, what the merge says."""
    tasks = {each.key: each.task_id for each in world.base.values() if not each.retired}
    said = Said()
    for entry in merged.entries:
        if entry.task_id:
            said.entries[entry.task_id] = entry
            said.answers[entry.task_id] = answers[entry.name]
    for each in merged.matched:
        pk = each.base.task_id if each.base and not each.base.retired else None
        if pk is None or each.base is None:
            continue
        said.base[pk] = _linked(world, each.base.values, tasks)
        said.theirs[pk] = _linked(world, each.item.values, merged.tasks)
    for earlier in merged.gone:
        if earlier.task_id:
            said.gone[earlier.task_id] = _linked(world, earlier.values, tasks)
    return said


def _linked(world: World, values: Any, tasks: Any) -> dict[str, Any]:
    """With tasks in the place of keys; below a deleted task nothing can be put."""
    links = [tasks.get(key) for key in values["dependencies"]]
    parent = tasks.get(values["parent"]) if values["parent"] else None
    if parent in world.mine and world.mine[parent].deleted:
        parent = None
    return {**values, "dependencies": [task for task in links if task], "parent": parent}


def check_nothing_is_lost(before: dict[str, Mine], after: dict[str, Mine], said: Said) -> None:
    assert before.keys() <= after.keys()
    for pk, task in before.items():
        now = after[pk]
        check_finished_work(task, now, said)
        check_status(task, now, said)
        if pk in said.base:
            check_values(pk, task, now, said)
        elif pk not in said.entries:
            assert now == task


def check_finished_work(task: Mine, now: Mine, said: Said) -> None:
    if task.status != "completed":
        return
    for name in (*EDITABLE, "status", "dependencies"):
        if now.values[name] != task.values[name]:
            assert said.wins(task.task_id, name), (name, task, now)
    assert not now.deleted or task.deleted


def check_status(task: Mine, now: Mine, said: Said) -> None:
    """Only what is pending moves unasked, to be cancelled only if nobody has touched it; and what
    the merge itself had cancelled."""
    pk = task.task_id
    if now.status == task.status or said.wins(pk, "status"):
        return
    if task.status == "pending":
        assert now.status in ("completed", "cancelled")
        if now.status == "cancelled":
            base = said.gone[pk]
            for name in {*EDITABLE, "status", "parent"} - {"details"}:
                assert task.values[name] == base[name], name
            assert unticked(task.values["details"]) == unticked(base["details"])
            assert set(task.values["dependencies"]) == set(base["dependencies"])
    else:
        assert (task.status, now.status) == ("cancelled", "pending")
        assert pk not in said.base  # its item was retired
    change = said.change(pk, "status")
    assert change
    assert change.verdict == "take"


def check_values(pk: str, task: Mine, now: Mine, said: Said) -> None:
    base, theirs, mine, result = said.base[pk], said.theirs[pk], task.values, now.values
    for name in SCALARS:
        if mine[name] != base[name] and not said.wins(pk, name):
            assert result[name] == mine[name], (name, base[name], mine[name], result[name])
        differ = mine[name] != base[name] != theirs[name] != mine[name]
        if differ and not task.deleted and name != "parent":
            change = said.change(pk, name)
            assert change, name
            assert change.verdict == "conflict"
    for name in LISTS:
        if not said.wins(pk, name):
            own = set(mine[name]) - set(base[name])
            cut = set(base[name]) - set(mine[name])
            assert own <= set(result[name])
            assert not cut & set(result[name])
    if not said.wins(pk, "details") and mine["details"] != base["details"]:
        own, old, new = (unticked(side["details"]) for side in (mine, base, result))
        assert own - old <= new
    if not said.wins(pk, "acceptance_criteria"):
        check_criteria(base, mine, result)


def unticked(text: str) -> set[str]:
    """The lines of `text`; a tick in them is no value of its own."""
    return set(text.replace("[x]", "[ ]").splitlines())


def check_criteria(base: Any, mine: Any, result: Any) -> None:
    name = "acceptance_criteria"
    old, own, new = (by_name(side[name]) for side in (base, mine, result))
    for each, criterion in own.items():
        touched = each not in old or criterion != old[each]
        if touched:
            assert each in new
            assert new[each].get("evidence") == criterion.get("evidence")
        if touched and (criterion["met"] or each in old):
            assert new[each]["met"] == criterion["met"]
    assert not {each for each in old if each not in own} & new.keys()


def by_name(criteria: list[dict[str, Any]]) -> dict[tuple[str, int], dict[str, Any]]:
    """By text, and how many of the same text stand before."""
    seen: Counter[str] = Counter()
    found = {}
    for criterion in criteria:
        found[criterion["text"], seen[criterion["text"]]] = criterion
        seen[criterion["text"]] += 1
    return found


@st.composite
def answers_to(draw: st.DrawFn, entry: Entry) -> Answers:
    decisions = ["accepted", "accepted", "accepted", "rejected"]
    choices = {
        change.field: draw(st.sampled_from([MINE, THEIRS]))
        for change in entry.changes
        if change.verdict == "conflict" or draw(st.integers(0, 9)) == 0
    }
    return Answers(draw(st.sampled_from(decisions)), choices)


@settings(max_examples=examples(400), deadline=None, suppress_health_check=SLOW)
@given(st.data())
def test_no_finished_work_and_no_value_of_people_is_lost(data: st.DataObject) -> None:
    """Whoever changes what in whatever order, and whatever the reviewer says."""
    world, draft = World(), data.draw(drafts())
    careful = data.draw(st.booleans())

    def say(entry: Entry) -> Answers:
        return keep_mine(entry) if careful else data.draw(answers_to(entry))

    def choose(entry: Entry) -> str:
        return data.draw(st.sampled_from(["new", *(c.item_id for c in entry.candidates)]))

    for _ in range(data.draw(st.integers(2, 4))):
        text = draft.text()
        inputs_before = dict(world.mine)
        try:
            merged, answers, pins = world.answered(text, say, choose)
            said = said_of(world, merged, answers)
            world.apply(world.inputs(text, pins), merged, answers)
        except RefusedError as error:
            event(f"refused: {error}")
            assert world.mine == inputs_before
        else:
            check_nothing_is_lost(inputs_before, world.mine, said)
            for entry in merged.entries:
                for change in entry.changes:
                    if entry.kind != "add":
                        event(f"{change.verdict}: {change.field}")
            assert world.merge(text).entries == ()
            for deed in data.draw(deeds()):
                act(world, deed)
            assert world.merge(text).entries == ()
        draft = data.draw(revisions(draft))

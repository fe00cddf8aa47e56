"""Ids that the repository knows already, and ids that change hands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from apps.planning.merge import Answers, Entry, Holder, merge

from .world import RefusedError, World, accept_all, imported, keep_mine, outline

TEXT = """\
# Boat

## Tasks

### BO-1 Sand the hull
### BO-2 Paint the deck
### BO-3 Sew a sail
"""


def ids(world: World) -> dict[str, str]:
    return {task.values["content"]: task.values["external_key"] for task in world.mine.values()}


def by_title(world: World, **titles: str) -> Callable[[Entry], str]:
    """Answers a question by the earlier title that an item has, by the item's id."""
    known = {each.title: each.id for each in world.base.values() if not each.retired}

    def choose(entry: Entry) -> str:
        return known[titles[entry.key.replace("-", "_")]]

    return choose


def test_two_ids_are_swapped() -> None:
    world = imported(TEXT)
    text = TEXT.replace("BO-1", "BO-0").replace("BO-2", "BO-1").replace("BO-0", "BO-2")
    choose = by_title(world, BO_1="Paint the deck", BO_2="Sand the hull")
    world.take_in(text, accept_all, choose)
    assert ids(world) == {"Sand the hull": "BO-2", "Paint the deck": "BO-1", "Sew a sail": "BO-3"}
    assert world.merge(text).entries == ()


def test_an_id_is_inserted_and_all_others_move_up() -> None:
    world = imported(TEXT)
    text = TEXT.replace("BO-3", "BO-4").replace("BO-2", "BO-3").replace("BO-1", "BO-2")
    text = text.replace("## Tasks\n", "## Tasks\n\n### BO-1 Wash it\n")
    choose = by_title(world, BO_2="Sand the hull", BO_3="Paint the deck", BO_4="Sew a sail")
    world.take_in(text, accept_all, choose)
    assert ids(world) == {
        "Sand the hull": "BO-2",
        "Paint the deck": "BO-3",
        "Sew a sail": "BO-4",
        "Wash it": "BO-1",
    }
    assert world.merge(text).entries == ()


def test_an_id_that_its_task_was_told_to_keep_is_not_given() -> None:
    """The reviewer leaves the first change and accepts the second one: they do not go together."""
    world = imported(TEXT)
    text = TEXT.replace("BO-1 Sand", "BO-9 Sand").replace("BO-2 Paint", "BO-1 Paint")
    choose = by_title(world, BO_1="Paint the deck", BO_9="Sand the hull")

    def say(entry: Entry) -> Answers:
        return Answers("rejected" if entry.key == "BO-9" else "accepted")

    with pytest.raises(RefusedError):
        world.take_in(text, say, choose)
    assert ids(world)["Paint the deck"] == "BO-2"
    world.take_in(text, lambda entry: Answers("rejected"), choose)
    assert world.merge(text).entries == ()


def test_a_change_of_an_id_that_was_refused_is_not_proposed_again() -> None:
    world = imported(TEXT)
    text = TEXT.replace("BO-2", "BO-7")
    world.take_in(text, lambda entry: Answers("rejected"))
    assert ids(world)["Paint the deck"] == "BO-2"
    assert world.merge(text).entries == ()
    assert world.merge(TEXT).entries == ()  # the document has come back to what is here


def test_an_id_of_a_task_of_peoples_own() -> None:
    world = imported(TEXT)
    pk = world.new_task(content="Buy brushes", external_key="BO-7")
    text = TEXT.replace("BO-2", "BO-7")
    merged = world.merge(text)
    [change] = [c for c in merged.entries[0].changes if c.field == "external_key"]
    assert (change.verdict, change.result) == ("conflict", "BO-2")
    world.take_in(text, accept_all)
    assert ids(world) | {"Buy brushes": world.mine[pk].values["external_key"]} == ids(world)
    assert world.merge(text).entries == ()


def test_who_waits_for_an_id_that_stays_waits_too() -> None:
    """BO-3 cannot leave its id, since the one it wants is taken: BO-2 cannot have that."""
    world = imported(TEXT)
    world.new_task(content="Buy brushes", external_key="BO-7")
    text = TEXT.replace("BO-3", "BO-7").replace("BO-2", "BO-3")
    choose = by_title(world, BO_7="Sew a sail", BO_3="Paint the deck")
    merged, _, _ = world.answered(text, accept_all, choose)
    found = {
        entry.title: [c.verdict for c in entry.changes if c.field == "external_key"]
        for entry in merged.entries
    }
    assert found == {"Paint the deck": ["conflict"], "Sew a sail": ["conflict"]}
    world.take_in(text, accept_all, choose)
    assert world.merge(text).entries == ()


NEW = TEXT.replace("### BO-3", "### BO-4 Buy a rope\n### BO-3")


def test_a_new_item_whose_id_a_task_has() -> None:
    world = imported(TEXT)
    pk = world.new_task(content="Buy some rope", external_key="BO-4")
    [entry] = world.merge(NEW).entries
    assert (entry.kind, [c.title for c in entry.candidates]) == ("conflict", ["Buy some rope"])
    world.take_in(NEW, accept_all, lambda entry: f"task:{pk}")
    assert len(world.mine) == 4
    assert world.mine[pk].values["content"] == "Buy some rope"
    assert world.merge(NEW).entries == ()
    entry = world.merge(NEW.replace("a rope", "two ropes")).entries[0]
    assert (entry.task_id, entry.kind) == (pk, "conflict")


def test_it_can_be_another_task_without_the_id() -> None:
    world = imported(TEXT)
    world.new_task(content="Buy some rope", external_key="BO-4")
    world.take_in(NEW, accept_all)
    assert world.task("Buy a rope").values["external_key"] == ""
    assert world.merge(NEW).entries == ()


def test_an_answer_to_a_task_that_is_no_more() -> None:
    world = imported(TEXT)
    pk = world.new_task(content="Buy some rope", external_key="BO-4")
    del world.mine[pk]
    assert outline(world.merge(NEW, {"BO-4": f"task:{pk}"}).entries) == [
        ("add", "Buy a rope", ["content", "external_key", "source_section"])
    ]


def test_a_task_stands_for_one_item_only() -> None:
    """Another document's item has it: the new one goes without the id, and somebody is told."""
    inputs = imported(TEXT).inputs(NEW, {"BO-4": "task:theirs"})
    theirs = Holder("theirs", "Buy a rope for the pier", deleted=False, linked=True)
    [entry] = merge(replace(inputs, holders={**inputs.holders, "BO-4": theirs})).entries
    assert (entry.kind, entry.candidates) == ("add", ())
    assert "without it" in entry.reason
    assert "external_key" not in {change.field for change in entry.changes}


def test_an_id_of_something_gone_is_free() -> None:
    world = imported(TEXT)
    text = TEXT.replace("BO-2 Paint the deck", "BO-2 Order wood")
    merged, _ = world.take_in(text, keep_mine, lambda entry: "new")
    assert outline(merged.entries) == [
        ("change", "Order wood", ["content", "source_section"])
    ]  # an id says what it is, whatever the title
    pinned = world.merge(TEXT, {"BO-2": "new"})
    assert outline(pinned.entries) == [
        ("add", "Paint the deck", ["content", "external_key", "source_section"]),
        ("retire", "Order wood", ["status", "external_key", "removed_from_prd"]),
    ]

"""Which item of the new text is which earlier one."""

from __future__ import annotations

import pytest

from apps.planning.merge import Entry, Merge

from .world import World, accept_all, imported, outline

SHED = """\
# Garden shed

## Tasks

### SH-1 Level the ground
### SH-2 Pour the concrete slab
### SH-3 Raise the wooden frame
"""
LIST = """\
# Garden shed

## Walls
### Tasks
- Raise the wooden frame
- Nail down the boards

## Roof
### Tasks
- Lay the rafters
- Nail down the boards
"""


def how(merged: Merge) -> dict[str, tuple[str | None, str]]:
    """By title: the earlier title, and how the item was found."""
    return {
        each.item.title: (each.base.title if each.base else None, each.how)
        for each in merged.matched
    }


@pytest.mark.parametrize(
    ("before", "after", "title", "expected"),
    [
        ("SH-2 Pour the concrete slab", "SH-2 Order gravel", "Order gravel",
         ("Pour the concrete slab", "id")),
        ("SH-2 Pour the concrete slab", "SH-9 Pour the concrete slab", "Pour the concrete slab",
         ("Pour the concrete slab", "place")),
        ("SH-2 Pour the concrete slab", "Pour the CONCRETE slab!", "Pour the CONCRETE slab!",
         ("Pour the concrete slab", "place")),
        ("SH-2 Pour the concrete slab", "SH-9 Buy a lamp", "Buy a lamp", (None, "new")),
    ],
)  # fmt: skip
def test_headings(before: str, after: str, title: str, expected: tuple[str | None, str]) -> None:
    assert how(imported(SHED).merge(SHED.replace(before, after)))[title] == expected


@pytest.mark.parametrize(
    ("before", "after", "title", "expected"),
    [
        ("- Lay the rafters", "- Sweep up\n- Lay the rafters", "Lay the rafters",
         ("Lay the rafters", "place")),
        ("## Roof", "## Top", "Lay the rafters", ("Lay the rafters", "title")),
        ("- Lay the rafters", "- Lay all of the rafters", "Lay all of the rafters",
         ("Lay the rafters", "similar")),
        ("- Lay the rafters", "- Paint the door", "Paint the door", (None, "new")),
    ],
)  # fmt: skip
def test_items_of_lists(
    before: str, after: str, title: str, expected: tuple[str | None, str]
) -> None:
    assert how(imported(LIST).merge(LIST.replace(before, after)))[title] == expected


def test_a_namesake_is_known_by_its_place() -> None:
    world = imported(LIST)
    merged = world.merge(LIST.replace("## Walls", "## Sides\n\nOf wood.\n\n## Walls"))
    assert {each.how for each in merged.matched} == {"place"}


TWINS = "# Shed\n\n## Tasks\n- Drive in a nail\n- Sweep\n- Drive in a nail\n- Drive in a nail\n"


def test_namesakes_of_one_place_keep_their_order() -> None:
    world = imported(TWINS)
    assert world.merge(TWINS).entries == ()
    merged = world.merge(TWINS.replace("- Sweep\n", ""))
    assert outline(merged.entries) == [("retire", "Sweep", ["status", "removed_from_prd"])]


def test_fewer_namesakes_than_before_make_a_question() -> None:
    world = imported(TWINS)
    merged = world.merge(TWINS.replace("- Drive in a nail\n", "", 1))
    asked = [entry for entry in merged.entries if entry.candidates]
    assert len(asked) == 2
    assert {entry.kind for entry in asked} == {"conflict"}
    assert all(len(entry.candidates) == 3 for entry in asked)
    assert len(merged.entries) == 2  # none is said to be gone before that is answered


def test_a_similar_title_is_a_question_when_two_are() -> None:
    text = "# Shed\n\n## Tasks\n- Oil the left hinge\n- Oil the right hinge\n"
    merged = imported(text).merge("# Shed\n\n## Tasks\n- Oil the hinge\n")
    [entry] = merged.entries
    assert [candidate.title for candidate in entry.candidates] == [
        "Oil the left hinge",
        "Oil the right hinge",
    ]


def test_a_part_of_a_title_is_not_sure() -> None:
    """All words of one are in the other, so that the sets of words alone would be equal."""
    text = "# Shed\n\n## Tasks\n- Doors\n- Sweep\n"
    merged = imported(text).merge(
        "# Shed\n\n## Tasks\n- Doors of oak with a lock and three bolts for the winter\n- Sweep\n"
    )
    assert [entry.kind for entry in merged.entries] == ["conflict"]


def test_the_answer_to_a_question() -> None:
    text = "# Shed\n\n## Tasks\n- Oil the left hinge\n- Oil the right hinge\n"
    changed = "# Shed\n\n## Tasks\n- Oil the hinge\n"
    world = imported(text)
    [entry] = world.merge(changed).entries
    right = entry.candidates[1]
    merged = world.merge(changed, {entry.key: right.item_id})
    assert outline(merged.entries) == [
        ("change", "Oil the hinge", ["content"]),
        ("retire", "Oil the left hinge", ["status", "removed_from_prd"]),
    ]
    merged = world.merge(changed, {entry.key: "new"})
    assert [entry.kind for entry in merged.entries] == ["add", "retire", "retire"]


def test_an_answer_that_no_longer_fits_is_asked_again() -> None:
    world = imported("# Shed\n\n## Tasks\n- Oil the left hinge\n- Oil the right hinge\n")
    [entry] = world.merge(
        "# Shed\n\n## Tasks\n- Oil the hinge\n", {"#oil-the-hinge": "no such item"}
    ).entries
    assert entry.candidates


def test_two_items_with_one_answer() -> None:
    """The first one of the document has it, whatever the order of the answers."""
    world = imported(TWINS)
    text = TWINS.replace("- Drive in a nail\n", "", 1)
    first, second = (entry.key for entry in world.merge(text).entries)
    wanted = next(iter(world.base))
    one = world.merge(text, {first: wanted, second: wanted})
    assert one == world.merge(text, {second: wanted, first: wanted})
    assert [each.item.key for each in one.matched if each.how == "pinned"] == [first]


def renumbered() -> tuple[World, str]:
    """The first one is gone and the others have moved up."""
    gone = "### SH-1 Level the ground\n"
    text = SHED.replace(gone, "").replace("SH-2", "SH-1").replace("SH-3", "SH-2")
    return imported(SHED), text


def test_a_renumbered_text_is_a_question() -> None:
    world, text = renumbered()
    merged = world.merge(text)
    assert {entry.kind for entry in merged.entries} == {"conflict"}
    assert all(entry.candidates for entry in merged.entries)
    assert merged.entries[0].candidates[0].title == "Pour the concrete slab"


def test_a_renumbered_text_by_title() -> None:
    world, text = renumbered()
    by_title = {"SH-1": "Pour the concrete slab", "SH-2": "Raise the wooden frame"}

    def choose(entry: Entry) -> str:
        title = by_title[entry.key]
        return next(each.id for each in world.base.values() if each.title == title)

    merged, _ = world.take_in(text, accept_all, choose)
    assert outline(merged.entries) == [
        ("change", "Pour the concrete slab", ["external_key", "source_section"]),
        ("change", "Raise the wooden frame", ["external_key", "source_section"]),
        ("retire", "Level the ground", ["status", "external_key", "removed_from_prd"]),
    ]
    ids = {task.values["content"]: task.values["external_key"] for task in world.mine.values()}
    assert ids == {
        "Pour the concrete slab": "SH-1",
        "Raise the wooden frame": "SH-2",
        "Level the ground": "",
    }
    assert world.merge(text).entries == ()


def test_what_was_retired_comes_back_after_what_is_there() -> None:
    world = imported(SHED)
    shorter = SHED.replace("### SH-3 Raise the wooden frame\n", "")
    world.take_in(shorter, accept_all)
    assert world.task("Raise the wooden frame").status == "cancelled"
    merged = world.merge(SHED)
    assert outline(merged.entries) == [
        ("change", "Raise the wooden frame", ["status", "removed_from_prd"])
    ]

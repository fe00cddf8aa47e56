"""Parents and dependencies: the document's, people's, and both together."""

from __future__ import annotations

from apps.planning.merge import Answers

from .world import World, accept_all, imported, keep_mine, outline

TEXT = """\
# Mill

## Tasks

### MI-1 Dam the stream

### MI-2 Turn the wheel

Depends on MI-1

### MI-3 Grind the corn

Depends on MI-2
"""
TREE = """\
# Mill

## Tasks

- Build the wheel
  - Cut the spokes
  - Bend the rim
- Build the house
"""


def waits(world: World, title: str) -> set[str]:
    dependencies = world.task(title).values["dependencies"]
    return {world.mine[pk].values["content"] for pk in dependencies}


def above(world: World, title: str) -> str | None:
    parent = world.task(title).values["parent"]
    return world.mine[parent].values["content"] if parent else None


def verdicts(world: World, text: str, field: str) -> dict[str, str]:
    """Of the entries that change `field`, by their titles."""
    return {
        entry.title: change.verdict
        for entry in world.merge(text).entries
        for change in entry.changes
        if change.field == field
    }


def test_dependencies_of_both_sides_go_together() -> None:
    world = imported(TEXT)
    own = world.new_task(content="Ask the miller")
    corn = world.task("Grind the corn")
    world.edit(corn.task_id, dependencies=[*corn.values["dependencies"], own])
    text = TEXT.replace("Depends on MI-2", "Depends on MI-1")
    world.take_in(text, keep_mine)
    assert waits(world, "Grind the corn") == {"Dam the stream", "Ask the miller"}
    assert world.merge(text).entries == ()


def test_a_dependency_that_people_cut_stays_away() -> None:
    world = imported(TEXT)
    world.edit(world.task("Grind the corn").task_id, dependencies=[])
    world.take_in(TEXT.replace("Depends on MI-2", "Depends on MI-2, MI-1"), keep_mine)
    assert waits(world, "Grind the corn") == {"Dam the stream"}


def test_a_circle_that_both_sides_close_together() -> None:
    world = imported(TEXT)
    dam, corn = world.task("Dam the stream"), world.task("Grind the corn")
    world.edit(dam.task_id, dependencies=[world.new_task(content="Wait for rain")])
    world.edit(corn.task_id, dependencies=[])
    world.edit(world.task("Turn the wheel").task_id, dependencies=[corn.task_id])
    text = TEXT.replace("Depends on MI-2", "Depends on MI-2, MI-1")
    assert all(entry.kind == "change" for entry in world.merge(text).entries)
    world.edit(dam.task_id, dependencies=[corn.task_id])
    [entry] = world.merge(text).entries
    assert [(c.field, c.verdict) for c in entry.changes if c.field == "dependencies"] == [
        ("dependencies", "conflict")
    ]
    assert "circle" in entry.changes[-1].reason
    world.take_in(text, keep_mine)
    assert waits(world, "Grind the corn") == set()
    assert world.merge(text).entries == ()


def test_a_circle_through_a_new_task() -> None:
    world = imported(TEXT)
    dam, wheel = world.task("Dam the stream"), world.task("Turn the wheel")
    world.edit(wheel.task_id, dependencies=[])
    world.edit(dam.task_id, dependencies=[wheel.task_id])
    text = TEXT.replace("Depends on MI-1", "Depends on MI-4")
    text += "\n### MI-4 Fell a tree\n\nDepends on MI-1\n"
    kinds = {entry.title: entry.kind for entry in world.merge(text).entries}
    assert kinds == {"Turn the wheel": "conflict", "Fell a tree": "add"}


def test_a_circle_of_parents() -> None:
    world = imported(TREE)
    wheel, house = world.task("Build the wheel"), world.task("Build the house")
    world.edit(wheel.task_id, parent=house.task_id)
    text = TREE.replace("- Build the house", "  - Build the house")
    assert verdicts(world, text, "parent") == {"Build the house": "conflict"}
    world.take_in(text, keep_mine)
    assert (above(world, "Build the wheel"), above(world, "Build the house")) == (
        "Build the house",
        None,
    )


def test_parent_and_child_change_places() -> None:
    world = imported("# Mill\n\n## Tasks\n\n- Build the wheel\n  - Cut the spokes\n")
    text = "# Mill\n\n## Tasks\n\n- Cut the spokes\n  - Build the wheel\n"
    assert verdicts(world, text, "parent") == {"Build the wheel": "take", "Cut the spokes": "take"}
    world.take_in(text, keep_mine)
    assert (above(world, "Cut the spokes"), above(world, "Build the wheel")) == (
        None,
        "Cut the spokes",
    )


def test_a_parent_that_both_sides_change() -> None:
    world = imported(TREE)
    own = world.new_task(content="Work of winter")
    world.edit(world.task("Bend the rim").task_id, parent=own)
    text = TREE.replace("  - Bend the rim\n", "") + "  - Bend the rim\n"
    assert verdicts(world, text, "parent") == {"Bend the rim": "conflict"}
    assert verdicts(imported(TREE), text, "parent") == {"Bend the rim": "take"}


def test_below_what_is_not_wanted_stands_below_the_next_above() -> None:
    world = imported("# Mill\n\n## Tasks\n\n- Build the wheel\n- Bend the rim\n")
    text = (
        "# Mill\n\n## Tasks\n\n- Build the wheel\n  - Order the iron\n"
        "    - Bend the rim\n    - Forge the nails\n"
    )
    world.take_in(
        text, lambda e: Answers("rejected" if e.title == "Order the iron" else "accepted")
    )
    assert above(world, "Bend the rim") == above(world, "Forge the nails") == "Build the wheel"
    assert world.merge(text).entries == ()


def test_a_dependency_on_what_is_not_wanted_is_none() -> None:
    world = imported(TEXT)
    text = TEXT.replace("Depends on MI-2", "Depends on MI-2, MI-4") + "\n### MI-4 Oil the axle\n"
    world.take_in(text, lambda e: Answers("rejected" if e.kind == "add" else "accepted"))
    assert waits(world, "Grind the corn") == {"Turn the wheel"}
    assert world.merge(text).entries == ()
    changed = text + "\nWith fat.\n"
    world.take_in(changed, accept_all)
    assert waits(world, "Grind the corn") == {"Turn the wheel", "Oil the axle"}


def test_a_renamed_section_moves_its_tasks() -> None:
    text = "# Mill\n\n## Phase 1: Water\n- Dam the stream\n- Dig a ditch\n"
    merged = imported(text).merge(text.replace("Water", "Stream"))
    assert outline(merged.entries) == [
        ("move", "Dam the stream", ["source_section"]),
        ("move", "Dig a ditch", ["source_section"]),
    ]

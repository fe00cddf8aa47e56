"""Items that people rejected or postponed, and tasks that they deleted."""

from __future__ import annotations

from apps.planning.merge import MINE, Answers

from .orchard import GONE, PEAR, TEXT, entry_of
from .world import World, accept_all, choosing, imported


def rejected() -> World:
    world = World()
    world.take_in(TEXT, lambda entry: Answers("rejected" if entry.title == PEAR else "accepted"))
    return world


def test_what_was_not_wanted_stays_away() -> None:
    world = rejected()
    assert world.merge(TEXT).entries == ()
    assert len(world.mine) == 1
    world.take_in(GONE, accept_all)
    assert world.merge(TEXT).entries == ()


def test_what_was_not_wanted_is_proposed_when_it_changes() -> None:
    world = rejected()
    changed = TEXT.replace("(2h)", "(1h)")
    entry = entry_of(world, changed)
    assert entry
    assert (entry.kind, entry.item_id is None) == ("add", False)
    assert "not wanted" in entry.reason
    world.take_in(changed, lambda entry: Answers("rejected"))
    assert world.merge(changed).entries == ()


def test_what_was_postponed_comes_again() -> None:
    world = World()
    for _ in range(2):
        merged, _ = world.take_in(
            TEXT, lambda e: Answers("postponed" if e.title == PEAR else "accepted")
        )
        assert PEAR in {entry.title for entry in merged.entries}
    assert len(world.mine) == 1


def test_a_postponed_change_of_something_unwanted_comes_again() -> None:
    """Under its new title, while something else has its old name."""
    world = rejected()
    changed = TEXT.replace(PEAR, "Prune the pear trees") + f"- [ ] {PEAR} again\n"
    for _ in range(2):
        merged, _ = world.take_in(
            changed,
            lambda e: Answers("postponed" if e.kind == "add" else "accepted"),
            lambda e: e.candidates[0].item_id,
        )
        assert "Prune the pear trees" in {entry.title for entry in merged.entries}


def test_a_deleted_task_stays_deleted_unless_somebody_says() -> None:
    world = imported(TEXT)
    world.delete(world.task(PEAR).task_id)
    assert world.merge(TEXT).entries == ()
    changed = TEXT.replace("(2h)", "(3h)")
    entry = entry_of(world, changed)
    assert entry
    assert (entry.kind, entry.changes[0].field) == ("conflict", "deleted")
    world.take_in(changed, choosing(MINE))
    task = world.task(PEAR)
    assert (task.deleted, task.values["estimated_minutes"]) == (True, 120)
    assert world.merge(changed).entries == ()
    world.take_in(TEXT.replace("(2h)", "(4h)"), accept_all)
    task = world.task(PEAR)
    assert (task.deleted, task.values["estimated_minutes"]) == (False, 240)

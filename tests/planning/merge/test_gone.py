"""What becomes of tasks that are no longer in the document, and when they come back."""

from __future__ import annotations

from typing import Any

import pytest

from apps.planning.merge import Answers

from .orchard import GONE, PEAR, TEXT, TICKED, entry_of, world_with
from .world import World, accept_all, imported, keep_mine


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ("retire", [("status", "take"), ("removed_from_prd", "take")])),
        ({"status": "in_progress"}, ("retire", [("removed_from_prd", "take")])),
        ({"status": "completed"}, ("retire", [("removed_from_prd", "take")])),
        ({"status": "cancelled"}, ("retire", [("removed_from_prd", "take")])),
        *(
            (touched, ("conflict", [("status", "conflict"), ("removed_from_prd", "take")]))
            for touched in (
                {"content": "Prune the old pear tree"},
                {"details": "Only the lower half."},
                {"priority": "high"},
                {"estimated_minutes": 30},
                {"assignee": "ada"},
                {"tags": ["fruit"]},
                {"acceptance_criteria": [{"text": "No dead wood", "met": False}]},
                {"parent": "task-2"},
                {"dependencies": ["task-2"]},
            )
        ),
    ],
)
def test_what_is_gone(values: dict[str, Any], expected: Any) -> None:
    world = world_with(**values)
    entry = entry_of(world, GONE)
    assert entry
    assert (entry.kind, [(c.field, c.verdict) for c in entry.changes]) == expected
    assert world.task(values.get("content", PEAR)).status == values.get("status", "pending")
    world.take_in(GONE, keep_mine)
    assert world.merge(GONE).entries == ()


def test_reopened_work_is_not_cancelled_unasked() -> None:
    entry = entry_of(world_with(TICKED, status="pending"), GONE)
    assert entry
    assert entry.kind == "conflict"


def test_a_deleted_task_is_gone_already() -> None:
    world = imported(TEXT)
    world.delete(world.task(PEAR).task_id)
    assert entry_of(world, GONE) is None


NESTED = """\
# Orchard

## Tasks

- Plant a hedge
  - Dig the trench
  - Water it
- Mow
"""
FLAT = "# Orchard\n\n## Tasks\n\n- Mow\n"


def kinds(world: World, text: str) -> dict[str, str]:
    return {entry.title: entry.kind for entry in world.merge(text).entries}


def test_a_parent_goes_with_its_children() -> None:
    assert set(kinds(imported(NESTED), FLAT).values()) == {"retire"}


@pytest.mark.parametrize("values", [{"status": "in_progress"}, {"assignee": "ada"}])
def test_a_parent_stays_for_a_child_that_stays(values: dict[str, Any]) -> None:
    world = imported(NESTED)
    world.edit(world.task("Water it").task_id, **values)
    assert kinds(world, FLAT) == {
        "Plant a hedge": "conflict",
        "Dig the trench": "retire",
        "Water it": "retire" if "status" in values else "conflict",
    }


def test_a_grandparent_stays_for_a_task_of_peoples_own() -> None:
    text = NESTED.replace("  - Water it\n", "    - Buy a spade\n")
    world = imported(text)
    world.new_task(content="Sharpen it", parent=world.task("Buy a spade").task_id)
    assert kinds(world, FLAT) == {
        "Plant a hedge": "conflict",
        "Dig the trench": "conflict",
        "Buy a spade": "conflict",
    }


# -- Back again ------------------------------------------------------------------------------------


def test_what_was_cancelled_here_comes_back() -> None:
    world = imported(TEXT)
    world.take_in(GONE, accept_all)
    task = world.task(PEAR)
    assert (task.status, task.marked) == ("cancelled", True)
    entry = entry_of(world, TEXT.replace("(2h)", "(3h)"))
    assert entry
    assert [(c.field, c.verdict) for c in entry.changes] == [
        ("status", "take"),
        ("estimated_minutes", "take"),
        ("removed_from_prd", "take"),
    ]
    world.take_in(TEXT, accept_all)
    task = world.task(PEAR)
    assert (task.status, task.marked) == ("pending", False)


def test_what_people_cancelled_stays_cancelled() -> None:
    world = imported(TEXT)
    world.edit(world.task(PEAR).task_id, status="cancelled")
    world.take_in(GONE, accept_all)
    world.take_in(TEXT, accept_all)
    task = world.task(PEAR)
    assert (task.status, task.marked) == ("cancelled", False)


def test_a_refused_return_is_not_proposed_again() -> None:
    world = imported(TEXT)
    world.take_in(GONE, accept_all)
    world.take_in(TEXT, lambda entry: Answers("rejected"))
    assert world.merge(TEXT).entries == ()
    assert world.task(PEAR).status == "cancelled"

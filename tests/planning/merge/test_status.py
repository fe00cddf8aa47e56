"""Boxes and statuses, and finished work."""

from __future__ import annotations

import pytest

from .orchard import PEAR, TEXT, TICKED, entry_of, world_with
from .world import imported, outline


@pytest.mark.parametrize(
    ("base", "status", "theirs", "verdict", "result"),
    [
        (TEXT, "pending", TICKED, "take", "completed"),
        (TEXT, "in_progress", TICKED, "conflict", "completed"),
        (TEXT, "completed", TICKED, None, None),
        (TEXT, "cancelled", TICKED, "conflict", "pending"),
        (TICKED, "completed", TEXT, "conflict", "in_progress"),
        (TICKED, "in_progress", TEXT, None, None),
        (TICKED, "pending", TEXT, None, None),
        (TEXT, "completed", TEXT, None, None),
        (TEXT, "cancelled", TEXT, None, None),
        (TICKED, "pending", TICKED, None, None),
    ],
)
def test_a_box_and_a_status(
    base: str, status: str, theirs: str, verdict: str | None, result: str | None
) -> None:
    entry = entry_of(world_with(base, status=status), theirs)
    found = [(c.verdict, c.result) for c in entry.changes if c.field == "status"] if entry else []
    assert found == ([(verdict, result)] if verdict else [])


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_closed_work_is_not_rewritten_unasked(status: str) -> None:
    world = world_with(status=status)
    entry = entry_of(world, TEXT.replace("(2h)", "(5h, high) #fruit"))
    assert entry
    assert entry.kind == "conflict"
    assert {c.field: c.verdict for c in entry.changes} == {
        "priority": "conflict",
        "estimated_minutes": "conflict",
        "tags": "conflict",
    }


def test_closed_work_may_move_with_its_section() -> None:
    world = world_with(status="completed")
    moved = world.merge(TEXT.replace("## Tasks", "## Tasks of spring"))
    assert outline(moved.entries)[0] == ("move", PEAR, ["source_section"])


def test_a_finished_tasks_dependencies_stay() -> None:
    text = "# Orchard\n\n## Tasks\n### T-1 Dig\nDepends on T-2\n### T-2 Plan\n### T-3 Ask\n"
    world = imported(text)
    world.edit(world.task("Dig").task_id, status="completed")
    entry = entry_of(world, text.replace("Depends on T-2", "Depends on T-3"))
    assert entry
    assert [(c.verdict) for c in entry.changes if c.field == "dependencies"] == ["conflict"]

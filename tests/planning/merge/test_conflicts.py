"""Each field, changed on both sides: shown as a conflict, and done as somebody says."""

from __future__ import annotations

from typing import Any

import pytest

from .world import World, accept_all, imported, keep_mine

TEXT = """\
# Harbour

## Tasks

### HA-1 Dredge the basin

Down to five metres.

Owner: ada

Priority: low

Estimated time: 2 hours

Labels: mud, water

**Acceptance criteria**

- [ ] A keel passes

### HA-2 Plan it
### HA-3 Pay for it
"""
# By field: what the document says then, and what people said meanwhile.
SIDES: dict[str, tuple[tuple[str, str], Any]] = {
    "content": (("Dredge the basin", "Dredge the harbour"), "Dredge it all"),
    "details": (("five metres", "six metres"), "Down to seven metres."),
    "priority": (("Priority: low", "Priority: high"), "medium"),
    "estimated_minutes": (("2 hours", "3 hours"), 30),
    "assignee": (("Owner: ada", "Owner: grace"), "linus"),
    "tags": (("mud, water", ", ".join(f"t{n}" for n in range(8))), [f"own{n}" for n in range(5)]),
    "acceptance_criteria": (
        ("- [ ] A keel passes", "- [ ] Two keels pass"),
        [{"text": "A keel passes", "met": True, "evidence": "seen"}],
    ),
}


def edited(field: str) -> tuple[World, str, str]:
    """After people's edit of the only task: the world, the new text, the task."""
    (old, new), value = SIDES[field]
    world = imported(TEXT)
    pk = world.task("Dredge the basin").task_id
    world.edit(pk, **{field: value})
    assert TEXT.count(old) == 1
    return world, TEXT.replace(old, new), pk


@pytest.mark.parametrize("field", SIDES)
def test_it_is_a_conflict(field: str) -> None:
    world, text, pk = edited(field)
    [entry] = world.merge(text).entries
    assert (entry.kind, entry.task_id) == ("conflict", pk)
    [change] = [change for change in entry.changes if change.field == field]
    assert (change.verdict, change.mine) == ("conflict", SIDES[field][1])
    assert change.reason
    assert change.place
    lines = text.splitlines()[change.place.first_line - 1 : change.place.last_line]
    assert SIDES[field][0][1] in "\n".join(lines), "the lines that say so"


@pytest.mark.parametrize("field", SIDES)
def test_people_win_or_the_document_does(field: str) -> None:
    for say, wins in ((keep_mine, "mine"), (accept_all, "theirs")):
        world, text, pk = edited(field)
        merged, _ = world.take_in(text, say)
        [change] = [c for c in merged.entries[0].changes if c.field == field]
        wanted = change.mine if wins == "mine" else change.result
        assert world.mine[pk].values[field] == wanted
        assert world.merge(text).entries == ()


@pytest.mark.parametrize("field", SIDES)
def test_one_side_alone_is_none(field: str) -> None:
    world, text, _ = edited(field)
    assert world.merge(TEXT).entries == ()
    merged = imported(TEXT).merge(text)
    assert {change.verdict for entry in merged.entries for change in entry.changes} == {"take"}

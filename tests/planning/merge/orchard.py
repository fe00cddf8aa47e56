"""A short document, and what people do to its first task."""

from __future__ import annotations

from typing import Any

from apps.planning.merge import Entry

from .world import World, imported

TEXT = """\
# Orchard

## Tasks

- [ ] Prune the pear tree (2h)
- [ ] Dig a pond
"""
TICKED = TEXT.replace("[ ] Prune", "[x] Prune")
GONE = TEXT.replace("- [ ] Prune the pear tree (2h)\n", "")
PEAR = "Prune the pear tree"


def world_with(text: str = TEXT, **values: Any) -> World:
    """The document, imported, after which people gave its first task these values."""
    world = imported(text)
    world.edit(world.task(PEAR).task_id, **values)
    return world


def entry_of(world: World, text: str) -> Entry | None:
    entries = world.merge(text).entries
    assert len(entries) <= 1
    return entries[0] if entries else None

"""History tells the story of a document: who did what to a task, and which text was the reason."""

from __future__ import annotations

from apps.accounts.models import User
from apps.audit.history import changed_fields, read_history
from apps.core.context import Source, acting
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.services import update_task

from .changing import FILE, SHED, keep, taken_in, task

TOLD = ("content", "status", "assignee", "estimated_minutes", "removed_from_prd_at")
Story = list[tuple[dict[str, tuple[object, object]], str]]


def story(title: str) -> Story:
    """What was changed and why, oldest first; all of it by the owner."""
    found: Story = []
    for entry in reversed(read_history(Task, task(title).pk, limit=100).entries):
        context = entry.newest.pgh_context
        assert context["actor_name"] == "owner"
        changes = changed_fields(entry.base, entry.event) if entry.event else ()
        told = {c.field.name: (c.before, c.after) for c in changes if c.field.name in TOLD}
        found.append((told, context["reason"]))
    return found


def test_from_the_import_to_the_end(owner: User, repository: Repository) -> None:
    with acting(source=Source.API, actor=owner):
        first = taken_in(owner, repository).plan
    with acting(source=Source.API, actor=owner, reason="Ada knows how"):
        frame = task("Raise the wooden frame")
        update_task(actor=owner, task=frame, changes={"assignee": "ada"})
    changed = SHED.replace("2 hours", "3 hours").replace("Raise the wooden", "Raise the steel")
    with acting(source=Source.CONSOLE, actor=owner):
        second = taken_in(owner, repository, changed, keep).plan
    shorter = changed.replace("### SH-3 Raise the steel frame\n\nDepends on SH-2\n", "")
    with acting(source=Source.API, actor=owner, reason="Too dear"):
        taken_in(owner, repository, shorter)
    by_first, by_second = (f"Import of {FILE}, plan {plan.pk}" for plan in (first, second))

    creation, estimate = story("Level the ground")
    assert (creation[1], estimate) == (by_first, ({"estimated_minutes": (120, 180)}, by_second))
    _, *edits, end = story("Raise the steel frame")
    assert edits == [
        ({"assignee": ("", "ada")}, "Ada knows how"),
        ({"content": ("Raise the wooden frame", "Raise the steel frame")}, by_second),
    ]
    assert end[1] == "Too dear", "a reason that somebody gives is the reason"
    assert end[0].keys() == {"status", "removed_from_prd_at"}
    assert end[0]["status"] == ("pending", "cancelled")

"""What is applied is what the preview said, field by field, whatever people did in between."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.planning.merge import MINE, NEW, THEIRS, Mine
from apps.planning.models import PRDPlanEntry
from apps.planning.services import apply_plan
from apps.planning.sides import read_mine
from apps.repositories.models import Repository
from apps.tasks.deletion import delete_task
from apps.tasks.links import Links
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task

from .changing import answered, entries_of, outline, planned
from .merge.strategies import Deed, deeds, drafts, revisions, with_criteria

COLUMNS = ("content", "details", "priority", "estimated_minutes", "assignee", "tags", "status")


@contextmanager
def undone() -> Iterator[None]:
    """Each example begins with an empty repository."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tasks_now(repository: Repository) -> dict[str, Mine]:
    ids = Task.all_objects.filter(repository=repository).values_list("pk", flat=True)
    return read_mine(repository, list(ids))


def act(owner: User, repository: Repository, deed: Deed) -> None:
    """Through the services; what they refuse does not happen."""
    tasks = list(Task.objects.filter(repository=repository).order_by("pk"))
    if not tasks:
        return
    task, other = tasks[deed.place % len(tasks)], tasks[deed.other % len(tasks)]
    changes: dict[str, Any] = {}
    links = Links()
    waits = list(
        task.dependency_links.filter(
            kind="blocks", depends_on__deleted_at__isnull=True
        ).values_list("depends_on_id", flat=True)
    )
    criteria = with_criteria(task.acceptance_criteria, deed)
    if criteria is not None:
        changes = {"acceptance_criteria": criteria}
    elif deed.kind in COLUMNS:
        changes = {deed.kind: deed.value}
    elif deed.kind == "wait":
        links = Links(dependencies=list({*waits, other.pk}))
    elif deed.kind == "wait no longer":
        links = Links(dependencies=waits[1:])
    elif deed.kind in ("move", "move out"):
        changes = {"parent_task": other if deed.kind == "move" else None}
    try:
        with transaction.atomic():
            if deed.kind == "delete":
                delete_task(actor=owner, task=task)
            elif deed.kind == "add child":
                values = {"content": "A step more", "parent_task": task}
                create_task(actor=owner, repository=repository, values=values)
            else:
                update_task(actor=owner, task=task, changes=changes, links=links)
    except DomainError as refusal:
        event(f"deed refused: {refusal.code}")


@st.composite
def words(draw: st.DrawFn, entry: PRDPlanEntry) -> dict[str, Any]:
    fields = [each["field"] for each in entry.fields if each["verdict"] == "conflict"]
    side = st.sampled_from([MINE, THEIRS])
    return {
        "decision": draw(st.sampled_from(["accepted", "accepted", "rejected"])),
        "choices": {field: draw(side) for field in fields},
    }


def said(entry: PRDPlanEntry) -> dict[str, Any]:
    """What the preview promises of an entry's task: values by field."""
    choices = entry.answers.get("choices", {})
    if entry.decision != "accepted" or choices.get("deleted") == MINE:
        return {}
    return {
        each["field"]: each["result"] for each in entry.fields if choices.get(each["field"]) != MINE
    }


def check_as_said(
    before: dict[str, Mine],
    after: dict[str, Mine],
    entries: list[PRDPlanEntry],
    created: dict[str, UUID],
) -> None:
    """Each field is what its entry says or, without one, what it was."""
    promised = {str(e.task_id): said(e) for e in entries if e.kind != "add"}
    adds = [e for e in entries if e.kind == "add" and e.key in created]
    promised |= {str(created[e.key]): said(e) for e in adds}
    assert after.keys() == before.keys() | {str(pk) for pk in created.values()}
    restoring = any(e.answers.get("choices", {}).get("deleted") == THEIRS for e in entries)
    for pk, now in after.items():
        was, values = before.get(pk), promised.get(pk, {})
        for name, value in now.values.items():
            if name in values:
                wanted = named(values[name], created)
            elif was:
                wanted = was.values[name]
            else:
                wanted = NOTHING.get(name, "")
            if name == "parent" and (values.get(name) or "").startswith(NEW) and wanted is None:
                continue  # below the next one above
            if name == "dependencies":
                value, wanted = sorted(value), sorted(wanted)
            assert value == wanted, (name, was, now, values)
        marked, deleted = (was.marked, was.deleted) if was else (False, False)
        assert now.marked == values.get("removed_from_prd", marked)
        if not restoring:
            assert now.deleted == deleted


NOTHING: dict[str, Any] = {
    "status": "pending",
    "priority": "medium",
    "estimated_minutes": None,
    "tags": [],
    "acceptance_criteria": [],
    "parent": None,
    "dependencies": [],
}


def named(value: Any, created: dict[str, UUID]) -> Any:
    """References to new tasks by their ids; to those that were not wanted, none."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        found = [named(each, created) for each in value]
        return [each for each in found if each is not None]
    if isinstance(value, str) and value.startswith(NEW):
        pk = created.get(value.removeprefix(NEW))
        return str(pk) if pk else None
    return value


@pytest.mark.usefixtures("as_app")
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_applied_as_the_preview_said(
    owner: User, repository: Repository, data: st.DataObject
) -> None:
    with undone():
        draft = data.draw(drafts())
        for _ in range(data.draw(st.integers(1, 3))):
            text = draft.text()
            plan = answered(
                owner,
                planned(owner, repository, text),
                lambda entry: data.draw(words(entry)),
                lambda entry: data.draw(
                    st.sampled_from(["new", *(each["item_id"] for each in entry.candidates)])
                ),
            )
            before, entries = tasks_now(repository), entries_of(plan)
            refusal, applied = None, None
            try:
                applied = apply_plan(actor=owner, plan=plan)
            except DomainError as error:
                refusal = error.code
            if applied is None:
                event(f"refused: {refusal}")
                assert refusal in ("already_exists", "dependency_cycle", "conflict", "open_work")
                assert tasks_now(repository) == before
            else:
                event(f"kinds: {sorted({entry.kind for entry in entries})}")
                check_as_said(before, tasks_now(repository), entries, dict(applied.created))
                assert outline(planned(owner, repository, text)) == []
                for deed in data.draw(deeds()):
                    act(owner, repository, deed)
                assert outline(planned(owner, repository, text)) == []
            draft = data.draw(revisions(draft))

"""What others do between the preview and the applying of a plan, and who may apply it at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.planning.models import PRDPlan
from apps.planning.services import apply_plan, discard_plan, refresh_plan
from apps.prds.models import PRD
from apps.prds.services import delete_prd
from apps.repositories.models import Repository
from apps.repositories.services import update_repository
from apps.tasks.deletion import delete_task
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task
from tests.contracts import nothing_written
from tests.contracts.races import at_once

from .changing import (
    FILE,
    SHED,
    accept,
    answered,
    entries_of,
    keep,
    outline,
    planned,
    taken_in,
    task,
)

CHANGED = SHED.replace("2 hours", "3 hours").replace(
    "### SH-3 Raise the wooden frame", "### SH-4 Go"
)
GROUND, SLAB, FRAME = "Level the ground", "Pour the concrete slab", "Raise the wooden frame"


@pytest.fixture
def plan(owner: User, repository: Repository) -> PRDPlan:
    """A plan that changes SH-1, retires SH-3 and adds SH-4; everything is decided."""
    taken_in(owner, repository)
    return answered(owner, planned(owner, repository, CHANGED), keep)


def refusal(call: Callable[[], Any]) -> str:
    """The code of the refusal of a call that writes nothing."""
    with nothing_written(), pytest.raises(DomainError) as caught:
        call()
    return str(caught.value.code)


def test_what_it_would_do(plan: PRDPlan) -> None:
    assert outline(plan) == [
        ("change", GROUND, ["details", "estimated_minutes"]),
        ("add", "Go", ["content", "details", "dependencies", "external_key", "source_section"]),
        ("retire", FRAME, ["status", "removed_from_prd"]),
    ]


def purge(table: str, pk: UUID) -> None:
    """Delete a row for good, as the purge of deletions does: the keys act in the database."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])


def edit(owner: User, title: str, **changes: Any) -> None:
    update_task(actor=owner, task=task(title), changes=changes)


# By what somebody does: the entries that are new or other after it.
DEEDS: dict[str, tuple[Callable[[User], Any], set[str]]] = {
    "the field that changes": (lambda owner: edit(owner, GROUND, estimated_minutes=5), {GROUND}),
    "the task that goes": (lambda owner: edit(owner, FRAME, assignee="ada"), {FRAME}),
    "finished": (lambda owner: edit(owner, GROUND, status="completed"), {GROUND}),
    "deleted": (lambda owner: delete_task(actor=owner, task=task(GROUND)), {GROUND}),
    "a child": (
        lambda owner: create_task(
            actor=owner,
            repository=task(FRAME).repository,
            values={"content": "Saw", "parent_task": task(FRAME)},
        ),
        {FRAME},
    ),
}


def said_of(entry: Any) -> Any:
    """The fields of which something was said."""
    return entry.answers.get("choices", {})


@pytest.mark.parametrize("name", DEEDS)
def test_a_task_that_changes_after_the_preview(owner: User, plan: PRDPlan, name: str) -> None:
    """It is refused, and what was said of everything else outlives the refresh."""
    deed, touched = DEEDS[name]
    said = {entry.title: entry.pk for entry in entries_of(plan)}
    for entry in entries_of(plan):
        entry.answers = {"choices": {entry.title: "mine"}}
        entry.save()
    deed(owner)
    assert refusal(lambda: apply_plan(actor=owner, plan=plan)) == "plan_stale"
    fresh = refresh_plan(actor=owner, plan=plan)
    kept = {entry.title for entry in entries_of(fresh) if entry.title in said_of(entry)}
    assert kept == set(said) - touched
    answered(owner, fresh, keep)
    apply_plan(actor=owner, plan=fresh)
    assert outline(planned(owner, fresh.repository, CHANGED)) == []


def test_a_change_that_the_plan_is_not_about(owner: User, plan: PRDPlan) -> None:
    edit(owner, SLAB, assignee="ada")
    edit(owner, GROUND, assignee="ada")
    apply_plan(actor=owner, plan=plan)
    found = task(GROUND)
    assert (found.assignee, found.estimated_minutes) == ("ada", 180)


def test_another_text_comes_first(owner: User, repository: Repository, plan: PRDPlan) -> None:
    taken_in(owner, repository, SHED.replace("Level", "Flatten"))
    assert refusal(lambda: apply_plan(actor=owner, plan=plan)) == "plan_stale"
    refresh_plan(actor=owner, plan=plan)
    assert outline(plan)[0] == (
        "change",
        GROUND,
        ["content", "details", "estimated_minutes", "source_section"],
    )


def test_the_document_is_deleted(owner: User, repository: Repository, plan: PRDPlan) -> None:
    """Its tasks go along and keep their ids: a new one of the name begins without them."""
    delete_prd(actor=owner, prd=PRD.objects.get(filename=FILE))
    assert refusal(lambda: apply_plan(actor=owner, plan=plan)) == "plan_stale"
    fresh = refresh_plan(actor=owner, plan=plan)
    assert {entry.kind for entry in entries_of(fresh)} == {"add"}
    assert [entry.decision for entry in entries_of(fresh)] == ["undecided", "undecided", "accepted"]
    assert refusal(lambda: apply_plan(actor=owner, plan=fresh)) == "plan_undecided"
    applied = apply_plan(actor=owner, plan=answered(owner, fresh))
    assert len(applied.created) == 3
    assert Task.objects.filter(external_key__isnull=False).count() == 1
    assert outline(planned(owner, repository, CHANGED)) == []


def test_a_task_is_purged(owner: User, repository: Repository, plan: PRDPlan) -> None:
    """What has no task any more is no task's change: it would be a new one, if it is wanted."""
    purge("tasks", task(GROUND).pk)
    assert refusal(lambda: apply_plan(actor=owner, plan=plan)) == "plan_stale"
    fresh = refresh_plan(actor=owner, plan=plan)
    [entry, *_] = entries_of(fresh)
    assert (entry.kind, entry.decision, entry.task) == ("add", "undecided", None)
    apply_plan(actor=owner, plan=answered(owner, fresh))
    assert task(GROUND).estimated_minutes == 180
    assert outline(planned(owner, repository, CHANGED)) == []


def test_the_document_is_purged(owner: User, repository: Repository, plan: PRDPlan) -> None:
    """Its plans go with it, closed ones too."""
    purge("prds", PRD.objects.get().pk)
    assert PRDPlan.objects.count() == 0
    with pytest.raises(DomainError) as caught:
        apply_plan(actor=owner, plan=plan)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("act", [apply_plan, refresh_plan, discard_plan])
def test_who_may(viewer: User, outsider: User, plan: PRDPlan, act: Callable[..., Any]) -> None:
    for actor in (viewer, outsider):
        assert refusal(lambda actor=actor: act(actor=actor, plan=plan)) == "permission_denied"


@pytest.mark.parametrize("act", [apply_plan, refresh_plan, discard_plan])
def test_an_archived_repository(
    owner: User, repository: Repository, plan: PRDPlan, act: Callable[..., Any]
) -> None:
    update_repository(actor=owner, repository=repository, changes={"archived": True})
    assert refusal(lambda: act(actor=owner, plan=plan)) == "repository_archived"
    repository.refresh_from_db()
    assert refusal(lambda: planned(owner, repository, SHED)) == "repository_archived"


def test_a_deletion_with_two_minds(owner: User, repository: Repository) -> None:
    """Parent and child were deleted together: they come back together, or not at all."""
    text = "# Shed\n\n## Tasks\n\n- Hang the door (1h)\n  - Fit the lock (1h)\n"
    taken_in(owner, repository, text)
    delete_task(actor=owner, task=task("Hang the door"))
    plan = planned(owner, repository, text.replace("1h", "2h"))

    def say(entry: Any) -> dict[str, Any]:
        return (accept if entry.title == "Hang the door" else keep)(entry)

    two = answered(owner, plan, say)
    assert refusal(lambda: apply_plan(actor=owner, plan=two)) == "conflict"
    apply_plan(actor=owner, plan=answered(owner, two, accept))
    assert Task.objects.filter(estimated_minutes=120).count() == 2


def test_an_id_that_a_reviewer_leaves_with_its_task(owner: User, repository: Repository) -> None:
    taken_in(owner, repository)
    text = SHED.replace("SH-2 Pour", "SH-9 Pour").replace("SH-3 Raise", "SH-2 Raise")
    plan = planned(owner, repository, text)
    ids = {str(each.title): str(each.pk) for each in PRD.objects.get().items.all()}
    titles = {"SH-2": FRAME, "SH-9": SLAB}

    def say(entry: Any) -> dict[str, Any]:
        return {"decision": "rejected"} if entry.key == "SH-9" else accept(entry)

    plan = answered(owner, plan, say, lambda entry: ids[titles[entry.key]])
    assert refusal(lambda: apply_plan(actor=owner, plan=plan)) == "already_exists"
    plan = answered(owner, plan, accept)
    apply_plan(actor=owner, plan=plan)
    keys = {each.content: each.external_key.key for each in Task.objects.all()}
    assert keys == {GROUND: "SH-1", SLAB: "SH-9", FRAME: "SH-2"}


def test_parent_and_child_change_places(owner: User, repository: Repository) -> None:
    text = "# Shed\n\n## Tasks\n\n- Hang the door\n  - Fit the lock\n"
    taken_in(owner, repository, text)
    text = "# Shed\n\n## Tasks\n\n- Fit the lock (1h)\n  - Hang the door\n"
    taken_in(owner, repository, text)
    assert task("Hang the door").parent_task == task("Fit the lock")
    assert task("Fit the lock").parent_task is None


@pytest.mark.usefixtures("app_login")
def test_of_two_reviewers_at_once_one_applies(owner: User, repository: Repository) -> None:
    taken_in(owner, repository)
    plan = answered(owner, planned(owner, repository, CHANGED), keep)

    def call() -> str:
        try:
            apply_plan(actor=owner, plan=plan)
        except DomainError as error:
            return str(error.code)
        return "applied"

    assert sorted(at_once([call, call])) == ["applied", "plan_closed"]
    assert Task.objects.count() == 4


@pytest.mark.usefixtures("app_login")
def test_of_two_plans_of_one_text_at_once_one_applies(owner: User, repository: Repository) -> None:
    taken_in(owner, repository)
    plans = [answered(owner, planned(owner, repository, CHANGED), keep) for _ in range(2)]

    def apply(plan: PRDPlan) -> Callable[[], str]:
        def call() -> str:
            try:
                apply_plan(actor=owner, plan=plan)
            except DomainError as error:
                return str(error.code)
            return "applied"

        return call

    assert sorted(at_once([apply(plan) for plan in plans])) == ["applied", "plan_stale"]
    assert Task.objects.count() == 4


@pytest.mark.parametrize("count", [500, pytest.param(5000, marks=pytest.mark.thorough)])
def test_a_large_document(owner: User, repository: Repository, count: int) -> None:
    """5,000 are as many tasks as a document can have."""
    text = "# Large\n\n## Tasks\n" + "".join(f"- Step {n} of many\n" for n in range(count))
    apply_plan(actor=owner, plan=planned(owner, repository, text))
    assert Task.objects.count() == count
    assert outline(planned(owner, repository, text)) == []

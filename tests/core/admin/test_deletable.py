"""Pages of what can be deleted: the preview, the deleted record's page, its way back."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.prds.models import PRD
from apps.prds.services import delete_prd
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.models import Task, TaskDependency, TaskEvent
from apps.tasks.services import update_task
from tests.conftest import application_role

from .support import (
    act,
    form_data,
    list_url,
    logged_in,
    member,
    page_url,
    prd,
    repository,
    staff,
    statements,
    tasks,
    words,
)

pytestmark = pytest.mark.django_db
CHANGE = ("view_task", "change_task", "view_prd", "change_prd", "view_repository")


@pytest.fixture
def tree(acme: Repository) -> list[Task]:
    """A task, twelve below it, and one that waits for one of these."""
    top, *below, waiting = tasks(acme, 14)
    Task.objects.filter(pk__in=[t.pk for t in below]).update(parent_task=top)
    TaskDependency.objects.create(task=waiting, depends_on=below[0])
    return [top, *below, waiting]


def dialog(record: Any, name: str) -> str:
    return page_url(record, name) if name == "history" else f"{page_url(record)[:-7]}{name}/"


def listed(client: Client, model: Any = Task, **query: str) -> set[Any]:
    return {row.pk for row in client.get(list_url(model), query).context["cl"].result_list}


# -- deleting ----
def test_the_dialog_says_what_goes_along_and_who_waits(console: Client, tree: list[Task]) -> None:
    with statements() as found:
        page = console.get(dialog(tree[0], "remove"))
    text = words(page)
    assert "12 tasks" in text
    assert "Mend pump 1" in text
    assert "… and 2 more" in text
    assert "1 open task waits for this" in text
    assert len(found) <= 16
    assert Task.objects.count() == 14
    assert "Nothing else goes along" in words(console.get(dialog(tree[5], "remove")))


def test_a_document_shows_its_tasks(console: Client, op: User, acme: Repository) -> None:
    document = prd(acme)
    made = tasks(acme, 2, prd=document)
    text = words(console.get(dialog(document, "remove")))
    assert "2 tasks Mend pump 0 Mend pump 1" in text
    done = act(console, dialog(document, "remove"), reason="Superseded")
    assert done.headers["HX-Redirect"] == list_url(PRD)
    assert not PRD.objects.exists()
    assert not Task.objects.exists()
    event = TaskEvent.objects.filter(pgh_obj_id=made[0].pk).order_by("-pgh_id")[0]
    assert event.pgh_context["reason"] == "Superseded"
    assert event.pgh_context["actor_name"] == op.username


def test_names_are_for_those_who_may_see_the_kind(op: User, acme: Repository) -> None:
    document = prd(acme)
    blocker, waiting = tasks(acme, 2)
    Task.objects.filter(pk=blocker.pk).update(prd=document)
    TaskDependency.objects.create(task=waiting, depends_on=blocker)
    client = logged_in(member("paul", acme, "maintainer", "view_prd", "change_prd"))
    shown = words(client.get(dialog(document, "remove")))
    assert "1 task" in shown
    assert "1 open task waits for this and would wait no longer." in shown
    assert "Mend pump" not in shown
    delete_prd(actor=op, prd=document)
    assert "Mend pump" not in words(client.get(dialog(document, "restore")))


def test_what_is_done_with_waiters_is_not_counted(
    console: Client, op: User, acme: Repository
) -> None:
    blocker, done, waiting = tasks(acme, 3)
    for task in (done, waiting):
        TaskDependency.objects.create(task=task, depends_on=blocker)
    update_task(actor=op, task=done, changes={"status": "cancelled"})
    assert "1 open task waits" in words(console.get(dialog(blocker, "remove")))
    update_task(actor=op, task=blocker, changes={"status": "cancelled"})
    assert "waits" not in words(console.get(dialog(blocker, "remove")))
    Repository.objects.filter(pk=acme.pk).update(settings={"cancelled_blockers": "block"})
    assert "1 open task waits" in words(console.get(dialog(blocker, "remove")))


def test_the_message_leads_to_the_deletion(console: Client, tree: list[Task]) -> None:
    act(console, dialog(tree[0], "remove"))
    batch = Task.all_objects.get(pk=tree[0].pk).deletion_batch
    page = console.get(list_url(Task))
    (message,) = get_messages(page.wsgi_request)
    assert "Deleted: Mend pump 0, with 12 more" in str(message)
    assert f'href="/admin/deletions/{batch}/"' in str(message)


@pytest.mark.parametrize("name", ["remove", "restore"])
def test_a_dialog_that_is_too_old_writes_nothing(
    console: Client, op: User, acme: Repository, name: str
) -> None:
    task = tasks(acme, 1)[0]
    if name == "restore":
        delete_task(actor=op, task=task)
    before = Task.all_objects.get(pk=task.pk)
    for version in ("77", "", "x"):
        refused = console.post(
            dialog(task, name), {"_form_submitted": "on", "seen_version": version, "reason": "Why"}
        )
        assert refused.status_code == 200
        assert version == "x" or "by now" in words(refused)
        assert "Why" in refused.content.decode()
    task.refresh_from_db()
    assert (task.version, task.deleted_at) == (before.version, before.deleted_at)


@pytest.mark.parametrize("name", ["remove", "restore"])
@pytest.mark.parametrize("hindrance", ["viewer", "archived"])
def test_what_a_service_refuses_is_said_in_the_dialog(
    op: User, acme: Repository, name: str, hindrance: str
) -> None:
    task = tasks(acme, 1)[0]
    if name == "restore":
        delete_task(actor=op, task=task)
    role = "viewer" if hindrance == "viewer" else "maintainer"
    client = logged_in(member("mary", acme, role, *CHANGE))
    if hindrance == "archived":
        Repository.objects.filter(pk=acme.pk).update(archived_at=timezone.now())
    refused = act(client, dialog(task, name), reason="Because of rust")
    assert refused.status_code == 200
    said = "You need the role contributor" if hindrance == "viewer" else "is archived"
    assert said in words(refused)
    assert "Because of rust" in refused.content.decode()
    task.refresh_from_db()
    assert task.is_deleted is (name == "restore")


@pytest.mark.parametrize("name", ["remove", "restore"])
def test_neither_without_the_permission_nor_from_outside(
    op: User, acme: Repository, name: str
) -> None:
    document, task = prd(acme), tasks(acme, 1)[0]
    if name == "restore":
        delete_task(actor=op, task=task)
        delete_prd(actor=op, prd=document)
    reader = logged_in(member("rita", acme, "maintainer", "view_task", "view_prd"))
    outsider = logged_in(member("otto", repository("other/garden"), "maintainer", *CHANGE))
    for record in (task, document):
        for method in ("get", "post"):
            for client, status in ((reader, 403), (outsider, 404), (Client(), 302)):
                answer = getattr(client, method)(
                    dialog(record, name), {"_form_submitted": "on", "seen_version": "1"}
                )
                assert answer.status_code == status
        record.refresh_from_db()
        assert record.is_deleted is (name == "restore")


@pytest.mark.parametrize("name", ["remove", "restore"])
def test_a_dialog_needs_the_csrf_token(op: User, acme: Repository, name: str) -> None:
    task = tasks(acme, 1)[0]
    client = Client(enforce_csrf_checks=True)
    client.force_login(op)
    assert act(client, dialog(task, name)).status_code == 403


def test_what_was_deleted_or_restored_meanwhile_is_refused(
    console: Client, op: User, acme: Repository
) -> None:
    task = tasks(acme, 1)[0]
    delete_task(actor=op, task=task)
    assert "does not exist (any more)" in words(act(console, dialog(task, "remove")))
    restore_task(actor=op, task=task)
    assert "is not deleted" in words(act(console, dialog(task, "restore")))


# -- the page of a deleted record ----
def test_a_deleted_record_can_be_read_and_restored(
    console: Client, op: User, tree: list[Task]
) -> None:
    batch = delete_task(actor=op, task=tree[0]).id
    with statements() as found:
        page = console.get(page_url(tree[1]))
    text = words(page)
    assert "Deleted by op on " in text
    assert "with 12 others" in text
    assert f'href="/admin/deletions/{batch}/"' in page.content.decode()
    assert page.context["has_change_permission"] is False
    assert 'name="content"' not in page.content.decode()
    assert 'name="_save"' not in page.content.decode()
    offered = {item["path"].split("/")[-2] for item in page.context["actions_detail"]}
    assert offered == {"restore"}
    assert len(found) <= 30
    shown = words(console.get(dialog(tree[1], "restore")))
    assert "Back come: 13 tasks" in shown
    done = act(console, dialog(tree[1], "restore"), reason="A mistake")
    assert done.headers["HX-Redirect"] == page_url(tree[1])
    assert Task.objects.count() == 14
    assert 'name="content"' in console.get(page_url(tree[1])).content.decode()


def test_a_deleted_document_too(console: Client, op: User, acme: Repository) -> None:
    document = prd(acme)
    task = tasks(acme, 1, prd=document)[0]
    delete_prd(actor=op, prd=document)
    page = console.get(page_url(document))
    assert "with 1 other" in words(page)
    assert listed(console, prd__id__exact=str(document.pk), deleted="all") == {task.pk}
    act(console, dialog(document, "restore"))
    assert PRD.objects.get() == document


def test_a_conflict_is_said_before_and_refused(console: Client, op: User, acme: Repository) -> None:
    document = prd(acme)
    delete_prd(actor=op, prd=document)
    prd(acme)
    assert "cannot come back" in words(console.get(dialog(document, "restore")))
    refused = act(console, dialog(document, "restore"), reason="Please")
    assert refused.status_code == 200
    assert "cannot come back" in words(refused)
    assert not PRD.objects.filter(pk=document.pk).exists()


def test_an_edit_of_what_was_deleted_meanwhile_keeps_its_input(
    console: Client, op: User, acme: Repository
) -> None:
    task = tasks(acme, 1)[0]
    data = form_data(console.get(page_url(task))) | {"details": "An hour of typing"}
    delete_task(actor=op, task=task)
    answer = console.post(page_url(task), data)
    assert answer.status_code == 200
    assert "Somebody changed this record" in words(answer)
    assert "An hour of typing" in answer.content.decode()
    # Even a form that knows the new version: the service knows no such task.
    answer = console.post(page_url(task), data | {"seen_version": "2"})
    assert answer.status_code == 200
    assert "does not exist (any more)" in words(answer)
    task.refresh_from_db()
    assert (task.details, task.version) == ("", 2)


def test_moves_of_a_deleted_task_are_refused(console: Client, op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    delete_task(actor=op, task=task)
    for name in ("start", "complete", "cancel"):
        assert "does not exist (any more)" in words(act(console, dialog(task, name)))
    task.refresh_from_db()
    assert task.status == "pending"


def test_a_page_of_what_is_purged_is_gone(console: Client, op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    delete_task(actor=op, task=task)
    with connection.cursor() as cursor:  # as the owner: the application may not
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM tasks WHERE id = %s", [task.pk])
    with application_role():
        assert console.get(page_url(task)).status_code == 302
        assert console.get(dialog(task, "restore")).status_code == 404
        assert page_url(task) not in console.get(page_url(task, "history")).content.decode()


# -- lists and relations ----
def test_lists_show_live_ones_and_the_deleted_when_asked(
    console: Client, op: User, acme: Repository
) -> None:
    live, gone, other = (task.pk for task in tasks(acme, 3))
    batch = delete_task(actor=op, task=Task(pk=gone, repository=acme)).id
    delete_task(actor=op, task=Task(pk=other, repository=acme))
    assert listed(console) == listed(console, deleted="nonsense") == {live}
    assert listed(console, deleted="only") == {gone, other}
    assert listed(console, deleted="all") == {live, gone, other}
    assert listed(console, deleted="only", deletion_batch__exact=str(batch)) == {gone}
    assert listed(console, deleted="only", repository__id__exact=str(acme.pk)) == {gone, other}
    assert listed(console, deleted="only", q=str(gone)) == {gone}


def test_the_palette_and_the_autocomplete_offer_live_records_only(
    console: Client, op: User, acme: Repository
) -> None:
    task = tasks(acme, 1)[0]
    delete_task(actor=op, task=task)
    for odd in ({}, {"deleted": "all"}):
        found = console.get("/admin/search/", {"s": "pump", "extended": "1", **odd})
        assert str(task.pk) not in found.content.decode()
        query = {"app_label": "tasks", "model_name": "task", "field_name": "parent_task"}
        assert console.get("/admin/autocomplete/", {**query, **odd}).json()["results"] == []


def test_deleted_ones_of_other_repositories_stay_hidden(op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    delete_task(actor=op, task=task)
    client = logged_in(member("otto", repository("other/garden"), "maintainer", *CHANGE))
    assert listed(client, deleted="only") == listed(client, deleted="all") == set()
    assert client.get(page_url(task)).status_code == 302


def test_relations_to_the_deleted_are_marked(console: Client, op: User, acme: Repository) -> None:
    document, template = prd(acme, "plan.md"), TaskTemplate.objects.create(name="Release")
    parent, child, needed, needing = tasks(acme, 4)
    Task.objects.filter(pk=child.pk).update(parent_task=parent, prd=document, template=template)
    TaskDependency.objects.create(task=child, depends_on=needed)
    TaskDependency.objects.create(task=needing, depends_on=child)
    for task in (child, parent, needed, needing):  # the child first: alone
        delete_task(actor=op, task=task)
    delete_prd(actor=op, prd=document)
    delete_template(actor=op, template=template)
    restore_task(actor=op, task=child)
    reader = logged_in(member("rita", acme, "viewer", "view_task"))
    edited, read = (client.get(page_url(child)) for client in (console, reader))
    assert "Mend pump 0 (deleted)" in words(edited)
    assert "plan.md (deleted)" in words(edited)
    for page, times in ((edited, 3), (read, 5)):
        assert words(page).count("Deleted") >= times
        assert "Release Deleted" in words(page)
        assert "Pending Mend pump 2 Deleted" in words(page)
        assert "Pending Mend pump 3 Deleted" in words(page)
    assert "Mend pump 0 Deleted" in words(read)
    assert "plan.md Deleted" in words(read)
    # Saving what one did not touch does not unlink what is deleted.
    data = form_data(edited) | {"assignee": "ada"}
    assert console.post(page_url(child), data).status_code == 302
    child.refresh_from_db()
    assert (child.assignee, child.parent_task, child.prd) == ("ada", parent, document)


def test_staff_without_rights_see_no_deleted_record(op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    delete_task(actor=op, task=task)
    client = logged_in(staff("nora"))
    assert client.get(page_url(task)).status_code == 403

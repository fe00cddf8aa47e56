"""The pages of what is deleted: who sees which deletions, in which order, and what they do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.prds.models import PRD
from apps.prds.services import delete_prd
from apps.repositories import bin as bin_module
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.models import Task, TaskEvent
from tests.conftest import application_role
from tests.tasks.ageing import age

from .support import act, judge, logged_in, member, prd, repository, staff, statements, tasks, words

pytestmark = pytest.mark.django_db
UNKNOWN = "6caba02c-3cb8-4ce7-9317-7608020116bc"
LIST = "/admin/deletions/"
SEE = ("view_task", "view_prd", "view_repository")
CHANGE = (*SEE, "change_task", "change_prd")
PURGE = ("purge_task", "purge_prd")


def url(batch: Any, page: str = "deletion") -> str:
    return reverse(f"admin:{page}", args=[batch])


def listed(client: Client, **query: str) -> list[UUID]:
    return [deletion.id for deletion, _ in client.get(LIST, query).context["rows"]]


def delete_some(actor: User, where: Repository, count: int = 1) -> list[UUID]:
    """The ids of deletions of a task each, the newest first."""
    made = [delete_task(actor=actor, task=task).id for task in tasks(where, count)]
    return made[::-1]


def aged(batch: UUID) -> UUID:
    """The deletion, two days old."""
    with connection.cursor() as cursor:  # as the owner: triggers keep the times
        cursor.execute("RESET ROLE")
    return age(batch, days=2)


@pytest.fixture
def batch(op: User, acme: Repository) -> UUID:
    """A deleted document with twelve tasks."""
    document = prd(acme)
    tasks(acme, 12, prd=document)
    return delete_prd(actor=op, prd=document).id


@pytest.fixture
def outsider(as_app: None) -> Client:
    """Somebody with every permission, and a maintainer elsewhere."""
    return logged_in(member("otto", repository("other/garden"), "maintainer", *CHANGE, *PURGE))


# -- the list ----
def test_a_line_says_when_who_where_and_what(
    console: Client, op: User, acme: Repository, batch: UUID
) -> None:
    text = words(console.get(LIST))
    (row,) = console.get(LIST).context["rows"]
    assert f"{row[0].deleted_at:%Y-%m-%d %H:%M:%S} op acme/api 1 PRD : a.md 12 tasks" in text
    assert "Mend pump 0 , Mend pump 1 , Mend pump 2 … and 9 more" in text
    assert f'href="{url(batch)}"' in console.get(LIST).content.decode()


def test_the_newest_comes_first_and_pages_show_each_once(
    console: Client, op: User, acme: Repository
) -> None:
    expected = delete_some(op, acme, 60)
    seen: list[UUID] = []
    pages = []
    following = LIST
    while following:
        page = console.get(following)
        pages.append(page)
        seen += [deletion.id for deletion, _ in page.context["rows"]]
        older = page.context["older_url"]
        following = LIST + older if older else ""
    assert seen == expected
    assert len(pages) == 3
    assert "25 shown, there are older ones" in words(pages[0])
    assert "10 shown" in words(pages[2])
    assert "older ones" not in words(pages[2])
    assert [bool(page.context["newest_url"]) for page in pages] == [False, True, True]


def test_filters_by_repository_and_by_kind(
    console: Client, op: User, acme: Repository, batch: UUID
) -> None:
    other = repository("acme/web")
    (alone,) = delete_some(op, other)
    for_all = delete_template(actor=op, template=TaskTemplate.objects.create(name="Release")).id
    assert listed(console) == [for_all, alone, batch]
    assert listed(console, repository=str(other.pk)) == [alone]
    assert listed(console, kind="task") == [alone, batch]
    assert listed(console, kind="prd") == [batch]
    assert listed(console, kind="tasktemplate") == [for_all]
    assert listed(console, kind="prd", repository=str(other.pk)) == []
    older = console.get(LIST, {"kind": "task", "repository": str(acme.pk)}).context
    assert older["is_filtered"] is True
    assert older["older_url"] == ""


@pytest.mark.parametrize("value", ["nonsense", "\x00", UNKNOWN, "x" * 3000, "-1"])
def test_odd_filters_are_an_error_in_words(console: Client, batch: UUID, value: str) -> None:
    for name in ("repository", "kind"):
        page = console.get(LIST, {name: value})
        assert page.status_code == 200
        assert 'class="th-conflict"' in page.content.decode()
    for odd in ("nonsense", "\x00", "x" * 3000, "-1"):
        assert listed(console, before=odd) == [batch]
    assert listed(console, before=str(UUID(int=0))) == []


def test_as_many_statements_for_many_deletions_as_for_one(
    op: User, console: Client, acme: Repository
) -> None:
    anna = logged_in(member("anna", acme, "viewer", *SEE))
    delete_some(op, acme)
    counts: dict[str, list[int]] = {"op": [], "anna": []}
    for more in (0, 40):
        delete_some(op, acme, more)
        document = prd(acme)
        tasks(acme, more, prd=document)
        delete_prd(actor=op, prd=document)
        for name, client in (("op", console), ("anna", anna)):
            with statements() as found:
                assert client.get(LIST).status_code == 200
            counts[name].append(len(found))
            assert not judge(found, most=14)
    assert all(few == many for few, many in counts.values()), counts


def test_a_long_deletion_is_not_counted_to_its_end(
    console: Client, batch: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bin_module, "COUNTED", 10)
    assert "10+ tasks : Mend pump 0 , Mend pump 1 , Mend pump 2 … and 7+ more" in words(
        console.get(LIST)
    )


def test_people_see_deletions_of_their_repositories_only(
    op: User, acme: Repository, outsider: Client, batch: UUID
) -> None:
    there = Repository.objects.get(name="other/garden")
    (theirs,) = delete_some(op, there)
    for_all = delete_template(actor=op, template=TaskTemplate.objects.create(name="Release")).id
    assert listed(outsider) == [theirs]
    assert "Select a valid choice" in words(outsider.get(LIST, {"repository": str(acme.pk)}))
    both = member("bob", acme, "viewer", *SEE, "view_tasktemplate")
    assert listed(logged_in(both)) == [batch]
    for page in ("deletion", "deletion_restore", "deletion_purge"):
        for client in (outsider, logged_in(both)):
            assert client.get(url(for_all, page)).status_code == 404
        assert outsider.get(url(batch, page)).status_code == 404
        assert outsider.post(url(batch, page), {"_form_submitted": "on"}).status_code == 404
    assert not PRD.objects.exists()


def test_many_repositories_are_one_order(op: User, acme: Repository) -> None:
    """More repositories than a page has lines, in each several deletions."""
    homes = [acme, *(repository(f"acme/r{number}") for number in range(30))]
    anna = member("anna", acme, "viewer", *SEE)
    for home in homes[1:]:
        home.members.create(user=anna, role="viewer")  # type: ignore[attr-defined]
    made = [delete_some(op, home)[0] for _ in range(2) for home in homes]
    delete_some(op, repository("other/hidden"))
    client = logged_in(anna)
    first = client.get(LIST)
    seen = [deletion.id for deletion, _ in first.context["rows"]]
    second = client.get(LIST + first.context["older_url"])
    seen += [deletion.id for deletion, _ in second.context["rows"]]
    assert seen == made[::-1][:50]


def test_names_are_for_those_who_may_see_the_kind(acme: Repository, batch: UUID) -> None:
    client = logged_in(member("tom", acme, "maintainer", "view_task", "change_task", *PURGE))
    for page in (client.get(LIST), client.get(url(batch))):
        assert "1 PRD" in words(page)
        assert "a.md" not in page.content.decode()
        assert "Mend pump 0" in page.content.decode()
    # To restore it he would have to be allowed to change documents, too.
    assert "Restore…" not in words(client.get(url(batch)))
    assert client.post(url(batch, "deletion_restore")).status_code == 403
    nobody = logged_in(staff("nora"))
    assert nobody.get(LIST).status_code == 403
    assert nobody.get(url(batch)).status_code == 403
    assert LIST not in nobody.get("/admin/").content.decode()
    assert LIST in client.get("/admin/").content.decode()
    assert Client().get(LIST).status_code == 302
    kinds = logged_in(member("tim", acme, "viewer", "view_tasktemplate"))
    assert listed(kinds) == []
    assert kinds.get(url(batch)).status_code == 403


# -- one deletion ----
def test_a_deletion_shows_some_of_each_kind(console: Client, batch: UUID) -> None:
    with statements() as found:
        page = console.get(url(batch))
    text = words(page)
    assert "Deleted by op" in text
    assert "1 PRD a.md 12 tasks Mend pump 0" in text
    assert "… and 2 more" in text
    assert "Mend pump 11" not in text
    assert len(found) <= 30
    assert f"deletion_batch__exact={batch}" in page.content.decode()


@pytest.mark.parametrize("page", ["deletion", "deletion_restore", "deletion_purge"])
@pytest.mark.parametrize("key", ["zzz", "-1", UNKNOWN, "x" * 300])
def test_no_deletion_no_page(console: Client, page: str, key: str) -> None:
    assert console.get(url(key, page)).status_code == 404
    assert console.post(url(key, page), {"_form_submitted": "on"}).status_code == 404


def test_remarks_and_conflicts_are_said(console: Client, op: User, acme: Repository) -> None:
    document = prd(acme)
    task = tasks(acme, 1, prd=document)[0]
    alone = delete_task(actor=op, task=task).id
    batch = delete_prd(actor=op, prd=document).id
    prd(acme)
    assert "comes back below “a.md”, which stays deleted" in words(console.get(url(alone)))
    assert "cannot come back" in words(console.get(url(batch)))
    refused = act(console, url(batch, "deletion_restore"), reason="Please")
    assert refused.status_code == 200
    assert "cannot come back" in words(refused)
    assert "Please" in refused.content.decode()
    assert not PRD.objects.filter(pk=document.pk).exists()


def test_a_contributor_restores_exactly_the_deletion(op: User, acme: Repository) -> None:
    document = prd(acme)
    first, second, other = tasks(acme, 3, prd=document)
    delete_task(actor=op, task=second)
    batch = delete_prd(actor=op, prd=document).id
    delete_some(op, acme)
    carl = member("carl", acme, "contributor", *CHANGE)
    client = logged_in(carl)
    assert client.get(url(batch, "deletion_restore")).status_code == 200
    assert not Task.objects.exists()
    done = act(client, url(batch, "deletion_restore"), reason="A mistake")
    assert done.headers["HX-Redirect"] == LIST
    assert set(Task.objects.all()) == {first, other}
    assert PRD.objects.get() == document
    page = client.get(LIST)
    (message,) = get_messages(page.wsgi_request)
    assert str(message) == "Restored: 1 PRD and 2 tasks."
    event = TaskEvent.objects.filter(pgh_obj_id=first.pk).order_by("-pgh_id")[0]
    assert event.pgh_context["reason"] == "A mistake"
    assert event.pgh_context["actor_name"] == carl.username


@pytest.mark.parametrize("hindrance", ["viewer", "archived"])
def test_who_may_not_restore_is_told_why(acme: Repository, batch: UUID, hindrance: str) -> None:
    role = "viewer" if hindrance == "viewer" else "maintainer"
    client = logged_in(member("mary", acme, role, *CHANGE, *PURGE))
    if hindrance == "archived":
        Repository.objects.filter(pk=acme.pk).update(archived_at=timezone.now())
    said = "You need the role contributor" if hindrance == "viewer" else "is archived"
    page = client.get(url(batch))
    assert said in words(page)
    assert page.context["actions_detail"] == []
    for action in ("deletion_restore", "deletion_purge"):
        refused = act(client, url(batch, action), reason="Please")
        assert refused.status_code == 200
        assert said.replace("contributor", "")[:17] in words(refused)
        assert "Please" in refused.content.decode()
    assert not PRD.objects.exists()


def test_what_was_restored_meanwhile_is_said(console: Client, op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    batch = delete_task(actor=op, task=task).id
    restore_task(actor=op, task=task)
    task.refresh_from_db()
    again = delete_task(actor=op, task=task).id
    for action in ("deletion_restore", "deletion_purge"):
        assert console.get(url(batch, action)).status_code == 404
        gone = console.post(url(batch, action), {"_form_submitted": "on"})
        assert (gone.status_code, gone.headers["HX-Redirect"]) == (404, LIST)
        page = console.get(LIST)
        assert "restored or purged already" in words(page)
    assert listed(console) == [again]  # the later deletion of the same task is another one
    task.refresh_from_db()
    assert task.deletion_batch == again


@pytest.mark.parametrize("action", ["deletion_restore", "deletion_purge"])
def test_writing_needs_a_post_with_the_csrf_token(op: User, batch: UUID, action: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(op)
    assert act(client, url(batch, action)).status_code == 403
    for method in ("put", "patch", "delete", "head", "options"):
        getattr(client, method)(url(batch, action))
    assert not PRD.objects.exists()
    assert PRD.all_objects.exists()


# -- purging ----
def test_a_purge_leaves_history_only(op: User, acme: Repository, batch: UUID) -> None:
    key = Task.all_objects.values_list("pk", flat=True)[0]
    client = logged_in(member("paula", acme, "maintainer", *CHANGE, *PURGE))
    old = aged(batch)
    with application_role():
        shown = words(client.get(url(old, "deletion_purge")))
        assert "Only its history stays" in shown
        assert "For good go: 1 PRD a.md 12 tasks" in shown
        assert "The database allows it from" not in shown
        done = act(client, url(old, "deletion_purge"), reason="By request")
        assert done.headers["HX-Redirect"] == LIST
        (message,) = get_messages(client.get(LIST).wsgi_request)
    assert "Purged for good: 1 PRD and 12 tasks" in str(message)
    assert not Task.all_objects.exists()
    assert not PRD.all_objects.exists()
    event = TaskEvent.objects.filter(pgh_obj_id=key).order_by("-pgh_id")[0]
    assert (event.pgh_label, event.pgh_context["reason"]) == ("delete", "By request")


def test_within_a_day_the_database_refuses(console: Client, batch: UUID) -> None:
    youngest = Task.all_objects.order_by("-updated_at")[0].updated_at
    until = max(youngest, PRD.all_objects.get().updated_at) + timedelta(hours=24)
    shown = words(console.get(url(batch, "deletion_purge")))
    assert f"The database allows it from {until:%Y-%m-%d %H:%M:%S} UTC" in shown
    refused = act(console, url(batch, "deletion_purge"), reason="Now")
    assert refused.status_code == 200
    assert "What was deleted or changed less than 24 hours ago cannot be purged yet." in words(
        refused
    )
    assert f"from {until:%Y-%m-%d %H:%M:%S} UTC" in words(refused)
    assert "Now" in refused.content.decode()
    assert Task.all_objects.count() == 12


@pytest.mark.parametrize(
    ("role", "permissions", "offered", "status"),
    [
        ("contributor", (*CHANGE, *PURGE), {"Restore…"}, 200),
        ("maintainer", (*CHANGE, "purge_task"), {"Restore…"}, 403),
        ("maintainer", CHANGE, {"Restore…"}, 403),
        ("maintainer", (*SEE, *PURGE), {"Purge for good…"}, None),
        ("maintainer", (*CHANGE, *PURGE), {"Restore…", "Purge for good…"}, None),
    ],
)
def test_a_purge_needs_the_permissions_and_the_role(
    acme: Repository,
    batch: UUID,
    role: str,
    permissions: tuple[str, ...],
    offered: set[str],
    status: int | None,
) -> None:
    client = logged_in(member("pete", acme, role, *permissions))
    old = aged(batch)
    with application_role():
        shown = client.get(url(old)).context["actions_detail"]
        assert {action["title"] for action in shown} == offered
        answer = act(client, url(old, "deletion_purge"))
    if status is None:
        assert answer.headers["HX-Redirect"] == LIST
    else:
        assert answer.status_code == status
        assert status == 403 or "You need the role maintainer" in words(answer)
    assert PRD.all_objects.exists() is (status is not None)

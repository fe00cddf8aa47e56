"""The timeline: what, when, who, through what, why, and what exactly changed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from apps.accounts.models import ApiTokenEvent, User, UserEvent
from apps.accounts.services import update_user
from apps.audit.admin import EventAdmin
from apps.audit.history import read_history
from apps.core.context import Source, acting
from apps.prds.models import PRDEvent
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository, RepositoryEvent, RepositoryMemberEvent
from apps.repositories.services import issue_repository_token, set_member, update_repository
from apps.tasks.deletion import delete_task
from apps.tasks.links import Links
from apps.tasks.models import Task, TaskEvent
from apps.tasks.services import update_task
from tests.conftest import application_role
from tests.factories import MemberFactory

from .support import judge, list_url, logged_in, page_url, prd, staff, statements, tasks


def words(response: object) -> str:
    """The page's text, without markup and doubled blanks."""
    body = response.content.decode()  # type: ignore[attr-defined]
    text = re.sub(r"<[^>]+>", " ", body[body.index('id="content"') :])
    return " ".join(text.replace("&quot;", '"').split())


def test_who_did_what_through_what_and_why(console: Client, op: User, acme: Repository) -> None:
    task, parent = tasks(acme, 2)
    anna = User.objects.create_user("anna")
    with acting(source=Source.API, actor=anna, name="PATCH /x", reason="Customer asked"):
        update_task(
            actor=op,
            task=task,
            changes={"status": "in_progress", "parent_task": parent, "tags": ["a", "b"]},
        )
    text = words(console.get(page_url(task, "history")))
    for part in (
        "Changed",
        "by anna",
        "API",
        "“Customer asked”",
        "PATCH /x",
        "version 2",
        "Status Pending → In progress",
        f"Parent task — → {parent.content}",
        "Tags — → a, b",
        "First recorded",
    ):
        assert part in text, part
    assert text.index("Changed") < text.index("Created")


def test_a_change_in_psql_names_the_login(console: Client, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE tasks SET priority = 'low' WHERE id = %s", [task.pk])
        cursor.execute("SELECT session_user")
        login = cursor.fetchone()[0]
    text = words(console.get(page_url(task, "history")))
    assert f"by {login} Database" in text
    assert "Priority Medium → Low" in text


def test_long_text_is_a_line_diff(console: Client, op: User, acme: Repository) -> None:
    task = tasks(acme, 1, details="\n".join(f"line {n}" for n in range(50)))[0]
    update_task(actor=op, task=task, changes={"details": task.details.replace("line 25", "LINE")})
    page = console.get(page_url(task, "history"))
    body = page.content.decode()
    assert "removed: </span>line 25" in body
    assert "added: </span>LINE" in body
    assert "line 40" not in body.split("<details")[0]


def test_json_is_compared_by_path(console: Client, op: User, acme: Repository) -> None:
    criteria = [{"text": "Fast", "met": False}, {"text": "Safe", "met": False}]
    task = tasks(acme, 1, acceptance_criteria=criteria, metadata={"a": {"b": 1}})[0]
    changed = [criteria[0], {"text": "Safe", "met": True}]
    update_task(
        actor=op,
        task=task,
        changes={"acceptance_criteria": changed, "metadata": {"a": {"b": 2}}},
    )
    text = words(console.get(page_url(task, "history")))
    assert "Acceptance criteria [2].met No → Yes" in text
    assert "Metadata a.b 1 → 2" in text
    assert "[1].met" not in text.split("First recorded")[0]


def test_text_of_people_is_escaped(console: Client, op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    update_task(actor=op, task=task, changes={"content": "<img src=x onerror=alert(1)>"})
    for url in (page_url(task, "history"), page_url(task), list_url(Task), list_url(TaskEvent)):
        assert "<img src=x" not in console.get(url).content.decode()


def test_long_histories_are_paged(console: Client, op: User, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    for number in range(45):
        update_task(actor=op, task=task, changes={"assignee": f"p{number}"})
    seen: list[object] = []
    url: str | None = page_url(task, "history")
    while url:
        with statements() as found:
            shown = console.get(url).context["timeline"]
        assert not judge(found, most=9)
        seen += [shown_entry.entry.id for shown_entry in shown.entries]
        assert shown.entries[0].changes
        url = f"{page_url(task, 'history')}?before={shown.older}" if shown.older else None
    assert len(seen) == len(set(seen)) == 46
    assert console.get(page_url(task, "history"), {"before": "rubbish"}).status_code == 200


def test_unknown_records_lead_home(console: Client) -> None:
    for key in ("nonsense", "00000000-0000-0000-0000-000000000000"):
        assert console.get(f"/admin/tasks/task/{key}/history/").status_code == 302


def test_events_by_kind_source_actor_and_request(
    console: Client, op: User, acme: Repository
) -> None:
    task = tasks(acme, 3)[0]
    anna = User.objects.create_user("anna")
    with acting(source=Source.API, actor=anna):
        update_task(actor=op, task=task, changes={"assignee": "x"})
    request_id = TaskEvent.objects.get(pgh_label="update").pgh_context["request_id"]
    body = console.get(page_url(task, "history")).content.decode()
    assert f"/admin/requests/?id={request_id}" in body
    for query, count in (
        ({}, 4),
        ({"what": "update"}, 1),
        ({"what": "insert"}, 3),
        ({"source": "api"}, 1),
        ({"who": "anna"}, 1),
        ({"who": "nobody"}, 0),
        ({"request": request_id}, 1),
        ({"when": "today"}, 4),
    ):
        shown = console.get(list_url(TaskEvent), query).context["cl"]
        assert shown.result_count == count, query


def test_events_cannot_be_written(console: Client, acme: Repository) -> None:
    tasks(acme, 1)
    event = TaskEvent.objects.get()
    assert console.get(page_url(event)).status_code == 200
    assert console.post(page_url(event), {"content": "forged"}).status_code == 403
    assert console.get("/admin/tasks/taskevent/add/").status_code == 403
    assert console.post(page_url(event, "delete"), {"post": "yes"}).status_code == 403


def test_the_list_is_called_as_in_the_sidebar(console: Client) -> None:
    body = console.get(list_url(TaskEvent)).content.decode()
    assert re.search(r"<title>\s*Task history \|", body)
    assert "Task events" not in body


def instants(record: Any) -> list[str]:
    """When each entry of the record's history was written, oldest first."""
    page = read_history(type(record), record.pk, limit=50)
    return [entry.at.isoformat() for entry in reversed(page.entries)]


def test_links_are_told_with_their_task(console: Client, op: User, acme: Repository) -> None:
    task, first, second = tasks(acme, 3)
    for wanted, why in (([first.pk, second.pk], "both"), ([second.pk], "one")):
        with acting(source=Source.API, actor=op, reason=why):
            update_task(actor=op, task=task, changes={}, links=Links(dependencies=wanted))
    with statements() as found:
        page = console.get(page_url(task, "history"))
    assert not judge(found, most=10)
    one, both, _ = page.context["timeline"].entries
    assert [(links.label, links.added, links.removed) for links in both.links] == [
        ("Dependencies", (f"{first.content} (blocks)", f"{second.content} (blocks)"), ())
    ]
    assert one.links[0].removed == (f"{first.content} (blocks)",)
    assert "Dependencies removed: Mend pump 1 (blocks)" in words(page)
    there = words(console.get(page_url(first, "history")))
    assert "Blocks removed: Mend pump 0 (blocks)" in there


def test_a_record_as_of_an_instant(console: Client, op: User, acme: Repository) -> None:
    task, other = tasks(acme, 2, details="old\nwords", metadata={"a": {"b": 1}})
    update_task(
        actor=op,
        task=task,
        changes={"status": "in_progress", "details": "new\nwords", "metadata": {"a": {"b": True}}},
        links=Links(dependencies=[other.pk]),
    )
    update_task(actor=op, task=task, changes={"assignee": "anna"}, links=Links(dependencies=[]))
    made, changed, _ = instants(task)
    url = page_url(task, "history")
    with statements() as found:
        page = console.get(url, {"as_of": made})
    assert not judge(found, most=13)
    text = words(page)
    for part in (
        "version 1",
        "Status Pending Now: Pending → In progress",
        "Details old words Now:",
        "Metadata a.b 1 → Yes",
        "Assignee — Now: — → anna",
        "Priority Medium",
    ):
        assert part in text, part
    assert f'href="?as_of={made.replace("+", "%2B").replace(":", "%3A")}"' in (
        console.get(url).content.decode()
    )
    then = words(console.get(url, {"as_of": changed}))
    assert f"Dependencies {other.content} (blocks) Now:" in then
    assert "Status In progress Complexity" in then.replace(" Priority Medium", "")
    assert "nothing differs now" in words(console.get(url, {"as_of": "2099-01-01T00:00"}))
    assert "did not exist then" in words(console.get(url, {"as_of": "2020-01-01T00:00"}))
    assert "is no date and time" in words(console.get(url, {"as_of": "yesterday"}))


def test_deleted_and_removed_records_keep_their_history(
    console: Client, op: User, acme: Repository
) -> None:
    task = tasks(acme, 1)[0]
    made = instants(task)[0]
    delete_task(actor=op, task=task)
    url = page_url(task, "history")
    text = words(console.get(url))
    assert "Deleted" in text
    assert page_url(task) in console.get(url).content.decode()
    with connection.cursor() as cursor:  # as the owner: the application may not
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM tasks WHERE id = %s", [task.pk])
    with application_role():
        page = console.get(url)
        assert [shown.verb for shown in page.context["timeline"].entries] == [
            "Removed",
            "Deleted",
            "Created",
        ]
        assert "it is gone now" in words(console.get(url, {"as_of": made}))
        assert "It was removed at" in words(console.get(url, {"as_of": "2099-01-01T00:00"}))


@pytest.mark.usefixtures("console")
def test_a_removed_record_is_seen_by_who_saw_it(acme: Repository) -> None:
    insider, outsider = staff("insider", "view_task"), staff("outsider", "view_task")
    MemberFactory(repository=acme, user=insider, role=MemberRole.VIEWER)
    task = tasks(acme, 1)[0]
    url = page_url(task, "history")
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("DELETE FROM tasks WHERE id = %s", [task.pk])
    with application_role():
        assert logged_in(insider).get(url).status_code == 200
        assert logged_in(outsider).get(url).status_code == 302
        assert logged_in(staff("nobody")).get(url).status_code in {302, 403}


def test_rights_are_told_on_the_users_page(console: Client, op: User) -> None:
    anna = User.objects.create_user("anna")
    rights = list(Permission.objects.filter(codename__in=["view_task", "view_prd", "add_task"]))
    with acting(source=Source.CONSOLE, actor=op, reason="On call"):
        update_user(actor=op, user=anna, changes={"user_permissions": rights})
    with statements() as found:
        page = console.get(page_url(anna, "history"))
    assert not judge(found, most=8)
    text = words(page)
    assert "“On call”" in text
    for right in rights:
        assert f"added: {right}" in text


def test_members_and_repositories_of_tokens_are_told(
    console: Client, op: User, acme: Repository
) -> None:
    anna = User.objects.create_user("anna")
    for role in (MemberRole.VIEWER, MemberRole.MAINTAINER):
        with acting(source=Source.API, actor=op):
            set_member(actor=op, repository=acme, user=anna, role=role)
    text = words(console.get(page_url(acme, "history")))
    assert "Members removed: anna (viewer) added: anna (maintainer)" in text
    token = issue_repository_token(user=op, scope="read", name="ci", repositories=[acme]).record
    assert "Repositories added: acme/api" in words(console.get(page_url(token, "history")))


def test_everything_that_a_request_did(console: Client, op: User, acme: Repository) -> None:
    first, second = tasks(acme, 2)
    with acting(source=Source.COMMAND, actor=op, name="tidy", reason="Spring"):
        update_task(actor=op, task=first, changes={"assignee": "x"})
        update_task(actor=op, task=second, changes={"assignee": "x"})
        update_repository(actor=op, repository=acme, changes={"description": "Tidy"})
    event = RepositoryEvent.objects.get(pgh_label="update")
    with statements() as found:
        page = console.get("/admin/requests/", {"id": event.pgh_context["request_id"]})
    kinds = sum(isinstance(listed, EventAdmin) for listed in admin.site._registry.values())
    assert not judge(found, most=2 * kinds + 4)  # by kinds of records, not by events
    assert [deed.kind for deed in page.context["deeds"]] == ["Repository", "Task", "Task"]
    text = words(page)
    for part in ("by op", "Command", "tidy", "“Spring”", "3 changes", second.content):
        assert part in text
    for unknown in ("", "nobody-knows", "\0"):
        assert "Nothing is known" in words(console.get("/admin/requests/", {"id": unknown}))
    outsider = logged_in(staff("outsider", "view_task", "view_repository"))
    hidden = outsider.get("/admin/requests/", {"id": event.pgh_context["request_id"]})
    assert hidden.context["deeds"] == []
    assert Client().get("/admin/requests/").status_code == 302


def test_every_record_has_a_list_of_its_history(console: Client, acme: Repository) -> None:
    prd(acme)
    tasks(acme, 1)
    op = User.objects.get(username="op")
    MemberFactory(repository=acme, user=op)
    issue_repository_token(user=op, scope="read", name="ci")
    lists = (
        (TaskEvent, "Task"),
        (PRDEvent, "PRD"),
        (RepositoryEvent, "Repository"),
        (RepositoryMemberEvent, "Repository member"),
        (ApiTokenEvent, "API token"),
        (UserEvent, "User"),
    )
    for model, name in lists:
        assert isinstance(admin.site.get_model_admin(model), EventAdmin)
        with statements() as found:
            page = console.get(list_url(model))
        assert not judge(found, most=6), model
        assert f"{name} history" in page.content.decode()
        event = model.objects.first()
        url = page_url(event, "history")
        history = page_url(event.pgh_tracked_model(pk=event.pgh_obj_id), "history")
        assert console.get(url).headers["Location"] == history


def test_lists_show_what_is_in_sight(console: Client, acme: Repository) -> None:
    prd(acme)
    permissions = ("view_prd", "view_repository", "view_apitoken", "view_repositorymember")
    person = staff("outsider", *permissions)
    MemberFactory(repository=acme, user=User.objects.get(username="op"))
    issue_repository_token(user=User.objects.get(username="op"), scope="read", name="ci")
    client = logged_in(person)
    for model in (PRDEvent, RepositoryEvent, RepositoryMemberEvent, ApiTokenEvent):
        assert console.get(list_url(model)).context["cl"].result_count >= 1
        assert client.get(list_url(model)).context["cl"].result_count == 0
    assert client.get(list_url(UserEvent)).status_code == 403

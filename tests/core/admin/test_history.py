"""The timeline: what, when, who, through what, why, and what exactly changed."""

from __future__ import annotations

import re

from django.db import connection
from django.test import Client

from apps.accounts.models import User
from apps.core.context import Source, acting
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskEvent
from apps.tasks.services import update_task

from .support import judge, list_url, page_url, statements, tasks


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
        assert not judge(found, most=6)
        seen += [entry.key for entry in shown.entries]
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
    assert f"?request={request_id}" in console.get(page_url(task, "history")).content.decode()
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

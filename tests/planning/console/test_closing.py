"""Applying, refreshing and discarding in the console, and what is to be seen afterwards."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.planning import progress
from apps.planning.models import PRDPlan
from apps.planning.services import EntryDecision, decide
from apps.repositories.models import Repository
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task
from apps.tasks.services import update_task
from tests.contracts import nothing_written
from tests.core.admin.support import page_url, words
from tests.planning.documents import PLAN
from tests.planning.test_plans_api import CHANGED

from .support import apply, entry, plan_of

pytestmark = pytest.mark.usefixtures("as_app")


def test_nothing_is_applied_before_the_questions_are_answered(
    console: Client, conflict: PRDPlan
) -> None:
    with nothing_written():
        response = apply(console, conflict)
    row = entry(conflict, "BR-9-02")
    link = reverse("admin:planning_prdplanentry_change", args=[row.pk])
    assert f'<a href="{link}">BR-9-02 Build a wide bridge</a>' in response.content.decode()
    assert "Nothing was changed." in words(response)


def test_a_task_that_changed_since_asks_for_a_refresh(
    console: Client, writer: User, repository: Repository, imported: dict[str, Task]
) -> None:
    plan = plan_of(writer, repository, CHANGED)
    update_task(actor=writer, task=imported["BR-9-02"], changes={"content": "Mine"})
    with nothing_written():
        response = apply(console, plan)
    assert "Refresh the plan" in words(response)
    url = page_url(plan, "refresh")
    assert f'action="{url}"' in response.content.decode()
    assert console.get(url)["Location"] == page_url(plan), "a GET changes nothing"
    assert entry(plan, "BR-9-02").kind == "change"
    console.post(url, {"version": plan.version})
    assert entry(plan, "BR-9-02").kind == "conflict"


def test_applying_what_others_have_changed_is_refused(
    console: Client, other: User, writer: User, repository: Repository
) -> None:
    plan = plan_of(writer, repository, PLAN)
    words_of = [EntryDecision(entry(plan, "BR-9-01").pk, decision="rejected")]
    decide(actor=other, plan=plan, decisions=words_of)
    with nothing_written():
        response = console.post(page_url(plan, "apply"), {"version": plan.version})
    assert "Look at it once more." in words(response)


def test_a_plan_is_discarded_after_a_question(
    console: Client, writer: User, repository: Repository
) -> None:
    plan = plan_of(writer, repository, PLAN)
    with nothing_written():
        assert "Nothing of it will be done." in words(console.get(page_url(plan, "discard")))
    console.post(page_url(plan, "discard"), {"version": plan.version})
    plan.refresh_from_db()
    assert (plan.state, plan.closed_by) == ("discarded", writer)
    assert "Discarded" in words(console.get(page_url(plan)))


def test_progress_for_the_page_that_waits(
    console: Client, writer: User, repository: Repository
) -> None:
    plan = plan_of(writer, repository, PLAN)
    url = page_url(plan, "progress")
    assert console.get(url).json() == {"state": "open", "progress": None}
    progress.report(plan.pk, "creating", 3)
    lock_graph(repository.pk)  # as whoever applies it does
    assert console.get(url).json()["progress"] == {
        "step": "creating",
        "number": 3,
        "of": 5,
        "tasks": 3,
    }
    assert f'data-progress="{url}"' in console.get(page_url(plan, "apply")).content.decode()


def test_an_applied_plan_leads_to_what_it_made(
    console: Client, repository: Repository, imported: dict[str, Task]
) -> None:
    plan = PRDPlan.objects.get()
    page = console.get(page_url(plan)).content.decode()
    for task in imported.values():
        assert f'href="{page_url(task)}"' in page
    assert f"?prd__id__exact={plan.prd_id}" in page
    history = words(console.get(page_url(plan, "history")))
    assert "State In review → Applied" in history
    first = entry(plan, "BR-9-01")
    url = reverse("admin:planning_prdplanentry_history", args=[first.pk])
    assert "First recorded" in words(console.get(url))


def test_a_task_says_where_it_comes_from(console: Client, imported: dict[str, Task]) -> None:
    task = imported["BR-9-02"]
    page = console.get(page_url(task)).content.decode()
    document = reverse("admin:prds_prd_document", args=[task.prd_id])
    assert f'<a class="th-link" href="{document}?line=18">lines 18 to 25</a>' in page
    assert "as BR-9-02 · BR-9 Bridge over the brook &gt; Tasks" in page
    assert "no longer in the document" not in page
    plan = plan_of(User.objects.get(username="writer"), task.repository, CHANGED)
    apply(console, plan)
    gone = words(console.get(page_url(imported["BR-9-03"])))
    assert re.search(r"no longer in the document since \d{4}-\d\d-\d\d \d\d:\d\d", gone)

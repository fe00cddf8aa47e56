"""Plans in the console: import, review, decide, apply; what is refused loses no input."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.services import make_plan
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.core.admin.support import logged_in, member, page_url, words

from .documents import PLAN
from .test_plans_api import CHANGED

pytestmark = pytest.mark.usefixtures("as_app")
IMPORT = "/admin/planning/prdplan/add/"
MAY_ALL = ("view_prdplan", "add_prdplan", "change_prdplan", "view_task", "view_prd")


@pytest.fixture
def writer(repository: Repository) -> User:
    """A contributor who may use the console's pages of plans."""
    return member("writer", repository, MemberRole.CONTRIBUTOR, *MAY_ALL)


@pytest.fixture
def console(writer: User) -> Client:
    return logged_in(writer)


@pytest.fixture
def imported(console: Client, repository: Repository) -> dict[str, Task]:
    """The first text's tasks by their ids in the document."""
    plan = submit(console, repository, PLAN)
    apply(console, plan)
    return {task.external_key.key: task for task in Task.objects.select_related("external_key")}


def submit(
    client: Client, repository: Repository, text: str, filename: str = "bridge.md", **more: Any
) -> PRDPlan:
    """The plan that the form makes of a pasted text."""
    data = {"repository": repository.name, "text": text, "filename": filename}
    response = client.post(IMPORT, data | {"generate_tasks": "on"} | more)
    assert response.status_code == 302, words(response)
    plan: PRDPlan = PRDPlan.objects.latest("id")
    assert response["Location"] == page_url(plan)
    return plan


def plan_of(actor: User, repository: Repository, text: str) -> PRDPlan:
    return make_plan(actor=actor, repository=repository, filename="bridge.md", content=text)


def apply(client: Client, plan: PRDPlan) -> Any:
    plan.refresh_from_db()
    return client.post(page_url(plan, "apply"), {"version": plan.version})


def entry(plan: PRDPlan, key: str) -> PRDPlanEntry:
    found: PRDPlanEntry = plan.entries.get(key=key)
    return found


def posted(client: Client, plan: PRDPlan, query: str = "") -> dict[str, str]:
    """What a browser would post from the plan's page, untouched."""
    page = client.get(page_url(plan) + query)
    data = {"version": str(PRDPlan.objects.get(pk=plan.pk).version)}
    for shown in page.context["entries"]:
        for bound in shown.form:
            value = bound.value()
            if value not in (None, "") or not hasattr(bound.field, "choices"):
                data[bound.html_name] = (
                    bound.field.prepare_value(value) if value is not None else ""
                )
    return data


def said(plan: PRDPlan, key: str) -> tuple[str, Any]:
    row = entry(plan, key)
    return row.decision, row.answers


def test_a_pasted_text_becomes_a_plan(console: Client, repository: Repository) -> None:
    plan = submit(console, repository, PLAN.replace("\n", "\r\n"))
    assert (plan.content, plan.filename, plan.state) == (PLAN, "bridge.md", "open")
    page = console.get(page_url(plan))
    assert page.status_code == 200
    text = words(page)
    assert "New task 3" in text
    assert "BR-9-02 Build the bridge" in text


def test_smoke(console: Client, repository: Repository, imported: dict[str, Task]) -> None:
    assert set(imported) == {"BR-9-01", "BR-9-02", "BR-9-03"}
    Task.objects.filter(pk=imported["BR-9-02"].pk).update(estimated_minutes=90)
    plan = submit(console, repository, CHANGED)
    page = console.get(page_url(plan))
    data = posted(console, plan)
    page = console.post(page_url(plan), data)
    assert page.status_code == 302
    plan.refresh_from_db()
    assert str(plan.version) == data["version"], "an untouched page is no write"
    page = apply(console, plan)
    key = entry(plan, "BR-9-02").pk
    data |= {f"e-{key}-choice-estimated_minutes": "mine"}
    page = console.post(page_url(plan), data | {"then": "apply"})
    assert page["Location"] == page_url(plan, "apply"), words(page)
    page = apply(console, plan)
    assert page.status_code == 302

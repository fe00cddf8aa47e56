"""What the tests of the console's pages of plans share."""

from __future__ import annotations

from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.services import make_plan
from apps.repositories.models import Repository
from tests.core.admin.support import page_url

IMPORT = "/admin/planning/prdplan/add/"
MAY_ALL = ("view_prdplan", "add_prdplan", "change_prdplan", "view_task", "view_prd")


def plan_of(actor: User, repository: Repository, text: str, name: str = "bridge.md") -> PRDPlan:
    return make_plan(actor=actor, repository=repository, filename=name, content=text)


def apply(client: Client, plan: PRDPlan) -> Any:
    plan.refresh_from_db()
    return client.post(page_url(plan, "apply"), {"version": plan.version})


def entry(plan: PRDPlan, key: str) -> PRDPlanEntry:
    found: PRDPlanEntry = plan.entries.get(key=key)
    return found


def opened(client: Client, plan: PRDPlan, query: str = "") -> dict[str, str]:
    """What a browser would post from the plan's page, untouched."""
    response = client.get(page_url(plan) + query)
    return inputs(response)


def inputs(response: Any) -> dict[str, str]:
    """The values of the page's form."""
    data = {"version": str(response.context["original"].version)}
    for shown in response.context["entries"]:
        for bound in shown.form:
            value = bound.field.prepare_value(bound.value())
            if value not in (None, ""):
                data[bound.html_name] = str(value)
            elif not hasattr(bound.field, "choices"):
                data[bound.html_name] = ""
    return data


def put(plan: PRDPlan, key: str, **values: str) -> dict[str, str]:
    """Inputs of one entry, with `__` for the dash of their names."""
    pk = entry(plan, key).pk
    return {f"e-{pk}-{name.replace('__', '-')}": value for name, value in values.items()}


def said(plan: PRDPlan, key: str) -> tuple[str, Any]:
    row = entry(plan, key)
    return row.decision, row.answers

"""Templates in the console: their use, what became of it, their versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.planning.models import TemplateInstance
from apps.planning.services.instantiating import instantiate_template
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository, RepositoryMember
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import create_template, update_template
from apps.tasks.models import Task
from apps.tasks.services import update_task
from tests.contracts import nothing_written
from tests.core.admin.support import (
    judge,
    logged_in,
    member,
    operator,
    page_url,
    statements,
    words,
)
from tests.factories import RepositoryFactory
from tests.task_templates.steps import STEPS, TEMPLATE, VARIABLES, step

from .test_templates import MAY

pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def author(repository: Repository) -> User:
    return member("author", repository, MemberRole.CONTRIBUTOR, *MAY)


@pytest.fixture
def console(author: User) -> Client:
    return logged_in(author)


@pytest.fixture
def template(repository: Repository) -> TaskTemplate:
    """For all repositories."""
    return create_template(
        actor=operator(), repository=None, values={"name": "New service", **TEMPLATE}
    )


@pytest.fixture
def instance(author: User, template: TaskTemplate, repository: Repository) -> TemplateInstance:
    return instantiate_template(
        actor=author, template=template, repository=repository, values={"service": "Mail"}
    )


def posted(repository: Repository, **values: str) -> dict[str, str]:
    given = {"service": "Billing", "weeks": "2", "risky": "false", **values}
    return {
        "number": "1",
        "repository": repository.name,
        "assignee": "mara",
        **{f"value-{name}": value for name, value in given.items()},
    }


def instance_page(instance: TemplateInstance, page: str = "instance") -> str:
    name = f"admin:task_templates_tasktemplate_{page}"
    return reverse(name, args=[instance.template_id, instance.pk])


# -- use ----
def test_tasks_are_made_and_shown(
    console: Client, template: TaskTemplate, repository: Repository
) -> None:
    url = page_url(template, "use")
    page = console.get(url)
    assert "Choose one" in words(page)
    assert page.context["form"].initial == {"repository": repository.name}  # the only one
    with nothing_written():
        tried = console.post(f"{url}preview/", posted(repository, weeks="3"))
    assert "Within 3 weeks. Risky: false." in words(tried)
    made = console.post(url, posted(repository, weeks="3"))
    instance = TemplateInstance.objects.get()
    assert made.status_code == 302
    assert made["Location"] == instance_page(instance)
    assert instance.variables == {"service": "Billing", "weeks": 3, "risky": False}
    shown = words(console.get(made["Location"]))
    assert "4 tasks made of New service." in shown
    for sentence in ("Build Billing", "0 of 4 steps done", "of version 1, the current one"):
        assert sentence in shown
    assert set(Task.objects.values_list("assignee", flat=True)) == {"mara"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"value-service": ""}, "required"),
        ({"value-weeks": "99"}, "12"),
        ({"value-weeks": "two"}, "whole number"),
        ({"value-risky": "maybe"}, "true or false"),
        ({"value-service": "a\x00b"}, "NUL"),
        ({"repository": ""}, "Choose the repository"),
        ({"repository": "no/such"}, "no repository of this name"),
        ({"repository": "a\x00"}, "no repository of this name"),
        ({"number": "7"}, "version 1 now; you were shown version 7"),
        ({"assignee": "x" * 300}, "at most 255 characters"),
    ],
)
def test_what_is_refused_stays_in_the_form(
    console: Client,
    template: TaskTemplate,
    repository: Repository,
    changed: dict[str, str],
    said: str,
) -> None:
    data = posted(repository, service="Kept words") | changed
    with nothing_written():
        page = console.post(page_url(template, "use"), data)
    assert page.status_code == 200
    assert "No task was made yet" in words(page)
    assert said.lower() in words(page).lower(), words(page)
    given = {f"value-{one.name}": one.given for one in page.context["preview"].inputs}
    assert given == {name: value for name, value in data.items() if name.startswith("value-")}


def test_use_takes_a_role_and_a_permission(template: TaskTemplate, repository: Repository) -> None:
    viewer = logged_in(member("viewer", repository, MemberRole.VIEWER, *MAY))
    url = page_url(template, "use")
    assert "There is no repository in which you may use it" in words(viewer.get(url))
    with nothing_written():
        assert "no repository of this name" in words(viewer.post(url, posted(repository)))
    without = [one for one in MAY if one != "add_task"]
    looker = logged_in(member("looker", repository, MemberRole.CONTRIBUTOR, *without))
    assert "Use template" not in words(looker.get(page_url(template)))
    for path in (url, f"{url}preview/"):
        assert looker.post(path, posted(repository)).status_code == 403


def test_a_repositorys_template_is_used_there(author: User, repository: Repository) -> None:
    other = RepositoryFactory()
    RepositoryMember.objects.create(repository=other, user=author, role=MemberRole.CONTRIBUTOR)
    own = create_template(actor=author, repository=repository, values={"name": "Own", **TEMPLATE})
    with nothing_written():
        page = logged_in(author).post(page_url(own, "use"), posted(other))
    assert "no repository of this name" in words(page)


# -- instances ----
def test_instances_and_their_outcomes(
    console: Client, author: User, template: TaskTemplate, instance: TemplateInstance
) -> None:
    url = page_url(template, "instances")
    assert "Open 0 of 4" in words(console.get(url))
    steps = {one.key: one.task_id for one in instance.steps.all()}
    for key in ("design", "build", "test", "launch"):
        for status in ("in_progress", "completed"):
            task = Task.objects.get(pk=steps[key])
            update_task(actor=author, task=task, changes={"status": status})
    said = words(console.get(url))
    assert "Succeeded 4 of 4" in said
    assert "author" in said
    assert "Build Mail" in words(console.get(instance_page(instance)))


def test_others_repositories_are_not_shown(
    template: TaskTemplate, instance: TemplateInstance, repository: Repository
) -> None:
    stranger = logged_in(member("stranger", RepositoryFactory(), MemberRole.MAINTAINER, *MAY))
    said = words(stranger.get(page_url(template, "instances")))
    assert "No uses in repositories that you may see." in said
    assert repository.name not in said
    for page in ("instance", "instance_changes"):
        assert stranger.get(instance_page(instance, page)).status_code == 404
    blind = logged_in(member("blind", repository, MemberRole.VIEWER, "view_tasktemplate"))
    assert "Build Mail" not in words(blind.get(instance_page(instance)))
    other = create_template(actor=operator("op2"), repository=None, values={"name": "Other"})
    name = "admin:task_templates_tasktemplate_instance"
    assert blind.get(reverse(name, args=[other.pk, instance.pk])).status_code == 404


def test_the_list_of_uses_asks_little(
    console: Client, author: User, template: TaskTemplate, repository: Repository
) -> None:
    for n in range(27):
        instantiate_template(
            actor=author, template=template, repository=repository, values={"service": f"S{n}"}
        )
    url = page_url(template, "instances")
    console.get(url)
    with statements() as found:
        page = console.get(url)
    assert len(page.context["rows"]) == 25
    assert len(found) <= 12, found
    older = console.get(f"{url}?before={page.context['older']}")
    assert len(older.context["rows"]) == 2
    assert judge([sql for sql in found if "COUNT(" not in sql.upper()], most=12) == []


# -- versions ----
def test_versions_are_compared(
    console: Client, template: TaskTemplate, instance: TemplateInstance
) -> None:
    boss = operator("boss")
    variables: dict[str, Any] = {
        **VARIABLES,
        "properties": {**VARIABLES["properties"], "team": {"type": "string"}},
    }
    steps = [STEPS[0], step("design", "Draw <b>{{service}}</b>"), *STEPS[2:], step("party")]
    update_template(actor=boss, template=template, changes={"tasks": steps, "variables": variables})
    assert "2 versions" in words(console.get(page_url(template)))
    listed = words(console.get(page_url(template, "versions")))
    assert "2 · changes of version 2" in listed
    compare = page_url(template, "compare")
    for query in ("", "?from=1&to=2", "?to=2"):
        page = console.get(compare + query)
        said = words(page)
        for sentence in ("new party Do party", "changed design", "Draw <b>{{service}}</b>"):
            assert sentence in said, said
        assert "new team" in said
        assert "<b>{{" not in page.content.decode()
    assert "gone party" in words(console.get(f"{compare}?from=2&to=1"))
    assert "Nothing differs" in words(console.get(f"{compare}?from=1&to=1"))
    assert "There is no version 9" in words(console.get(f"{compare}?from=9&to=2"))
    assert console.get(f"{compare}?from=x&to=-3").status_code == 200
    assert "now 2: what changed" in words(console.get(page_url(template, "instances")))
    said = words(console.get(instance_page(instance, "instance_changes")))
    assert "made of version 1; the template is at version 2 now" in said
    assert "new party" in said

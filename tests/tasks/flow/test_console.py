"""The page "Flow" and what a task's page says of it: shown, to whom, at which price."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from apps.core.ids import uuid7
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.admin import flow as pages
from apps.tasks.critical_paths import refresh_critical_path
from apps.tasks.models import Task
from tests.contracts import nothing_written
from tests.core.admin.support import (
    judge,
    logged_in,
    member,
    operator,
    page_url,
    staff,
    statements,
    words,
)
from tests.factories import (
    PRDFactory,
    RepositoryFactory,
    TaskDependencyFactory,
    TaskFactory,
)

from .test_api import circle
from .test_reading import chain

pytestmark = pytest.mark.usefixtures("as_app")
HOSTILE = "</title><script>alert(1)</script>\u202e" + "x" * 900


@pytest.fixture
def client(repository: Repository) -> Any:
    return logged_in(member("mara", repository, MemberRole.VIEWER, "view_task"))


def show(client: Any, repository: Any = None, **query: Any) -> Any:
    if repository is not None:
        query["repository"] = getattr(repository, "pk", repository)
    with nothing_written():
        return client.get(reverse("admin:flow"), query)


def labels(response: Any) -> list[str]:
    """What the links of the drawings say."""
    return re.findall(r'<a href="[^"]+" aria-label="([^"]+)"', response.content.decode())


def test_the_path_is_drawn_with_links(client: Any, repository: Repository) -> None:
    tasks = chain(repository, 30, None, 150)
    Task.objects.filter(pk=tasks[0].pk).update(status="in_progress")
    response = show(client, repository)
    told = [
        f"1: {tasks[0].content}, In progress, 30 min",
        f"2: {tasks[1].content}, Pending, 30 min, assumed",
        f"3: {tasks[2].content}, Pending, 2 h 30 min",
    ]
    assert labels(response) == told * 2  # for wide and for narrow screens
    for task in tasks:
        assert f'<a href="{page_url(task)}" aria-label' in response.content.decode()
    assert "3 tasks, 3 h 30 min: so long all of it takes" in words(response)
    assert "It is the longest blocked chain, too." in words(response)


def test_the_longest_chain_is_drawn_when_it_is_another(client: Any, repository: Repository) -> None:
    chain(repository, 1, 1, 1)
    chain(repository, 500)
    response = show(client, repository)
    assert "1 task, 8 h 20 min" in words(response)
    assert "3 tasks that wait one for another, 3 min of work." in words(response)
    assert len(labels(response)) == 2 * (1 + 3)


def test_a_long_path_is_cut_and_says_so(client: Any, repository: Repository) -> None:
    chain(repository, *[1] * 15)
    response = show(client, repository)
    assert len(labels(response)) == 2 * (pages.MOST_DRAWN - 1)
    assert words(response).count(f"and {15 - pages.MOST_DRAWN + 1} more") == 2


def test_a_circle_is_a_warning_with_a_remedy(client: Any, repository: Repository) -> None:
    parent, child = circle(repository)
    TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=child)
    said = words(show(client, repository))
    assert "2 tasks wait for one another: as things stand none of them can be done." in said
    assert f"{parent.content} waits for the next one, its open child." in said
    assert f"{child.content} depends on the first one." in said
    assert "Take one of these dependencies away" in said
    assert "1 more task waits for what goes in circles." in said


def test_hostile_titles_are_only_text(client: Any, repository: Repository) -> None:
    for task in [*chain(repository, 1, 1), *circle(repository)]:
        Task.objects.filter(pk=task.pk).update(content=HOSTILE)
    text = show(client, repository).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_of_a_prd(client: Any, repository: Repository) -> None:
    prd = PRDFactory(repository=repository, filename="plan.md")
    tasks = chain(repository, 30, 40, prd=prd)
    TaskDependencyFactory(task=tasks[0], depends_on=TaskFactory(repository=repository))
    for response in (show(client, repository, prd=prd.pk), show(client, prd=prd.pk)):
        assert len(labels(response)) == 2 * 2
        assert "only plan.md" in words(response)
        assert "1 tasks hold up its own" in words(response)
    other = RepositoryFactory(name="acme/other")
    refused = show(logged_in(operator()), other, prd=prd.pk)
    assert "The PRD plan.md belongs to acme/rocket, not to acme/other." in words(refused)
    assert labels(refused) == []


def test_without_a_repository_the_longest_stored_paths(client: Any, repository: Repository) -> None:
    assert "Choose a repository." in words(show(client))
    chain(repository, 30, 40)
    hidden = RepositoryFactory(name="acme/hidden")
    chain(hidden, 30, 400)
    for each in (repository, hidden):
        refresh_critical_path(each)
    response = show(client)
    assert f'href="{reverse("admin:flow")}?repository={repository.pk}"' in response.content.decode()
    assert "acme/rocket 70 min 2" in words(response)
    assert "acme/hidden" not in words(response)
    everything = words(show(logged_in(operator())))
    assert everything.index("acme/hidden") < everything.index("acme/rocket")


def test_too_many_tasks_are_asked_for_by_prd(
    client: Any, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain(repository, 1, 1)
    monkeypatch.setattr(pages, "MOST_TASKS", 1)
    assert "acme/rocket has more than 1 open tasks. Choose one of its PRDs." in words(
        show(client, repository)
    )


@pytest.mark.parametrize("value", ["x", "00000000-0000-0000-0000-000000000000", "a\0b"])
@pytest.mark.parametrize("name", ["repository", "prd"])
def test_what_is_no_repository_is_said(client: Any, name: str, value: str) -> None:
    response = show(client, **{name: value})
    assert response.status_code == 200
    assert 'class="th-conflict"' in response.content.decode()


def test_who_sees_it(client: Any, repository: Repository) -> None:
    chain(repository, 30, 40)
    nobody = logged_in(staff("nobody"))
    assert show(nobody, repository).status_code == 403
    stranger = logged_in(staff("stranger", "view_task"))
    assert labels(show(stranger, repository)) == []
    assert show(stranger, uuid7()).status_code == 200
    for one, there in ((client, True), (nobody, False)):
        home = one.get(reverse("admin:index"))
        assert (f'href="{reverse("admin:flow")}"' in home.content.decode()) is there


def test_its_statements_are_few_and_bounded(client: Any, repository: Repository) -> None:
    for _ in range(3):
        chain(repository, 1, 2, 3)
        circle(repository)
    url = f"{reverse('admin:flow')}?repository={repository.pk}"
    client.get(url)
    with statements() as few:
        client.get(url)
    for _ in range(6):
        chain(repository, 1, 2, 3)
        circle(repository)
    with statements() as many:
        client.get(url)
    assert len(many) == len(few)
    assert judge(many, most=40) == []


def test_a_task_says_what_completing_it_makes_ready(client: Any, repository: Repository) -> None:
    blocker, waiting = chain(repository, 1, 2)
    url = page_url(blocker)
    text = client.get(url).content.decode()
    assert "Completing it makes ready" in text
    row = text.split("Completing it makes ready")[1][:1500]
    assert page_url(waiting) in row
    Task.objects.filter(pk=blocker.pk).update(status="completed")
    assert (
        page_url(waiting)
        not in client.get(url).content.decode().split("Completing it makes ready")[1][:700]
    )


def test_many_that_become_ready_are_cut(client: Any, repository: Repository) -> None:
    blocker = TaskFactory(repository=repository)
    for _ in range(14):
        TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=blocker)
    text = client.get(page_url(blocker)).content.decode()
    row = text.split("Completing it makes ready")[1]
    assert "… and more" in row[: row.index("</ul>") + 5]
    assert row[: row.index("</ul>")].count("<li>") == 13


def test_a_repository_leads_to_its_flow(repository: Repository) -> None:
    page = logged_in(operator()).get(page_url(repository))
    assert f"{reverse('admin:flow')}?repository={repository.pk}" in page.content.decode()

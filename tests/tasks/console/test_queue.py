"""The page "Queue": what is ready and why in this order, what is held, what waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.admin import queue as pages
from apps.tasks.critical_paths import refresh_critical_path
from apps.tasks.models import Task, TaskClaim
from apps.tasks.queue import read_queue
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
    RepositoryFactory,
    TaskClaimFactory,
    TaskDependencyFactory,
    TaskFactory,
    expire,
)

from .support import RIGHTS, dialog

pytestmark = pytest.mark.usefixtures("as_app")
HOSTILE = "</title><script>alert(1)</script>\u202e" + "x" * 900


@pytest.fixture
def client(repository: Repository) -> Any:
    return logged_in(member("vera", repository, MemberRole.VIEWER, "view_task"))


def show(client: Any, repository: Any = None) -> Any:
    query = {} if repository is None else {"repository": getattr(repository, "name", repository)}
    with nothing_written():
        answer = client.get(reverse("admin:queue"), query)
    assert answer.status_code == 200
    return answer


def test_the_order_is_that_of_the_api_with_its_reasons(client: Any, repository: Repository) -> None:
    late = TaskFactory(repository=repository, priority="low")
    urgent = TaskFactory(
        repository=repository, priority="high", due_at=timezone.now() - timedelta(hours=3)
    )
    TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=urgent)
    answer = show(client, repository)
    ready = answer.context["ready"]
    assert [each.task for each in ready] == [urgent, late]
    assert [each.task for each in ready] == [e.task for e in read_queue(repository).standings]
    said = words(answer)
    for part in (
        "2 ready 0 held 1 blocked",
        "score +9.0 h",
        "1 waiting for it",
        "none waits for it",
        "Should have been begun by",
        "it is due then; 1 open task waits for it.",
        "720 hours after its creation, as its priority low says.",
        "critical path: not computed yet",
        "formula rq-1",
    ):
        assert part in said
    for task in (urgent, late):
        assert page_url(task) in answer.content.decode()


def test_the_critical_path_once_it_is_computed(client: Any, repository: Repository) -> None:
    long = TaskFactory(repository=repository, estimated_minutes=600)
    TaskFactory(repository=repository, estimated_minutes=5)
    refresh_critical_path(repository)
    answer = show(client, repository)
    assert [each.critical for each in answer.context["ready"]] == ["yes", "no"]
    assert answer.context["ready"][0].task == long
    assert "The critical path is as of" in words(answer)


def test_the_formula_is_told_by_its_own_figures() -> None:
    told = " ".join(pages.rules())
    assert "24 (high), 168 (medium), 720 (low)" in told
    assert "6 hours more for each open task that waits for it directly, up to 20" in told
    assert "48 hours more on the critical path" in told


def test_who_holds_what(boss: Any, client: Any, repository: Repository, claim: TaskClaim) -> None:
    said = words(show(client, repository))
    for part in ("0 ready 1 held", "held by ada (login collaborator)", f"fence {claim.fence}"):
        assert part in said
    text = show(client, repository).content.decode()
    assert page_url(claim) not in text  # vera may not see claims
    assert dialog(claim, "take_away") not in text
    text = show(boss, repository).content.decode()
    for part in (page_url(claim), dialog(claim, "take_away"), dialog(claim, "hand_over")):
        assert part in text
    expire(claim)
    assert "Expired held by" in words(show(client, repository))


def test_what_is_blocked_by_what(client: Any, repository: Repository) -> None:
    waiting = TaskFactory(repository=repository, content="Sail away")
    blockers = [TaskFactory(repository=repository, content=f"Board {n}") for n in range(7)]
    for blocker in blockers:
        TaskDependencyFactory(task=waiting, depends_on=blocker)
    TaskClaimFactory(task=blockers[0], holder="ada")
    (blocked,) = show(client, repository).context["blocked"]
    assert (blocked.task, blocked.more) == (waiting, 2)
    said = words(show(client, repository)).split("Blocked: it waits")[1]
    assert "Sail away waits for Pending Board 0 held by ada Pending Board 1" in said
    assert "… and 2 more" in said
    Task.objects.filter(pk__in=[b.pk for b in blockers]).update(status="completed")
    assert show(client, repository).context["blocked"] == []


def test_all_parts_are_bounded_and_say_so(
    client: Any, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MOST_READY", "MOST_HELD", "MOST_BLOCKED"):
        monkeypatch.setattr(pages, name, 2)
    for _ in range(3):
        TaskClaimFactory(task=TaskFactory(repository=repository))
        link = {"depends_on": TaskFactory(repository=repository)}
        TaskDependencyFactory(task=TaskFactory(repository=repository), **link)
    said = words(show(client, repository))
    assert "2+ ready 2+ held 2+ blocked" in said
    for part in (
        "Further tasks are ready; these are the first 2.",
        "Further tasks are held; these claims end first.",
        "Further tasks wait; these are the newest.",
    ):
        assert part in said


def test_an_empty_repository(client: Any, repository: Repository) -> None:
    said = words(show(client, repository))
    for part in (
        "0 ready 0 held 0 blocked",
        "Nothing is ready.",
        "Nobody holds a task here.",
        "Nothing waits for another task.",
    ):
        assert part in said


def test_an_archived_repository(boss: Any, repository: Repository, claim: TaskClaim) -> None:
    Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
    answer = show(boss, repository)
    assert "The repository is archived: nothing of it is handed out." in words(answer)
    assert "held by ada" in words(answer)
    assert dialog(claim, "take_away") not in answer.content.decode()


@pytest.mark.parametrize(
    "name", ["acme/hidden", "no/such", "a\0b", "acme/rocket\0", "'\"\\%", "x" * 5000]
)
def test_what_is_no_repository_is_said(client: Any, repository: Repository, name: str) -> None:
    hidden = RepositoryFactory(name="acme/hidden")
    TaskFactory(repository=hidden, content="Secret")
    answer = show(client, name)
    assert "There is no such repository that you may see." in words(answer)
    assert "Secret" not in words(answer)
    assert "acme/hidden</option>" not in answer.content.decode()


def test_without_one(client: Any, repository: Repository) -> None:
    said = words(show(client))
    assert "Choose a repository." in said
    assert "acme/rocket" in said
    stranger = logged_in(staff("stranger", "view_task"))
    assert "There is no repository that you may see." in words(show(stranger))


def test_beyond_the_repositories_of_the_menu(
    client: Any, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_REPOSITORIES", 0)
    assert '<option value="acme/rocket" selected' in show(client, repository).content.decode()


def test_who_sees_it(client: Any, repository: Repository) -> None:
    nobody = logged_in(staff("nobody"))
    assert nobody.get(reverse("admin:queue")).status_code == 403
    for one, there in ((client, True), (nobody, False)):
        home = one.get(reverse("admin:index")).content.decode()
        assert (f'href="{reverse("admin:queue")}"' in home) is there


def test_the_menus_and_a_repository_lead_to_it(boss: Any, repository: Repository) -> None:
    page = logged_in(operator()).get(page_url(repository)).content.decode()
    assert f"{reverse('admin:queue')}?repository=acme%2Frocket" in page
    home = boss.get(reverse("admin:index")).content.decode()
    for name in ("taskclaim", "taskclaimevent"):
        assert reverse(f"admin:tasks_{name}_changelist") in home


def test_hostile_texts_are_only_text(client: Any, repository: Repository) -> None:
    tasks = [TaskFactory(repository=repository, content=HOSTILE) for _ in range(3)]
    TaskDependencyFactory(task=tasks[0], depends_on=tasks[1])
    TaskClaimFactory(task=tasks[2], holder=HOSTILE[:255])
    text = show(client, repository).content.decode()
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert") >= 4


def test_its_statements_are_few_and_bounded(repository: Repository) -> None:
    boss = logged_in(member("bo", repository, MemberRole.MAINTAINER, *RIGHTS))
    url = f"{reverse('admin:queue')}?repository={repository.name}"

    def fill(count: int) -> None:
        for _ in range(count):
            TaskClaimFactory(task=TaskFactory(repository=repository))
            blocker = TaskFactory(repository=repository)
            TaskClaimFactory(task=TaskFactory(repository=repository, status="in_progress"))
            TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=blocker)

    counts = []
    for more in (2, 12):
        fill(more)
        boss.get(url)
        with statements() as found:
            boss.get(url)
        counts.append(len(found))
        assert judge(found, most=25) == []
    assert counts[0] == counts[1]

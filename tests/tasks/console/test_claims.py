"""The list of claims, a claim's page and its history: what they show, to whom, at which price."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.claims import claim_task, release_claim
from apps.tasks.models import Task, TaskClaim, TaskClaimEvent
from tests.core.admin.support import (
    judge,
    list_url,
    logged_in,
    member,
    operator,
    page_url,
    staff,
    statements,
    words,
)
from tests.factories import (
    MemberFactory,
    RepositoryFactory,
    TaskClaimFactory,
    TaskFactory,
    expire,
)

from .support import RIGHTS, dialog

pytestmark = pytest.mark.usefixtures("as_app")
ID = re.compile(r' id="([^"]+)"')
HOSTILE = "</title><script>alert(1)</script>\u202e" + "x" * 200


def held(repository: Repository, count: int = 1, **values: Any) -> list[TaskClaim]:
    return [
        TaskClaimFactory(task=TaskFactory(repository=repository), **values) for _ in range(count)
    ]


def test_the_list_says_who_holds_what_since_when(boss: Any, claim: TaskClaim, task: Task) -> None:
    page = boss.get(list_url(TaskClaim))
    said = words(page)
    for part in ("ada", "Lay the keel", "acme/rocket", "claimed just now", "expires in 14"):
        assert part in said
    text = page.content.decode()
    assert page_url(task) in text
    assert dialog(claim, "take_away") in text
    assert dialog(claim, "hand_over") in text


def test_a_dialog_shares_no_ids_with_the_list_behind_it(boss: Any, claim: TaskClaim) -> None:
    pages = (list_url(TaskClaim), dialog(claim, "hand_over"))
    behind, before = (set(ID.findall(boss.get(page).content.decode())) for page in pages)
    assert {"dialog_holder", "dialog_lease", "dialog_reason"} <= before
    assert not behind & before


def test_an_expired_claim_is_marked(boss: Any, claim: TaskClaim) -> None:
    expire(claim)
    assert "Expired returns by itself" in words(boss.get(list_url(TaskClaim)))
    assert "the work returns by itself" in words(boss.get(page_url(claim)))


def test_the_page_of_a_claim(boss: Any, claim: TaskClaim) -> None:
    said = words(boss.get(page_url(claim)))
    for part in (
        "held by ada",
        f"fence {claim.fence}",
        "Lay the keel",
        "collaborator",
        "Take away…",
        "Hand over…",
    ):
        assert part in said


def test_a_task_says_who_holds_it(boss: Any, claim: TaskClaim, task: Task) -> None:
    said = words(boss.get(page_url(task)))
    assert "held by ada" in said
    assert f"fence {claim.fence}" in said
    assert dialog(task, "take_away") in boss.get(page_url(task)).content.decode()


def test_a_task_that_nobody_holds_offers_nothing(boss: Any, task: Task) -> None:
    text = boss.get(page_url(task)).content.decode()
    assert dialog(task, "take_away") not in text
    assert "held by" not in text


def test_nothing_is_edited_by_hand(boss: Any, claim: TaskClaim) -> None:
    assert boss.get(reverse("admin:tasks_taskclaim_add")).status_code == 403
    assert boss.post(page_url(claim), {"holder": "eve"}).status_code == 403
    assert TaskClaim.objects.get().holder == "ada"


def test_only_of_repositories_that_one_sees(boss: Any, claim: TaskClaim) -> None:
    (other,) = held(RepositoryFactory(name="acme/hidden"), holder="zoe")
    assert "zoe" not in words(boss.get(list_url(TaskClaim)))
    assert boss.get(page_url(other)).status_code == 302
    assert "zoe" not in words(boss.get(list_url(TaskClaimEvent)))
    assert "zoe" in words(logged_in(operator()).get(list_url(TaskClaim)))
    stranger = logged_in(staff("stranger", *RIGHTS))
    assert "ada" not in words(stranger.get(list_url(TaskClaim)))
    nobody = logged_in(staff("nobody"))
    assert nobody.get(list_url(TaskClaim)).status_code == 403


def test_buttons_where_one_is_maintainer(boss: Any, claim: TaskClaim) -> None:
    other = RepositoryFactory(name="acme/other")
    mara = boss.get(list_url(TaskClaim)).wsgi_request.user
    MemberFactory(repository=other, user=mara, role=MemberRole.CONTRIBUTOR)
    archived = RepositoryFactory(name="acme/old", archived_at=timezone.now())
    MemberFactory(repository=archived, user=mara, role=MemberRole.MAINTAINER)
    (seen,), (frozen,) = held(other), held(archived)
    text = boss.get(list_url(TaskClaim)).content.decode()
    assert dialog(claim, "take_away") in text
    for each in (seen, frozen):
        assert page_url(each) in text
        assert dialog(each, "take_away") not in text


def test_filters(boss: Any, repository: Repository) -> None:
    (gone,) = held(repository, holder="gone")
    expire(gone)
    held(repository, holder="there")

    rows: dict[tuple[tuple[str, str], ...], set[str]] = {
        (): {"gone", "there"},
        (("lease", "present"),): {"there"},
        (("lease", "expired"),): {"gone"},
        (("holder", " there "),): {"there"},
        (("holder", "nobody"),): set(),
    }
    for query, holders in rows.items():
        page = boss.get(list_url(TaskClaim), dict(query))
        assert {row.holder for row in page.context["cl"].result_list} == holders, query


def test_the_history_outlives_the_claim_and_names_what_ended_it(
    boss: Any, collaborator: Any, task: Task
) -> None:
    claim = claim_task(actor=collaborator, task=task, holder="ada")
    release_claim(actor=collaborator, task=task, fence=claim.fence)
    said = words(boss.get(list_url(TaskClaimEvent)))
    assert said.count("ada") >= 2
    assert "Removed" in said
    assert boss.get(page_url(claim, "history")).status_code == 200


def test_hostile_names_are_only_text(boss: Any, repository: Repository) -> None:
    task = TaskFactory(repository=repository, content=HOSTILE)
    claim = TaskClaimFactory(task=task, holder=HOSTILE)
    pages = (list_url(TaskClaim), list_url(TaskClaimEvent), page_url(claim), page_url(task))
    for page in (*pages, dialog(claim, "take_away"), page_url(claim, "history")):
        text = boss.get(page).content.decode()
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert" in text


@pytest.mark.parametrize("model", [TaskClaim, TaskClaimEvent])
def test_statements_do_not_grow_with_the_rows(
    boss: Any, repository: Repository, model: Any
) -> None:
    counts = []
    for more in (3, 20):
        held(repository, more)
        boss.get(list_url(model))
        with statements() as found:
            boss.get(list_url(model))
        counts.append(len(found))
        assert not judge(found, most=10)
    assert counts[0] == counts[1]


def test_a_lease_of_seconds_is_told_to_the_second(boss: Any, repository: Repository) -> None:
    ends = timezone.now() + timedelta(seconds=9)
    (claim,) = held(repository, expires_at=ends, renewed_at=timezone.now())
    assert f"{ends:%H:%M:%S} UTC" in words(boss.get(page_url(claim)))


def test_who_is_no_member_of_the_staff_is_sent_to_log_in(claim: TaskClaim) -> None:
    for url in (list_url(TaskClaim), dialog(claim, "take_away"), reverse("admin:queue")):
        assert Client().get(url).status_code == 302


def test_a_viewer_sees_holders(repository: Repository, claim: TaskClaim) -> None:
    viewer = logged_in(member("vera", repository, MemberRole.VIEWER, "view_taskclaim"))
    assert "ada" in words(viewer.get(list_url(TaskClaim)))

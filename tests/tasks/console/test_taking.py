"""Taking work away and handing it over: what it does, who may, what is refused and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core.errors import DomainError
from apps.core.ids import uuid7
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.claims import claim_task, free_task, release_claim, renew_claim, steal_task
from apps.tasks.models import Task, TaskClaim, TaskClaimEvent
from tests.contracts import nothing_written
from tests.core.admin.support import list_url, logged_in, member, page_url, staff, words
from tests.factories import TaskClaimFactory, TaskFactory, deletion, expire

from .support import RIGHTS, dialog, last_event, opened, told

pytestmark = pytest.mark.usefixtures("as_app")
GOOD = {"take_away": {}, "hand_over": {"holder": "eve", "lease": "3600"}}
BOTH = pytest.mark.parametrize("name", list(GOOD))


def send(client: Any, record: Any, name: str, **data: str) -> Any:
    """Open the dialog, fill it in, send it."""
    url = dialog(record, name)
    given = opened(client, url) | GOOD[name] | {"reason": "ada is ill"} | data
    return client.post(url, given)


class TestTakingAway:
    """From the claim's own page, and from that of the task."""

    @pytest.mark.parametrize("by_task", [False, True])
    def test_the_work_is_in_the_queue_again(
        self, boss: Any, task: Task, claim: TaskClaim, by_task: bool
    ) -> None:
        record = task if by_task else claim
        answer = send(boss, record, "take_away")
        there = page_url(task) if by_task else list_url(TaskClaim)
        assert answer.headers["HX-Redirect"] == there
        assert not TaskClaim.objects.exists()
        assert Task.objects.ready().get() == task
        assert told(task) == [("insert", "ada", None), ("delete", "ada", "ada is ill")]
        back = last_event(task)
        assert (back.status, back.pgh_context["reason"]) == ("pending", "ada is ill")
        assert (back.pgh_context["actor_name"], back.pgh_context["source"]) == ("mara", "console")

    def test_the_reason_is_in_the_history_that_the_console_shows(
        self, boss: Any, claim: TaskClaim
    ) -> None:
        send(boss, claim, "take_away")
        for page in (page_url(claim, "history"), list_url(TaskClaimEvent)):
            assert "ada is ill" in words(boss.get(page))

    def test_an_expired_claim_can_be_cleared(self, boss: Any, task: Task, claim: TaskClaim) -> None:
        expire(claim)
        send(boss, claim, "take_away")
        assert Task.objects.ready().get() == task


class TestHandingOver:
    """The work keeps its status; the holder and the fence are others."""

    @pytest.mark.parametrize("by_task", [False, True])
    def test_the_new_holder_has_it(
        self, boss: Any, task: Task, claim: TaskClaim, by_task: bool
    ) -> None:
        send(boss, task if by_task else claim, "hand_over")
        after = TaskClaim.objects.get()
        assert (after.holder, after.actor, after.task) == ("eve", None, task)
        assert after.fence > claim.fence
        assert after.expires_at - after.renewed_at == timedelta(hours=1)
        assert Task.objects.get().status == "in_progress"
        assert told(task) == [
            ("insert", "ada", None),
            ("delete", "ada", "ada is ill"),
            ("insert", "eve", "ada is ill"),
        ]

    def test_it_is_bound_to_no_login(
        self, boss: Any, owner: Any, collaborator: Any, outsider: Any, task: Task, claim: TaskClaim
    ) -> None:
        send(boss, claim, "hand_over")
        fence = TaskClaim.objects.get().fence
        with pytest.raises(DomainError):
            renew_claim(actor=outsider, task=task, fence=fence)
        with pytest.raises(DomainError):
            renew_claim(actor=collaborator, task=task, fence=claim.fence)
        for login in (collaborator, owner):
            assert renew_claim(actor=login, task=task, fence=fence).fence == fence
        release_claim(actor=collaborator, task=task, fence=fence)
        assert Task.objects.ready().get() == task

    @pytest.mark.parametrize(
        ("field", "value", "says"),
        [
            ("holder", "", "This field is required"),
            ("holder", "   ", "This field is required"),
            ("holder", "e\0ve", "Null characters are not allowed"),
            ("holder", "e" * 256, "at most 255 characters"),
            ("lease", "", "This field is required"),
            ("lease", "-900", "not one of the available choices"),
            ("lease", "315360000", "not one of the available choices"),
            ("lease", "soon", "not one of the available choices"),
        ],
    )
    def test_bad_input_is_named_and_what_was_typed_is_kept(
        self, boss: Any, task: Task, claim: TaskClaim, field: str, value: str, says: str
    ) -> None:
        with nothing_written():
            answer = send(boss, claim, "hand_over", **{field: value})
        assert answer.status_code == 200
        assert says in words(answer)
        assert "ada is ill" in answer.content.decode()

    def test_a_holder_of_255_characters_of_any_script(self, boss: Any, claim: TaskClaim) -> None:
        send(boss, claim, "hand_over", holder="鍛" * 255)
        assert TaskClaim.objects.get().holder == "鍛" * 255


@BOTH
class TestRefusals:
    """Named, in the dialog, and nothing is written."""

    @pytest.mark.parametrize(
        ("reason", "says"),
        [
            ("", "This field is required"),
            (" \n\t ", "This field is required"),
            ("a\0b", "Null characters are not allowed"),
            ("x" * 501, "at most 500 characters"),
        ],
    )
    def test_a_bad_reason(
        self, boss: Any, claim: TaskClaim, name: str, reason: str, says: str
    ) -> None:
        with nothing_written():
            answer = send(boss, claim, name, reason=reason)
        assert answer.status_code == 200
        assert says in words(answer)

    @pytest.mark.parametrize("fence", ["", "0", "-1", "x", "1" * 40, "a\0"])
    def test_a_dialog_without_the_fence_it_showed(
        self, boss: Any, claim: TaskClaim, name: str, fence: str
    ) -> None:
        with nothing_written():
            answer = send(boss, claim, name, seen_fence=fence)
        assert answer.status_code == 200
        assert TaskClaim.objects.get() == claim

    def test_opening_it_writes_nothing(self, boss: Any, claim: TaskClaim, name: str) -> None:
        with nothing_written():
            shown = words(boss.get(dialog(claim, name)))
        assert "Held by ada" in shown
        assert f"under fence {claim.fence}" in shown

    def test_somebody_else_holds_it_meanwhile(
        self, boss: Any, owner: Any, task: Task, claim: TaskClaim, name: str
    ) -> None:
        for record in (claim, task):
            url = dialog(record, name)
            given = opened(boss, url) | GOOD[name] | {"reason": "ada is ill"}
            steal_task(actor=owner, task=task, holder=f"zoe {record._meta}", reason="first")
            with nothing_written():
                answer = boss.post(url, given)
            assert answer.status_code == 200
            assert f"zoe {record._meta} holds the task now, until" in words(answer)
            assert "Nothing was changed." in words(answer)
            assert "ada is ill" in answer.content.decode()

    @pytest.mark.parametrize("end", ["released", "taken", "expired", "completed", "deleted"])
    def test_the_claim_is_over_meanwhile(
        self,
        boss: Any,
        owner: Any,
        collaborator: Any,
        task: Task,
        claim: TaskClaim,
        name: str,
        end: str,
    ) -> None:
        url = dialog(claim, name)
        given = opened(boss, url) | GOOD[name] | {"reason": "ada is ill"}
        if end == "released":
            release_claim(actor=collaborator, task=task, fence=claim.fence)
        elif end == "taken":
            free_task(actor=owner, task=task, reason="first")
        elif end == "expired":
            expire(claim)
            claim_task(actor=owner, task=task, holder="zoe")
        elif end == "completed":
            Task.objects.filter(pk=task.pk).update(status="completed")
        else:
            Task.objects.filter(pk=task.pk).update(**deletion())
        with nothing_written():
            answer = boss.post(url, given)
        assert answer.status_code == 200
        said = words(answer)
        if end == "deleted":
            assert "The task does not exist (any more)." in said
        else:
            assert "This claim is over" in said
            assert ("zoe holds the task now" in said) is (end == "expired")

    def test_in_an_archived_repository(
        self, boss: Any, repository: Repository, claim: TaskClaim, name: str
    ) -> None:
        url = dialog(claim, name)
        given = opened(boss, url) | GOOD[name] | {"reason": "ada is ill"}
        Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
        with nothing_written():
            answer = boss.post(url, given)
        assert "archived" in words(answer)
        assert dialog(claim, name) not in boss.get(page_url(claim)).content.decode()

    @pytest.mark.parametrize("role", [MemberRole.CONTRIBUTOR, MemberRole.VIEWER])
    def test_without_the_role(
        self, repository: Repository, claim: TaskClaim, task: Task, name: str, role: str
    ) -> None:
        worker = logged_in(member("will", repository, role, *RIGHTS))
        with nothing_written():
            answer = send(worker, claim, name)
        assert answer.status_code == 200
        assert "You need the role maintainer" in words(answer)
        for page in (page_url(claim), page_url(task), list_url(TaskClaim)):
            text = worker.get(page).content.decode()
            assert "ada" in text
            assert dialog(claim, name) not in text
            assert dialog(task, name) not in text

    def test_without_the_right(
        self, repository: Repository, claim: TaskClaim, task: Task, name: str
    ) -> None:
        rights = ("view_task", "view_taskclaim")
        client = logged_in(member("rita", repository, MemberRole.MAINTAINER, *rights))
        for record in (claim, task):
            with nothing_written():
                assert client.get(dialog(record, name)).status_code == 403
                answer = client.post(dialog(record, name), {"reason": "x", **GOOD[name]})
            assert answer.status_code == 403
        assert dialog(claim, name) not in client.get(list_url(TaskClaim)).content.decode()

    def test_of_a_repository_that_one_may_not_see(
        self, claim: TaskClaim, task: Task, name: str
    ) -> None:
        stranger = logged_in(staff("stranger", *RIGHTS))
        for record in (claim, task, TaskClaim(pk=uuid7())):
            with nothing_written():
                answer = stranger.post(dialog(record, name), {"reason": "x", **GOOD[name]})
            assert answer.status_code == 404

    def test_of_a_task_that_nobody_holds(self, boss: Any, task: Task, name: str) -> None:
        with nothing_written():
            answer = send(boss, task, name)
        assert "This claim is over" in words(answer) or "Nobody holds" in words(answer)


@BOTH
def test_one_gets_back_to_where_the_dialog_was_opened(
    boss: Any, repository: Repository, name: str
) -> None:
    claim = TaskClaimFactory(task=TaskFactory(repository=repository))
    url = dialog(claim, name)
    given = opened(boss, url) | GOOD[name] | {"reason": "ada is ill"}
    came = "http://testserver/admin/queue/?repository=acme%2Frocket"
    answer = boss.post(url, given, headers={"HX-Current-URL": came})
    assert answer.headers["HX-Redirect"] == "/admin/queue/?repository=acme%2Frocket"


@BOTH
def test_one_is_led_nowhere_else(boss: Any, repository: Repository, name: str) -> None:
    claim = TaskClaimFactory(task=TaskFactory(repository=repository))
    url = dialog(claim, name)
    given = opened(boss, url) | GOOD[name] | {"reason": "ada is ill"}
    answer = boss.post(url, given, headers={"HX-Current-URL": "https://evil.example//admin/x/"})
    assert answer.headers["HX-Redirect"] == list_url(TaskClaim)

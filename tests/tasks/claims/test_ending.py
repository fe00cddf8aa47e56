"""How claims end without their holder, and what the database keeps true of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.context import Source, acting
from apps.core.errors import DomainError
from apps.repositories.models import Repository
from apps.tasks.claims import claim_next, claim_task, free_task, return_expired, steal_task
from apps.tasks.models import Task, TaskClaim, TaskClaimEvent, TaskEvent
from tests.contracts import API
from tests.factories import TaskClaimFactory, TaskFactory, expire

from .support import NEXT, address, patch, post

pytestmark = pytest.mark.django_db


class TestExpiry:
    """Work that nobody keeps comes back."""

    def test_pending_work_is_ready_at_once(
        self, api: APIClient, repository: Repository, task: Task, held: dict[str, Any]
    ) -> None:
        expire(TaskClaim.objects.get())
        ready = api.get(f"{API}/tasks/ready", {"repository": repository.name}).json()
        assert [each["id"] for each in ready["results"]] == [str(task.pk)]

    def test_work_in_progress_comes_back_when_somebody_asks(
        self, api: APIClient, repository: Repository, task: Task, held: dict[str, Any]
    ) -> None:
        patch(api, task, status="in_progress", fence=held["fence"])
        expire(TaskClaim.objects.get())
        (claim,) = post(api, NEXT, repository=repository.name, holder="eve").json()["claims"]
        assert claim["task"]["id"] == str(task.pk)
        assert claim["fence"] > held["fence"]
        events = list(TaskClaimEvent.objects.order_by("pgh_id"))
        assert [(e.pgh_label, e.holder) for e in events] == [
            ("insert", "ada"),
            ("delete", "ada"),
            ("insert", "eve"),
        ]
        assert events[1].pgh_context["reason"] == "The lease expired."
        assert "reason" not in events[2].pgh_context
        back = TaskEvent.objects.filter(pgh_obj_id=task.pk).order_by("pgh_id").last()
        assert (back.status, back.pgh_context["reason"]) == ("pending", "The lease expired.")

    def test_the_job_brings_everything_back_once(self, repository: Repository) -> None:
        tasks = [
            TaskFactory(repository=repository, status=status)
            for status in ("pending", "in_progress", "in_progress")
        ]
        claims = [TaskClaimFactory(task=task) for task in tasks]
        for claim in claims[:2]:
            expire(claim)
        assert return_expired() == 2
        assert return_expired() == 0
        statuses = [Task.objects.get(pk=task.pk).status for task in tasks]
        assert statuses == ["pending", "pending", "in_progress"]
        assert list(TaskClaim.objects.values_list("task_id", flat=True)) == [tasks[2].pk]

    def test_in_any_number(self, repository: Repository) -> None:
        tasks = Task.objects.bulk_create(
            Task(repository=repository, content=f"task {n}") for n in range(401)
        )
        past = timezone.now() - timedelta(hours=2)
        TaskClaim.objects.bulk_create(
            TaskClaim(
                repository=repository,
                task=task,
                holder="gone",
                renewed_at=past,
                expires_at=past + timedelta(hours=1),
            )
            for task in tasks
        )
        assert return_expired() == 401
        assert not TaskClaim.objects.exists()


class TestTakingAway:
    """What the console offers to maintainers."""

    def test_stolen_work_has_a_new_holder(self, owner: Any, collaborator: Any, task: Task) -> None:
        before = claim_task(actor=collaborator, task=task, holder="ada")
        with acting(source=Source.CONSOLE, actor=owner):
            after = steal_task(actor=owner, task=task, holder="eve", reason="ada is ill")
        assert (after.holder, after.actor) == ("eve", None)
        assert after.fence > before.fence
        reasons = [
            event.pgh_context and event.pgh_context.get("reason")
            for event in TaskClaimEvent.objects.order_by("pgh_id")
        ]
        assert reasons == [None, "ada is ill", "ada is ill"]

    def test_freed_work_is_in_the_queue(self, owner: Any, collaborator: Any, task: Task) -> None:
        claim_task(actor=collaborator, task=task, holder="ada")
        Task.objects.filter(pk=task.pk).update(status="in_progress")
        free_task(actor=owner, task=task, reason="ada is ill")
        assert Task.objects.ready().get() == task

    @pytest.mark.parametrize("take", [free_task, lambda **o: steal_task(holder="eve", **o)])
    def test_maintainers_only_with_a_reason_and_from_somebody(
        self, owner: Any, collaborator: Any, task: Task, take: Callable[..., Any]
    ) -> None:
        with pytest.raises(DomainError, match="Nobody holds"):
            take(actor=owner, task=task, reason="x")
        claim_task(actor=collaborator, task=task, holder="ada")
        with pytest.raises(DomainError, match="maintainer"):
            take(actor=collaborator, task=task, reason="x")
        with pytest.raises(DomainError, match="why"):
            take(actor=owner, task=task, reason=" ")
        assert TaskClaim.objects.get().holder == "ada"


class TestDatabase:
    """What stands whoever writes."""

    @pytest.mark.parametrize("hours", [-1, 0, 25, 24 * 3650])
    def test_a_lease_is_longer_than_nothing_and_at_most_a_day(self, task: Task, hours: int) -> None:
        now = timezone.now()
        with pytest.raises(IntegrityError, match="task_claims_lease"), transaction.atomic():
            TaskClaimFactory(task=task, renewed_at=now, expires_at=now + timedelta(hours=hours))

    def test_one_claim_a_task(self, task: Task) -> None:
        TaskClaimFactory(task=task)
        with pytest.raises(IntegrityError, match="task_claims_task_id_key"), transaction.atomic():
            TaskClaimFactory(task=task)

    @pytest.mark.parametrize("change", ["holder = 'eve'", "fence = fence + 1"])
    def test_a_claim_does_not_change_hands(self, task: Task, change: str) -> None:
        TaskClaimFactory(task=task)
        with (
            pytest.raises(IntegrityError, match="task_claims"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE task_claims SET {change}")

    def test_of_the_tasks_own_repository(self, task: Task, outsider: Any) -> None:
        other = Repository.objects.get(name="other/garden")
        with pytest.raises(IntegrityError, match="same_repository"), transaction.atomic():
            TaskClaimFactory(task=task, repository=other)

    def test_with_the_rights_of_the_application(
        self, api: APIClient, repository: Repository, task: Task, as_app: None
    ) -> None:
        (claim,) = post(api, NEXT, repository=repository.name).json()["claims"]
        patch(api, task, status="in_progress", fence=claim["fence"])
        assert post(api, address(task, "heartbeat"), fence=claim["fence"]).status_code == 200
        assert post(api, address(task, "release"), fence=claim["fence"]).status_code == 204


def test_services_check_their_own_terms(owner: Any, repository: Repository) -> None:
    for values in (
        {"lease": timedelta(days=3650)},
        {"lease": timedelta(seconds=-1)},
        {"holder": ""},
        {"holder": "a\0"},
        {"count": 0},
        {"count": 51},
    ):
        with pytest.raises(DomainError):
            claim_next(**{"actor": owner, "repository": repository, "holder": "ada", **values})

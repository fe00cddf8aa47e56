"""One task: taken, kept, given back, lost, and what carries an old fence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.claims import return_expired
from apps.tasks.models import Task, TaskClaim, TaskClaimEvent, TaskEvent
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.factories import TaskDependencyFactory, TaskFactory, deletion, expire

from .support import address, move, patch, post, when

pytestmark = pytest.mark.django_db


class TestClaim:
    """One task: taken, kept, released."""

    def test_shown_and_listed(
        self, api: APIClient, repository: Repository, task: Task, held: dict[str, Any]
    ) -> None:
        assert api.get(address(task)).json() == held
        listed = api.get(f"{API}/tasks/claims", {"repository": repository.name}).json()
        assert listed["results"] == [held]
        named = {"repository": repository.name, "holder": "eve"}
        assert api.get(f"{API}/tasks/claims", named).json()["results"] == []

    def test_the_task_is_untouched(self, task: Task, held: dict[str, Any]) -> None:
        assert Task.objects.get(pk=task.pk).version == 1
        assert TaskEvent.objects.filter(pgh_obj_id=task.pk).count() == 1

    def test_a_deleted_task_keeps_its_holder_unseen(
        self, api: APIClient, repository: Repository, task: Task, held: dict[str, Any]
    ) -> None:
        Task.objects.filter(pk=task.pk).update(**deletion())
        listed = api.get(f"{API}/tasks/claims", {"repository": repository.name}).json()
        assert listed["results"] == []
        assert_problem(post(api, address(task, "heartbeat"), fence=held["fence"]), 404, "not_found")
        Task.all_objects.filter(pk=task.pk).update(deleted_at=None, deletion_batch=None)
        assert post(api, address(task, "heartbeat"), fence=held["fence"]).status_code == 200

    def test_held_work_is_refused_with_its_holder(
        self, client_of: ClientOf, collaborator: Any, task: Task, held: dict[str, Any]
    ) -> None:
        client = client_of(collaborator)
        with nothing_written():
            answer = post(client, address(task))
        body = assert_problem(answer, 409, "already_claimed")
        assert body["claim"] == {
            name: held[name] for name in ("holder", "fence", "claimed_at", "expires_at")
        }

    @pytest.mark.parametrize(
        ("prepare", "named"),
        [
            (lambda task: move(task, "in_progress"), "in_progress"),
            (lambda task: move(task, "completed"), "completed"),
            (lambda task: TaskFactory(repository=task.repository, parent_task=task), "children"),
            (lambda task: TaskDependencyFactory(task=task), "waits for 1"),
        ],
    )
    def test_what_is_not_ready_is_refused_with_why(
        self, api: APIClient, task: Task, prepare: Callable[[Task], Any], named: str
    ) -> None:
        prepare(task)
        body = assert_problem(post(api, address(task)), 409, "not_ready")
        assert named in body["detail"]

    def test_a_heartbeat_prolongs_and_leaves_no_trace(
        self, api: APIClient, task: Task, held: dict[str, Any]
    ) -> None:
        events = TaskClaimEvent.objects.count()
        answer = post(
            api, address(task, "heartbeat"), fence=held["fence"], lease_seconds=3600
        ).json()
        assert answer["fence"] == held["fence"]
        assert when(answer["expires_at"]) - when(answer["renewed_at"]) == timedelta(hours=1)
        assert when(answer["renewed_at"]) > when(held["renewed_at"])
        assert TaskClaimEvent.objects.count() == events
        again = post(api, address(task, "heartbeat"), fence=held["fence"]).json()
        assert when(again["expires_at"]) - when(again["renewed_at"]) == timedelta(hours=1)

    def test_nothing_happens_to_it_in_an_archived_repository(
        self, api: APIClient, task: Task, held: dict[str, Any]
    ) -> None:
        patch(api, task, status="in_progress", fence=held["fence"])
        Repository.objects.filter(pk=task.repository_id).update(archived_at=timezone.now())
        with nothing_written():
            for verb in ("heartbeat", "release"):
                answer = post(api, address(task, verb), fence=held["fence"])
                assert_problem(answer, 409, "repository_archived")
        expire(TaskClaim.objects.get())
        with nothing_written():
            assert return_expired() == 0
        Repository.objects.filter(pk=task.repository_id).update(archived_at=None)
        assert return_expired() == 1

    def test_released_work_is_in_the_queue_again(
        self, api: APIClient, task: Task, held: dict[str, Any]
    ) -> None:
        patch(api, task, status="in_progress", fence=held["fence"])
        assert post(api, address(task, "release"), fence=held["fence"]).status_code == 204
        task.refresh_from_db()
        assert task.status == "pending"
        assert_problem(api.get(address(task)), 404, "not_found")
        assert post(api, address(task), holder="eve").json()["fence"] > held["fence"]

    @pytest.mark.parametrize("verb", ["heartbeat", "release"])
    def test_the_claim_of_another_login(
        self,
        client_of: ClientOf,
        collaborator: Any,
        task: Task,
        held: dict[str, Any],
        verb: str,
    ) -> None:
        client = client_of(collaborator)
        with nothing_written():
            answer = post(client, address(task, verb), fence=held["fence"])
        body = assert_problem(answer, 403, "permission_denied")
        assert "ada holds the task" in body["detail"]

    @pytest.mark.parametrize("verb", ["heartbeat", "release", "patch"])
    @pytest.mark.parametrize("end", ["wrong", "released", "expired", "taken", "never"])
    def test_an_old_fence_is_refused_with_the_present_holder(
        self, api: APIClient, task: Task, held: dict[str, Any], verb: str, end: str
    ) -> None:
        fence, holder = held["fence"], None
        claim = TaskClaim.objects.get(task=task)
        if end == "wrong":
            fence, holder = fence + 1, "ada"
        elif end == "released":
            post(api, address(task, "release"), fence=fence)
        elif end == "expired":
            expire(claim)
        elif end == "taken":
            expire(claim)
            assert post(api, address(task), holder="eve").status_code == 201
            holder = "eve"
        else:
            claim.delete()
        with nothing_written():
            answer = (
                patch(api, task, status="in_progress", fence=fence)
                if verb == "patch"
                else post(api, address(task, verb), fence=fence)
            )
        body = assert_problem(answer, 409, "stale_fence", "/fence")
        assert (body["claim"] or {}).get("holder") == holder

    def test_under_the_present_fence_work_goes_on(
        self, api: APIClient, task: Task, held: dict[str, Any]
    ) -> None:
        fence = held["fence"]
        assert patch(api, task, status="in_progress", fence=fence).status_code == 200
        assert patch(api, task, status="completed", fence=fence).status_code == 200
        assert not TaskClaim.objects.exists()
        assert_problem(patch(api, task, priority="low", fence=fence), 409, "stale_fence", "/fence")

    @pytest.mark.parametrize("status", ["completed", "cancelled"])
    def test_whoever_closes_the_task_ends_the_claim(
        self, task: Task, held: dict[str, Any], status: str
    ) -> None:
        move(task, status)  # as somebody would in psql
        assert not TaskClaim.objects.exists()
        last = TaskClaimEvent.objects.order_by("pgh_id").last()
        assert (last.pgh_label, last.holder) == ("delete", "ada")

    @pytest.mark.parametrize("fence", [None, 0, -1, "7", 1.5, 2**60, True])
    @pytest.mark.parametrize("verb", ["heartbeat", "release"])
    def test_what_is_no_fence(
        self, api: APIClient, task: Task, held: dict[str, Any], verb: str, fence: Any
    ) -> None:
        answer = post(api, address(task, verb), fence=fence)
        assert_problem(answer, 400, "invalid_request", "/fence")

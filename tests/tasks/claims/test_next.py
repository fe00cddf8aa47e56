"""`claim-next`: the head of the queue, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskClaim
from tests.contracts import ClientOf, assert_problem, nothing_written
from tests.factories import TaskDependencyFactory, TaskFactory

from .support import NEXT, post, when

pytestmark = pytest.mark.django_db


class TestNext:
    """`claim-next`."""

    def test_hands_out_the_head_of_the_queue_with_reasons(
        self, api: APIClient, repository: Repository
    ) -> None:
        second = TaskFactory(repository=repository)
        first = TaskFactory(repository=repository, priority="high")
        blocked = TaskDependencyFactory(task__repository=repository, depends_on=second).task
        answer = post(api, NEXT, repository=repository.name, holder="ada", limit=5)
        assert answer.status_code == 200, answer.content
        claims = answer.json()["claims"]
        assert [claim["task"]["id"] for claim in claims] == [str(first.pk), str(second.pk)]
        assert [claim["task"]["standing"]["rank"] for claim in claims] == [1, 2]
        assert {claim["holder"] for claim in claims} == {"ada"}
        assert {claim["login"] for claim in claims} == {"owner"}
        assert len({claim["fence"] for claim in claims}) == 2
        for claim in claims:
            lease = when(claim["expires_at"]) - when(claim["renewed_at"])
            assert lease == timedelta(minutes=15)
        again = post(api, NEXT, repository=repository.name)
        assert again.json()["claims"] == []
        assert not TaskClaim.objects.filter(task=blocked).exists()

    def test_without_a_name_the_login_holds(
        self, api: APIClient, repository: Repository, task: Task
    ) -> None:
        (claim,) = post(api, NEXT, repository=repository.name).json()["claims"]
        assert claim["holder"] == "owner"

    def test_work_of_others_is_left_to_them(self, api: APIClient, repository: Repository) -> None:
        mine, hers, anybodys = (
            TaskFactory(repository=repository, assignee=name) for name in ("ada", "eve", "")
        )

        def taken(**body: Any) -> set[str]:
            answer = post(api, NEXT, repository=repository.name, limit=9, **body).json()
            return {claim["task"]["id"] for claim in answer["claims"]}

        assert taken(holder="ada") == {str(mine.pk), str(anybodys.pk)}
        assert taken(holder="ada", assignee="eve") == {str(hers.pk)}

    @pytest.mark.parametrize(
        ("wanted", "values"),
        [
            ({"priority": ["high"]}, {"priority": "high"}),
            ({"complexity": ["epic", "simple"]}, {"complexity": "simple"}),
            ({"tags": ["ui", "css"]}, {"tags": ["css", "ui", "x"]}),
            ({"most_minutes": 30}, {"estimated_minutes": 30}),
        ],
    )
    def test_only_what_fits(
        self,
        api: APIClient,
        repository: Repository,
        wanted: dict[str, Any],
        values: dict[str, Any],
    ) -> None:
        TaskFactory(repository=repository, tags=["ui"], estimated_minutes=31, complexity="medium")
        fitting = TaskFactory(repository=repository, **values)
        answer = post(api, NEXT, repository=repository.name, limit=9, **wanted).json()
        assert [claim["task"]["id"] for claim in answer["claims"]] == [str(fitting.pk)]

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"lease_seconds": -60}, "/lease_seconds"),
            ({"lease_seconds": 0}, "/lease_seconds"),
            ({"lease_seconds": 9}, "/lease_seconds"),
            ({"lease_seconds": 10 * 365 * 86_400}, "/lease_seconds"),
            ({"lease_seconds": 60.5}, "/lease_seconds"),
            ({"lease_seconds": "60"}, "/lease_seconds"),
            ({"lease_seconds": None}, "/lease_seconds"),
            ({"limit": 0}, "/limit"),
            ({"limit": 51}, "/limit"),
            ({"holder": ""}, "/holder"),
            ({"holder": "x" * 256}, "/holder"),
            ({"holder": "a\0"}, "/holder"),
            ({"priority": []}, "/priority"),
            ({"priority": ["urgent"]}, "/priority/0"),
            ({"tags": ["x"] * 11}, "/tags"),
            ({"most_minutes": -1}, "/most_minutes"),
            ({"prd_id": "x"}, "/prd_id"),
            ({"hold": "x"}, "/hold"),
        ],
    )
    def test_bad_requests_are_named(
        self,
        api: APIClient,
        repository: Repository,
        task: Task,
        body: dict[str, Any],
        pointer: str,
    ) -> None:
        with nothing_written():
            answer = post(api, NEXT, repository=repository.name, **body)
        assert_problem(answer, 400, "invalid_request", pointer)

    def test_who_may(
        self,
        client_of: ClientOf,
        owner: Any,
        viewer: Any,
        outsider: Any,
        repository: Repository,
        task: Task,
    ) -> None:
        clients = [client_of(viewer), client_of(owner, "read"), client_of(outsider)]
        with nothing_written():
            watching, reading, outside = (
                post(client, NEXT, repository=repository.name) for client in clients
            )
        assert_problem(watching, 403, "permission_denied")
        assert_problem(reading, 403, "permission_denied")
        assert_problem(outside, 404, "not_found", "/repository")

    def test_an_archived_repository_hands_nothing_out(
        self, api: APIClient, repository: Repository, task: Task
    ) -> None:
        Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
        answer = post(api, NEXT, repository=repository.name)
        assert_problem(answer, 409, "repository_archived")

"""Suggestions keep the contracts of every resource."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.planning.models import Suggestion
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import (
    API,
    BodyContract,
    ClientOf,
    ReadContract,
    RepositoryListContract,
    Resource,
    StaleWriteContract,
    assert_problem,
    nothing_written,
)
from tests.contracts.resource import another_repository
from tests.contracts.writing import archive
from tests.factories import SuggestionFactory, TaskFactory, deletion

from .support import ADDRESS


class Suggestions(Resource):
    """`/api/v1/suggestions`."""

    path = "suggestions"

    def make(self, repository: Repository) -> Suggestion:
        suggestion: Suggestion = SuggestionFactory(repository=repository)
        return suggestion


class TestRead(Suggestions, ReadContract):
    """GET /suggestions/{id}."""


class TestList(Suggestions, RepositoryListContract):
    """GET /suggestions."""

    def test_an_open_one_past_its_time_counts_as_expired(
        self, api: APIClient, repository: Repository
    ) -> None:
        now = timezone.now()
        live = self.make(repository)
        late = SuggestionFactory(repository=repository, expires_at=now - timedelta(seconds=1))
        marked = SuggestionFactory(repository=repository, state="expired", decided_at=now)
        rejected = SuggestionFactory(repository=repository, state="rejected", decided_at=now)
        listed = {
            state: self.ids(api, self.parameters(repository, state=state))
            for state in ("open", "expired", "rejected", "open,rejected")
        }
        assert listed == {
            "open": [str(live.pk)],
            "expired": [str(marked.pk), str(late.pk)],
            "rejected": [str(rejected.pk)],
            "open,rejected": [str(rejected.pk), str(live.pk)],
        }
        assert api.get(self.address(late)).json()["state"] == "expired"

    def test_a_state_that_is_none(self, api: APIClient, repository: Repository) -> None:
        response = api.get(self.collection, self.parameters(repository, state="done"))
        assert_problem(response, 400, "invalid_parameter", "state")


class TestStatistics(Suggestions):
    """GET /suggestions/statistics."""

    def test_of_a_repository_that_one_may_see(
        self, viewer: User, outsider: User, client_of: ClientOf, repository: Repository
    ) -> None:
        address = f"{self.collection}/statistics"
        for state, source in (("accepted", "ready"), ("rejected", "ready"), ("accepted", "ready")):
            SuggestionFactory(
                repository=repository,
                state=state,
                decided_at=timezone.now(),
                sources=[{"source": source, "rank": 1, "weight": 1.0, "points": 0.01}],
            )
        self.make(repository)
        self.make(another_repository())
        seen = client_of(viewer, "read").get(address, {"repository": repository.name}).json()
        by_source = {each.pop("source"): each for each in seen.pop("sources")}
        assert seen == {
            "repository": repository.name,
            "open": 1,
            "accepted": 2,
            "rejected": 1,
            "acceptance_rate": 0.6667,
        }
        assert by_source["ready"] == {
            "accepted": 2,
            "rejected": 1,
            "acceptance_rate": 0.6667,
            "weight": 1.2,
        }
        assert by_source["pattern"] == {
            "accepted": 0,
            "rejected": 0,
            "acceptance_rate": None,
            "weight": 1.0,
        }
        hidden = client_of(outsider).get(address, {"repository": repository.name})
        assert_problem(hidden, 404, "not_found", "repository")
        assert_problem(
            client_of(viewer).get(address), 400, "invalid_parameter", "repository", rule="required"
        )


class TestSuggest(BodyContract, Resource):
    """POST /tasks/suggest."""

    method, path = "POST", "tasks"

    def make(self, repository: Repository) -> Task:
        task: Task = TaskFactory(repository=repository)
        return task

    def target(self, record: Any) -> str:
        return ADDRESS

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"repository": repository.name, "session_id": "s-1", "limit": 3}

    def test_a_collaborator_may(self, collaborator: User, client_of: ClientOf, record: Any) -> None:
        body = self.good_body(record.repository)
        assert self.send(client_of(collaborator), record, body).status_code == 200

    def test_a_viewer_may_not(self, viewer: User, client_of: ClientOf, record: Any) -> None:
        client, body = client_of(viewer), self.good_body(record.repository)
        with nothing_written():
            assert_problem(self.send(client, record, body), 403, "permission_denied")

    def test_a_repository_that_the_caller_may_not_see_does_not_exist(
        self, owner: User, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        body = self.good_body(record.repository)
        client = client_of(outsider)
        bound = client_of(owner, "write", another_repository(owner))
        with nothing_written():
            answers = [
                self.send(client, record, body),
                self.send(client, record, {**body, "repository": "no/such"}),
                self.send(bound, record, body),
            ]
        for response in answers:
            assert_problem(response, 404, "not_found", "/repository")

    def test_an_archived_repository_takes_nothing(self, api: APIClient, record: Any) -> None:
        archive(record.repository)
        with nothing_written():
            response = self.send(api, record, self.good_body(record.repository))
        assert_problem(response, 409, "repository_archived")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("repository", value) for value in (None, 5, "", " ", "x" * 256, [], {})),
            *(("limit", value) for value in (0, 21, -1, "5", 5.0, True, None)),
            *(("session_id", value) for value in ("", " ", "x" * 256, 5, None, [])),
            *(
                ("task_id", value)
                for value in ("", "x", 5, None, "0198f3a0111172228333444455556666")
            ),
        ],
    )
    def test_what_is_refused(self, api: APIClient, record: Any, field: str, value: Any) -> None:
        body = {**self.good_body(record.repository), field: value}
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", f"/{field}")

    def test_the_task_is_a_live_one_of_the_repository(
        self, owner: User, api: APIClient, record: Any
    ) -> None:
        elsewhere = TaskFactory(repository=another_repository(owner))
        gone = TaskFactory(repository=record.repository, **deletion())
        for task_id in (elsewhere.pk, gone.pk, uuid7()):
            body = {**self.good_body(record.repository), "task_id": str(task_id)}
            with nothing_written():
                assert_problem(self.send(api, record, body), 400, "invalid_request", "/task_id")

    def test_get_is_not_offered(self, api: APIClient, record: Any) -> None:
        assert_problem(api.get(ADDRESS), 405, "method_not_allowed")


class Decisions(Suggestions, StaleWriteContract):
    """What closes an open suggestion."""

    verb: str
    method, success = "POST", 200

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        return client.post(f"{self.address(record)}/{self.verb}", **headers)

    def make_stale(self, record: Any) -> None:
        Suggestion.objects.filter(pk=record.pk).update(score=0.75)

    def test_once(self, api: APIClient, record: Any) -> None:
        assert self.write(api, record).status_code == 200
        for verb in ("accept", "reject"):
            with nothing_written():
                response = api.post(f"{self.address(record)}/{verb}")
            assert_problem(response, 409, "suggestion_closed")

    def test_not_when_its_time_is_over(self, api: APIClient, repository: Repository) -> None:
        moment = timezone.now() - timedelta(seconds=1)
        late = SuggestionFactory(repository=repository, expires_at=moment)
        marked = SuggestionFactory(repository=repository, state="expired", decided_at=moment)
        for record in (late, marked):
            with nothing_written():
                problem = assert_problem(self.write(api, record), 409, "suggestion_closed")
            assert "expired" in problem["detail"]

    def test_scope_read_does_not_decide(
        self, owner: User, client_of: ClientOf, record: Any
    ) -> None:
        client = client_of(owner, "read")
        with nothing_written():
            assert_problem(self.write(client, record), 403, "permission_denied")


class TestAccept(Decisions):
    """POST /suggestions/{id}/accept."""

    verb = "accept"


class TestReject(Decisions):
    """POST /suggestions/{id}/reject."""

    verb = "reject"

    def test_the_comment_is_kept(self, api: APIClient, record: Any) -> None:
        address = f"{self.address(record)}/reject"
        body = api.post(address, {"comment": "Not now."}, format="json").json()
        assert (body["state"], body["comment"]) == ("rejected", "Not now.")
        assert body["decided_by"]["name"] == "owner"


class DecisionBody(Suggestions, BodyContract):
    """What the bodies of decisions may be."""

    method, verb = "POST", ""

    def target(self, record: Any) -> str:
        return f"{self.address(record)}/{self.verb}"

    # Without a body at all, there is nothing to say beside the decision.
    @pytest.mark.parametrize("text", ["{", '{"a": 1,}', '{"a": NaN}'])
    def test_what_is_no_json_is_refused(
        self, api: APIClient, record: Any, text: str | bytes
    ) -> None:
        with nothing_written():
            assert_problem(self.send(api, record, text), 400, "malformed_json")


class TestAcceptBody(DecisionBody):
    """Of POST /suggestions/{id}/accept."""

    verb = "accept"

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"content": "Another", "priority": "high", "assignee": "ada"}

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            *(("content", value) for value in (None, 5, "", " ", "x" * 1001, "a\x00b")),
            *(("priority", value) for value in (None, 1, "", "urgent")),
            *(("assignee", value) for value in (None, 1, "x" * 256)),
            ("status", "completed"),
        ],
    )
    def test_what_is_refused(self, api: APIClient, record: Any, field: str, value: Any) -> None:
        with nothing_written():
            response = self.send(api, record, {field: value})
            assert_problem(response, 400, "invalid_request", f"/{field}")


class TestRejectBody(DecisionBody):
    """Of POST /suggestions/{id}/reject."""

    verb = "reject"

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"comment": "No."}

    @pytest.mark.parametrize("value", [None, 5, "x" * 1001, "a\x00b", []])
    def test_what_is_refused(self, api: APIClient, record: Any, value: Any) -> None:
        with nothing_written():
            response = self.send(api, record, {"comment": value})
            assert_problem(response, 400, "invalid_request", "/comment")


def test_there_is_no_other_way_to_write(api: APIClient, repository: Repository) -> None:
    suggestion = SuggestionFactory(repository=repository)
    for method in (api.patch, api.delete, api.put):
        response = method(f"{API}/suggestions/{suggestion.pk}", {}, format="json")
        assert_problem(response, 405, "method_not_allowed")
    assert_problem(api.post(f"{API}/suggestions", {}, format="json"), 405, "method_not_allowed")

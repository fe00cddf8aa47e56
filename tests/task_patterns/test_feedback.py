"""What people say of patterns: who may, where, how often, and at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.task_patterns.choices import FeedbackVerdict
from apps.task_patterns.models import PatternFeedback, TaskPattern
from apps.task_patterns.services import give_feedback
from tests.contracts import API, BodyContract, ClientOf, assert_problem, nothing_written, problem_of
from tests.contracts.races import at_once, while_uncommitted
from tests.contracts.resource import another_repository
from tests.contracts.writing import archive
from tests.factories import PatternFeedbackFactory, RepositoryFactory

from .test_patterns_contract import Patterns, shared


def address(pattern: TaskPattern | UUID) -> str:
    key = pattern if isinstance(pattern, UUID) else pattern.pk
    return f"{API}/patterns/{key}/feedback"


class TestGive(Patterns, BodyContract):
    """POST /patterns/{id}/feedback."""

    method = "POST"

    def target(self, record: TaskPattern) -> str:
        return address(record)

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"repository": repository.name, "verdict": "accepted", "comment": "So it is."}

    def test_the_first_word_is_201_and_the_next_replaces_it(
        self, owner: User, api: APIClient, record: TaskPattern
    ) -> None:
        body = self.good_body(self.repository_of(record))
        first = self.send(api, record, body)
        assert first.status_code == 201, first.content
        found = api.get(first["Location"])
        assert (found.json(), found["ETag"]) == (first.json(), first["ETag"])
        assert first.json()["user"] == owner.username
        second = self.send(api, record, {**body, "verdict": "rejected", "comment": ""})
        assert second.status_code == 200
        assert (second.json()["id"], second.json()["version"]) == (first.json()["id"], 2)
        assert second["Location"] == first["Location"]
        with nothing_written():
            again = self.send(api, record, {**body, "verdict": "rejected", "comment": ""})
        assert (again.status_code, again.json()["version"]) == (200, 2)
        counts = api.get(self.address(record)).json()["feedback"]
        assert counts == {"accepted": 0, "rejected": 1}

    def test_each_person_and_repository_has_one(
        self, owner: User, collaborator: User, repository: Repository, client_of: ClientOf
    ) -> None:
        other = another_repository(owner)
        pattern = shared(repository, other)
        for client, where in (
            (client_of(owner), repository),
            (client_of(owner), other),
            (client_of(collaborator), repository),
        ):
            assert self.send(client, pattern, self.good_body(where)).status_code == 201
        assert PatternFeedback.objects.filter(pattern=pattern).count() == 3

    def test_a_viewer_may_not(self, viewer: User, client_of: ClientOf, record: Any) -> None:
        client, body = client_of(viewer), self.good_body(self.repository_of(record))
        with nothing_written():
            assert_problem(self.send(client, record, body), 403, "permission_denied")

    def test_an_archived_repository_takes_none(self, api: APIClient, record: Any) -> None:
        archive(self.repository_of(record))
        body = self.good_body(self.repository_of(record))
        with nothing_written():
            assert_problem(self.send(api, record, body), 409, "repository_archived")

    def test_what_the_caller_does_not_see_does_not_exist(
        self, owner: User, outsider: User, client_of: ClientOf, record: TaskPattern
    ) -> None:
        hidden, nobody = RepositoryFactory(), uuid7()
        foreign = shared(hidden)
        client, body = client_of(owner), self.good_body(self.repository_of(record))
        stranger = client_of(outsider)
        with nothing_written():
            unseen = self.send(client, foreign, body)
            absent = client.post(address(nobody), body, format="json")
            assert_problem(self.send(stranger, record, body), 404, "not_found")
            # The pattern is seen, the repository that is named is not.
            response = self.send(client, record, {**body, "repository": hidden.name})
            assert_problem(response, 404, "not_found", "/repository")
        for response in (unseen, absent):
            assert_problem(response, 404, "not_found")
        assert (
            problem_of(unseen)["detail"].replace(str(foreign.pk), str(nobody))
            == problem_of(absent)["detail"]
        )

    def test_only_where_the_pattern_was_found(
        self, owner: User, api: APIClient, record: TaskPattern
    ) -> None:
        other = another_repository(owner)
        with nothing_written():
            response = self.send(api, record, self.good_body(other))
        assert_problem(response, 404, "not_found", "/repository")

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"verdict": "maybe"}, "/verdict"),
            ({"verdict": 1}, "/verdict"),
            ({"comment": "x" * 1001}, "/comment"),
            ({"comment": None}, "/comment"),
            ({"repository": 5}, "/repository"),
            ({"repository": ""}, "/repository"),
        ],
    )
    def test_what_is_no_feedback(
        self, api: APIClient, record: Any, changes: dict[str, Any], pointer: str
    ) -> None:
        body = {**self.good_body(self.repository_of(record)), **changes}
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", pointer)

    @pytest.mark.parametrize("name", ["repository", "verdict"])
    def test_what_must_be_there(self, api: APIClient, record: Any, name: str) -> None:
        body = self.good_body(self.repository_of(record))
        del body[name]
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", f"/{name}")


@pytest.mark.usefixtures("as_app")
class TestRead:
    """GET /patterns/{id}/feedback."""

    def test_members_read_the_words_on_their_repositories(
        self,
        owner: User,
        viewer: User,
        outsider: User,
        repository: Repository,
        client_of: ClientOf,
    ) -> None:
        other = another_repository(owner)
        pattern = shared(repository, other)
        ours = PatternFeedbackFactory(pattern=pattern, repository=repository)
        theirs = PatternFeedbackFactory(pattern=pattern, repository=other, verdict="rejected")

        def read(user: User, **parameters: str) -> list[str]:
            page = client_of(user, "read").get(address(pattern), parameters).json()
            return [row["id"] for row in page["results"]]

        assert read(owner) == [str(theirs.pk), str(ours.pk)]
        assert read(owner, verdict="accepted") == [str(ours.pk)]
        assert read(viewer) == [str(ours.pk)]
        stranger = client_of(outsider)
        assert_problem(stranger.get(address(pattern)), 404, "not_found")
        assert_problem(client_of(viewer).get(f"{address(pattern)}/{theirs.pk}"), 404, "not_found")
        assert_problem(APIClient().get(address(pattern)), 401, "not_authenticated")


@pytest.mark.usefixtures("app_login")
class TestRaces:
    """Two words at once."""

    def test_of_one_person_the_first_two_leave_one(
        self, owner: User, repository: Repository
    ) -> None:
        pattern = shared(repository)

        def say(verdict: FeedbackVerdict) -> Any:
            return lambda: give_feedback(
                actor=owner, pattern=pattern, repository=repository, verdict=verdict
            )

        said = at_once([say(FeedbackVerdict.ACCEPTED), say(FeedbackVerdict.REJECTED)])
        assert sorted(created for _, created in said) == [False, True]
        last = next(feedback for feedback, created in said if not created)
        assert PatternFeedback.objects.get().verdict == last.verdict
        assert PatternFeedback.objects.get().version == 2

    def test_the_second_waits_for_the_first(self, owner: User, repository: Repository) -> None:
        pattern = shared(repository)
        words = {"actor": owner, "pattern": pattern, "repository": repository}
        _, created = while_uncommitted(
            lambda: give_feedback(**words, verdict=FeedbackVerdict.ACCEPTED),
            lambda: give_feedback(**words, verdict=FeedbackVerdict.REJECTED, comment="No."),
        )
        assert created is False
        feedback = PatternFeedback.objects.get()
        assert (feedback.verdict, feedback.comment) == ("rejected", "No.")

"""Patterns keep the contracts of every resource, and show each reader their own share."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from tests.contracts import (
    ClientOf,
    ReadContract,
    RepositoryListContract,
    Resource,
    assert_problem,
)
from tests.contracts.resource import another_repository
from tests.factories import (
    MemberFactory,
    PatternFeedbackFactory,
    PatternRepositoryFactory,
    RepositoryFactory,
    TaskPatternFactory,
)


def steps(*kinds: str) -> list[dict[str, str]]:
    return [{"work_type": kind} for kind in kinds]


def shared(*repositories: Repository, **values: Any) -> TaskPattern:
    """A pattern over all repositories that was found in these."""
    pattern: TaskPattern = TaskPatternFactory(**values)
    for repository in repositories:
        PatternRepositoryFactory(pattern=pattern, repository=repository)
    return pattern


class Patterns(Resource):
    """`/api/v1/patterns`: those of one repository."""

    path = "patterns"

    def make(self, repository: Repository) -> TaskPattern:
        pattern: TaskPattern = TaskPatternFactory(
            repository=repository, task_sequence=steps("design", "test")
        )
        PatternRepositoryFactory(pattern=pattern, repository=repository)
        return pattern


class SharedPatterns(Patterns):
    """Those over all repositories; each is in another repository, too, that nobody sees."""

    def make(self, repository: Repository) -> TaskPattern:
        return shared(repository, RepositoryFactory())

    def repository_of(self, record: TaskPattern) -> Repository:
        return record.repository_links.order_by("pk")[0].repository


class TestRead(Patterns, ReadContract):
    """GET /patterns/{id}."""


class TestReadShared(SharedPatterns, ReadContract):
    """GET /patterns/{id} of one that was found in several repositories."""


class TestList(Patterns, RepositoryListContract):
    """GET /patterns."""

    @pytest.mark.parametrize(
        ("parameters", "expected"),
        [
            ({}, ["own", "all"]),
            ({"work_type": "design"}, ["own"]),
            ({"work_type": "design,fix"}, ["own", "all"]),
            ({"work_type": "review"}, []),
            ({"scope": "repository"}, ["own"]),
            ({"scope": "all"}, ["all"]),
            ({"retired": "true"}, ["gone"]),
            ({"retired": "false"}, ["own", "all"]),
            ({"order": "support"}, ["all", "own"]),
            ({"order": "last_seen_at"}, ["all", "own"]),
        ],
    )
    def test_narrows_and_orders(
        self,
        api: APIClient,
        repository: Repository,
        parameters: dict[str, str],
        expected: list[str],
    ) -> None:
        now = timezone.now()
        shared(repository, signature="all", task_sequence=steps("fix"), support=9, last_seen_at=now)
        TaskPatternFactory(
            repository=repository, signature="own", task_sequence=steps("design"), support=4
        )
        shared(repository, signature="gone", retired_at=now)
        shared(RepositoryFactory(), signature="elsewhere")
        page = api.get(self.collection, self.parameters(repository, **parameters)).json()
        names = dict(TaskPattern.objects.values_list("pk", "signature"))
        found = {str(key): name for key, name in names.items()}
        assert [found[row["id"]] for row in page["results"]] == expected

    @pytest.mark.parametrize(
        ("name", "value"),
        [("work_type", "other"), ("work_type", "baking"), ("scope", "x"), ("retired", "1")],
    )
    def test_a_filter_takes_what_it_knows(
        self, api: APIClient, repository: Repository, name: str, value: str
    ) -> None:
        response = api.get(self.collection, self.parameters(repository, **{name: value}))
        assert_problem(response, 400, "invalid_parameter", name)


class TestListShared(SharedPatterns, RepositoryListContract):
    """GET /patterns, of those that were found in several repositories."""

    def expected(self, repository: Repository, viewer: User) -> list[str]:
        keys = TaskPattern.objects.filter(repository_links__repository=repository)
        return sorted((str(key) for key in keys.values_list("pk", flat=True)), reverse=True)


@pytest.mark.usefixtures("as_app")
class TestShares:
    """Of a pattern over several repositories each reader sees what they may."""

    def read(self, client: APIClient, pattern: TaskPattern) -> dict[str, Any]:
        response = client.get(f"/api/v1/patterns/{pattern.pk}")
        assert response.status_code == 200
        body: dict[str, Any] = response.json()
        return body

    def names(self, body: dict[str, Any]) -> list[str]:
        return [share["repository"] for share in body["repositories"]]

    def test_names_of_others_are_not_shown_but_counted(
        self, owner: User, viewer: User, repository: Repository, client_of: ClientOf
    ) -> None:
        both = another_repository(owner)
        secret = RepositoryFactory(name="secret/plans")
        pattern = shared(repository, both, secret, support=30, occurrence_count=40)
        wide = self.read(client_of(owner), pattern)
        assert self.names(wide) == sorted([repository.name, both.name])
        assert wide["hidden_repositories"] == 1
        narrow = client_of(viewer, "read").get(f"/api/v1/patterns/{pattern.pk}")
        assert self.names(narrow.json()) == [repository.name]
        assert narrow.json()["hidden_repositories"] == 2
        assert (narrow.json()["support"], narrow.json()["occurrence_count"]) == (30, 40)
        for name in (secret.name, both.name):
            assert name not in narrow.content.decode()

    def test_a_bound_token_shows_its_repositories_only(
        self, owner: User, repository: Repository, client_of: ClientOf
    ) -> None:
        both = another_repository(owner)
        pattern = shared(repository, both)
        assert self.names(self.read(client_of(owner, "read", both), pattern)) == [both.name]

    def test_a_membership_that_ends_hides_the_pattern(
        self, outsider: User, repository: Repository, client_of: ClientOf
    ) -> None:
        member = MemberFactory(repository=repository, user=outsider, role=MemberRole.VIEWER)
        pattern = shared(repository)
        client = client_of(outsider)
        assert self.names(self.read(client, pattern)) == [repository.name]
        member.delete()
        assert_problem(client.get(f"/api/v1/patterns/{pattern.pk}"), 404, "not_found")

    def test_a_pattern_without_any_repository_is_nobodys(
        self, owner: User, client_of: ClientOf
    ) -> None:
        pattern = shared()
        assert_problem(client_of(owner).get(f"/api/v1/patterns/{pattern.pk}"), 404, "not_found")

    def test_feedback_counts_are_of_visible_repositories(
        self, owner: User, viewer: User, repository: Repository, client_of: ClientOf
    ) -> None:
        other = another_repository(owner)
        pattern = shared(repository, other)
        PatternFeedbackFactory(pattern=pattern, repository=repository)
        PatternFeedbackFactory(pattern=pattern, repository=other)
        PatternFeedbackFactory(pattern=pattern, repository=other, verdict="rejected")
        wide, narrow = (self.read(client_of(user), pattern) for user in (owner, viewer))
        assert wide["feedback"] == {"accepted": 2, "rejected": 1}
        assert narrow["feedback"] == {"accepted": 1, "rejected": 0}

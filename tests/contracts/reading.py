"""The contracts of reads: who may, what an answer carries, how a list is walked."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.choices import TokenScope
from apps.accounts.models import User
from apps.accounts.services import issue_token, revoke_token
from apps.core.ids import uuid7
from apps.repositories.models import Repository

from .answers import ClientOf, assert_problem, outline, problem_of, query_count
from .resource import Resource, another_repository

FEW, MANY, MOST_STATEMENTS = 3, 30, 10


def bearer(secret: str) -> APIClient:
    """A client that sends this text as its token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client


class ReadContract(Resource):
    """GET on a record."""

    def test_reads(self, api: APIClient, record: Any) -> None:
        response = api.get(self.address(record))
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "private, no-cache"
        body = response.json()
        assert UUID(body["id"]) == record.pk
        assert body["version"] == 1
        assert body["created_at"].endswith("Z")
        assert api.head(self.address(record)).status_code == 200

    def test_a_viewer_may_read(self, viewer: User, client_of: ClientOf, record: Any) -> None:
        assert client_of(viewer, "read").get(self.address(record)).status_code == 200

    def test_needs_a_token(self, record: Any) -> None:
        response = APIClient().get(self.address(record))
        assert_problem(response, 401, "not_authenticated")
        assert response["WWW-Authenticate"] == 'Bearer realm="taskhub"'

    @pytest.mark.parametrize(
        "secret",
        ["thub_" + "a" * 43, "a", "", "ü", "a b", "x" * 5_000, "' OR 1=1 --", "a\0b"],
        ids=["unknown", "short", "none", "not ASCII", "two", "long", "SQL", "NUL"],
    )
    def test_a_token_that_nobody_issued_is_refused(self, record: Any, secret: str) -> None:
        assert_problem(bearer(secret).get(self.address(record)), 401, "not_authenticated")

    def test_revoked_expired_and_barred_tokens_are_refused_alike(
        self, owner: User, record: Any
    ) -> None:
        """One text for all of them: an answer does not tell which tokens once existed."""
        revoked = issue_token(user=owner, scope=TokenScope.WRITE, name="revoked")
        revoke_token(token=revoked.record)
        day = bearer(issue_token(user=owner, scope=TokenScope.WRITE, name="day", days=1).secret)
        assert day.get(self.address(record)).status_code == 200
        refusals = [bearer(revoked.secret).get(self.address(record))]
        later = timezone.now() + timedelta(days=1, seconds=1)
        with mock.patch("apps.accounts.authentication.timezone.now", return_value=later):
            refusals.append(day.get(self.address(record)))
        owner.is_active = False
        owner.save(update_fields=["is_active"])
        refusals.append(day.get(self.address(record)))
        refusals.append(bearer("thub_unknown").get(self.address(record)))
        for response in refusals:
            assert_problem(response, 401, "not_authenticated")
        assert len({json.loads(response.content)["detail"] for response in refusals}) == 1

    def test_what_an_outsider_may_not_see_does_not_exist(
        self, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        """The answers differ in nothing but the id that the client itself has named."""
        client, nobody = client_of(outsider), uuid7()
        hidden = client.get(self.address(record))
        absent = client.get(self.address(nobody))
        assert_problem(hidden, 404, "not_found")
        assert outline(hidden) == outline(absent)
        assert (
            problem_of(hidden)["detail"].replace(str(record.pk), str(nobody))
            == (problem_of(absent)["detail"])
        )

    def test_a_bound_token_opens_its_repositories_only(
        self, owner: User, client_of: ClientOf, record: Any
    ) -> None:
        elsewhere = self.make(another_repository(owner))
        bound = client_of(owner, "write", self.repository_of(record))
        assert bound.get(self.address(record)).status_code == 200
        assert_problem(bound.get(self.address(elsewhere)), 404, "not_found")
        assert client_of(owner).get(self.address(elsewhere)).status_code == 200

    def test_a_token_opens_no_more_than_its_user_sees(
        self, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        bound = client_of(outsider, "admin", self.repository_of(record))
        assert_problem(bound.get(self.address(record)), 404, "not_found")

    def test_a_superuser_sees_all_and_a_bound_token_still_binds(
        self, client_of: ClientOf, record: Any, django_user_model: Any
    ) -> None:
        root = django_user_model.objects.create_superuser(username="root", password="x")
        assert client_of(root).get(self.address(record)).status_code == 200
        bound_elsewhere = client_of(root, "admin", another_repository())
        assert_problem(bound_elsewhere.get(self.address(record)), 404, "not_found")

    def test_what_the_client_has_is_not_sent_again(self, api: APIClient, record: Any) -> None:
        tag = api.get(self.address(record))["ETag"]
        for header in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = api.get(self.address(record), HTTP_IF_NONE_MATCH=header)
            assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        assert api.get(self.address(record), HTTP_IF_NONE_MATCH='"old"').status_code == 200

    def test_an_unknown_parameter_is_named(self, api: APIClient, record: Any) -> None:
        response = api.get(self.address(record), {"fild": "x"})
        assert_problem(response, 400, "unknown_parameter", "fild")

    @pytest.mark.parametrize("tail", ["/", "/x", "%00", "."])
    def test_an_address_is_exact(self, api: APIClient, record: Any, tail: str) -> None:
        assert_problem(api.get(f"{self.address(record)}{tail}"), 404, "not_found")

    @pytest.mark.parametrize("key", ["1", "x", "0198f3a0111172228333444455556666", "%F0%9F"])
    def test_what_is_no_id_is_a_404(self, api: APIClient, key: str) -> None:
        assert_problem(api.get(f"{self.collection}/{key}"), 404, "not_found")

    def test_put_is_not_offered(self, api: APIClient, record: Any) -> None:
        response = api.put(self.address(record), {}, format="json")
        assert_problem(response, 405, "method_not_allowed")
        assert "GET" in response["Allow"]
        assert "PUT" not in response["Allow"]

    def test_the_clients_request_id_comes_back(self, api: APIClient) -> None:
        response = api.get(self.address(uuid7()), HTTP_X_REQUEST_ID="from-the-client-1")
        assert problem_of(response)["request_id"] == "from-the-client-1"


class ListContract(Resource):
    """GET on the collection."""

    def expected(self, repository: Repository, viewer: User) -> list[str]:
        """The ids that `viewer` finds in the list of `repository`, newest first."""
        model = type(self.make(repository))
        keys = model._base_manager.filter(repository=repository).values_list("pk", flat=True)
        return sorted((str(key) for key in keys), reverse=True)

    def ids(self, client: APIClient, parameters: dict[str, Any]) -> list[str]:
        """The ids on all pages, in their order."""
        found: list[str] = []
        while True:
            response = client.get(self.collection, parameters)
            assert response.status_code == 200, response.content
            page = response.json()
            found += [row["id"] for row in page["results"]]
            if page["next"] is None:
                return found
            parameters = {**parameters, "cursor": page["next"]}

    @pytest.mark.parametrize("limit", [1, 2, 3, 50, 200])
    def test_a_walk_meets_each_row_once_newest_first(
        self, viewer: User, client_of: ClientOf, repository: Repository, limit: int
    ) -> None:
        for _ in range(4):
            self.make(repository)
        expected = self.expected(repository, viewer)
        found = self.ids(client_of(viewer, "read"), self.parameters(repository, limit=limit))
        assert found == expected

    def test_rows_that_come_meanwhile_disturb_no_walk(
        self, viewer: User, client_of: ClientOf, repository: Repository
    ) -> None:
        for _ in range(3):
            self.make(repository)
        expected = self.expected(repository, viewer)
        client, parameters = client_of(viewer, "read"), self.parameters(repository, limit=2)
        page = client.get(self.collection, parameters).json()
        self.make(repository)
        rest = self.ids(client, {**parameters, "cursor": page["next"]})
        assert [row["id"] for row in page["results"]] + rest == expected

    @pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "x", "1e2", "٣", "9" * 30])
    def test_a_page_has_from_1_to_200_rows(
        self, api: APIClient, repository: Repository, limit: str
    ) -> None:
        response = api.get(self.collection, self.parameters(repository, limit=limit))
        assert_problem(response, 400, "invalid_parameter", "limit")

    @pytest.mark.parametrize("cursor", ["x", "a.b", "eyJhIjoxfQ.x", "9" * 900])
    def test_a_bent_cursor_is_refused(
        self, api: APIClient, repository: Repository, cursor: str
    ) -> None:
        response = api.get(self.collection, self.parameters(repository, cursor=cursor))
        assert_problem(response, 400, "invalid_cursor", "cursor")

    @pytest.mark.parametrize("name", ["page", "offset", "stauts", "format", "Limit"])
    def test_an_unknown_parameter_is_named(
        self, api: APIClient, repository: Repository, name: str
    ) -> None:
        response = api.get(self.collection, self.parameters(repository, **{name: "x"}))
        assert_problem(response, 400, "unknown_parameter", name)

    def test_a_parameter_is_given_once(self, api: APIClient, repository: Repository) -> None:
        response = api.get(self.collection, self.parameters(repository, limit=["1", "2"]))
        assert_problem(response, 400, "invalid_parameter", "limit", rule="repeated")

    def test_30_rows_take_as_many_statements_as_3(
        self, viewer: User, client_of: ClientOf, repository: Repository
    ) -> None:
        client, parameters = client_of(viewer, "read"), self.parameters(repository)
        for _ in range(FEW):
            self.make(repository)
        few = query_count(client, self.collection, parameters)
        for _ in range(MANY - FEW):
            self.make(repository)
        assert query_count(client, self.collection, parameters) == few <= MOST_STATEMENTS

    def test_needs_a_token(self, repository: Repository) -> None:
        response = APIClient().get(self.collection, self.parameters(repository))
        assert_problem(response, 401, "not_authenticated")

    def test_a_trailing_slash_is_another_address(
        self, api: APIClient, repository: Repository
    ) -> None:
        response = api.get(f"{self.collection}/", self.parameters(repository))
        assert_problem(response, 404, "not_found")

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_a_collection_is_not_changed_as_a_whole(self, api: APIClient, method: str) -> None:
        response = getattr(api, method)(self.collection, {}, format="json")
        assert_problem(response, 405, "method_not_allowed")


class RepositoryListContract(ListContract):
    """A list whose rows belong to one repository, which the caller names."""

    def test_the_repository_must_be_named(self, api: APIClient) -> None:
        response = api.get(self.collection)
        assert_problem(response, 400, "invalid_parameter", "repository", rule="required")

    def test_a_token_bound_to_one_repository_names_it(
        self, owner: User, repository: Repository, client_of: ClientOf, record: Any
    ) -> None:
        other = another_repository(owner)
        elsewhere = self.make(other)
        bound = client_of(owner, "read", repository)
        assert self.ids(bound, {}) == [str(record.pk)]
        response = bound.get(self.collection, {"repository": other.name})
        assert_problem(response, 404, "not_found", "repository")
        both = client_of(owner, "read", repository, other)
        assert_problem(both.get(self.collection), 400, "invalid_parameter", "repository")
        assert self.ids(both, {"repository": other.name}) == [str(elsewhere.pk)]

    def test_another_repositorys_rows_are_not_shown(
        self, owner: User, api: APIClient, repository: Repository, record: Any
    ) -> None:
        self.make(another_repository(owner))
        assert self.ids(api, self.parameters(repository)) == [str(record.pk)]

    def test_an_outsider_learns_nothing_of_the_repository(
        self, outsider: User, client_of: ClientOf, repository: Repository, record: Any
    ) -> None:
        client = client_of(outsider)
        hidden = client.get(self.collection, {"repository": repository.name})
        absent = client.get(self.collection, {"repository": "no/such"})
        for response in (hidden, absent):
            assert_problem(response, 404, "not_found", "repository")
        assert (
            problem_of(hidden)["detail"].replace(repository.name, "no/such")
            == (problem_of(absent)["detail"])
        )

    @pytest.mark.parametrize("name", ["%", "acme", "ACME/rocket", "acme/rocket ", "x" * 256])
    def test_a_repository_is_named_exactly(self, api: APIClient, name: str) -> None:
        response = api.get(self.collection, {"repository": name})
        body = problem_of(response)
        assert body["code"] == ("invalid_parameter" if len(name) > 255 else "not_found")
        assert [entry["parameter"] for entry in body["errors"]] == ["repository"]

    def test_a_cursor_belongs_to_its_list(
        self, owner: User, api: APIClient, repository: Repository
    ) -> None:
        for _ in range(2):
            self.make(repository)
        page = api.get(self.collection, {"repository": repository.name, "limit": 1}).json()
        foreign = {"repository": another_repository(owner).name, "cursor": page["next"]}
        assert_problem(api.get(self.collection, foreign), 400, "invalid_cursor", "cursor")

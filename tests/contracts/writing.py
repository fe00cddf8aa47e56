"""The contracts of writes: what a body may be, who may send it, and what a stale one gets."""

from __future__ import annotations

import json
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository

from .answers import ClientOf, assert_problem, nothing_written, outline, problem_of
from .resource import Resource, another_repository


def archive(repository: Repository) -> None:
    """Make `repository` read-only, past its service."""
    Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())


class BodyContract(Resource):
    """What a body may be, whatever its fields: for POST and PATCH alike."""

    method: ClassVar[str]

    def target(self, record: Any) -> str:
        """The address that takes the body."""
        raise NotImplementedError

    def good_body(self, repository: Repository) -> dict[str, Any]:
        """A body that is accepted."""
        raise NotImplementedError

    def send(
        self,
        client: APIClient,
        record: Any,
        body: Any,
        *,
        query: str = "",
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """Send `body`: an object, or the text itself."""
        text = json.dumps(body) if isinstance(body, dict) else body
        address = f"{self.target(record)}{query}"
        return client.generic(self.method, address, text, content_type, **headers)

    @pytest.mark.parametrize(
        "text",
        ["", "{", '{"a": 1,}', "{'a': 1}", '{"a": NaN}', '{"a": "\\ud800"}', b'\xff\xfe{\0"\0}\0'],
        ids=["empty", "open", "comma", "quotes", "NaN", "lone surrogate", "UTF-16"],
    )
    def test_what_is_no_json_is_refused(
        self, api: APIClient, record: Any, text: str | bytes
    ) -> None:
        with nothing_written():
            assert_problem(self.send(api, record, text), 400, "malformed_json")

    @pytest.mark.parametrize("text", ["[]", "1", '"x"', "null", "true", "[{}]"])
    def test_a_body_is_an_object(self, api: APIClient, record: Any, text: str) -> None:
        with nothing_written():
            assert_problem(self.send(api, record, text), 400, "invalid_request", "")

    def test_every_unknown_field_is_named(self, api: APIClient, record: Any) -> None:
        body = {**self.good_body(self.repository_of(record)), "no_such": 1, "a/b~c": 2, "": 3}
        with nothing_written():
            response = self.send(api, record, body)
        problem = assert_problem(response, 400, "invalid_request", "/", "/a~1b~0c", "/no_such")
        assert {entry["code"] for entry in problem["errors"]} == {"unknown_field"}

    @pytest.mark.parametrize("name", ["created_at", "updated_at", "deleted_at"])
    def test_what_the_database_sets_cannot_be_sent(
        self, api: APIClient, record: Any, name: str
    ) -> None:
        body = {**self.good_body(self.repository_of(record)), name: "2026-01-01T00:00:00Z"}
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", f"/{name}")

    @pytest.mark.parametrize(
        ("text", "place", "rule"),
        [
            ('{"x": ["a", "b\\u0000"]}', "/x/1", "nul_character"),
            ('{"x": {"a\\u0000": 1}}', "/x", "nul_character"),
            ('{"x": 9223372036854775808}', "/x", "integer_out_of_range"),
            ('{"x": 1, "x": 2}', "/x", "duplicate_key"),
            ('{"x": ' + "[" * 100 + "]" * 100 + "}", "/x" + "/0" * 63, "too_deep"),
        ],
        ids=["NUL", "NUL in a key", "65 bits", "twice", "deep"],
    )
    def test_what_postgresql_cannot_hold_is_refused_where_it_stands(
        self, api: APIClient, record: Any, text: str, place: str, rule: str
    ) -> None:
        with nothing_written():
            response = self.send(api, record, text)
        assert_problem(response, 400, "invalid_request", place, rule=rule)

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded"])
    def test_bodies_are_json(self, api: APIClient, record: Any, kind: str) -> None:
        with nothing_written():
            response = self.send(api, record, "{}", content_type=kind)
        assert_problem(response, 415, "unsupported_media_type")

    def test_a_huge_body_is_refused(self, api: APIClient, record: Any, settings: Any) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
        with nothing_written():
            response = self.send(api, record, {"x": "y" * 1000})
        assert_problem(response, 413, "payload_too_large")

    def test_scope_read_does_not_write(self, owner: User, client_of: ClientOf, record: Any) -> None:
        client, body = client_of(owner, "read"), self.good_body(self.repository_of(record))
        with nothing_written():
            assert_problem(self.send(client, record, body), 403, "permission_denied")

    def test_writing_needs_a_token(self, record: Any) -> None:
        body = self.good_body(self.repository_of(record))
        with nothing_written():
            assert_problem(self.send(APIClient(), record, body), 401, "not_authenticated")

    def test_an_unknown_parameter_is_named(self, api: APIClient, record: Any) -> None:
        body = self.good_body(self.repository_of(record))
        with nothing_written():
            response = self.send(api, record, body, query="?dry=true")
        assert_problem(response, 400, "unknown_parameter", "dry")


class CreateContract(BodyContract):
    """POST on the collection."""

    method = "POST"

    def target(self, record: Any) -> str:
        return self.collection

    def test_answers_with_address_and_tag(self, api: APIClient, record: Any) -> None:
        response = self.send(api, record, self.good_body(self.repository_of(record)))
        assert response.status_code == 201, response.content
        body = response.json()
        assert response["Location"] == f"http://testserver{self.address(UUID(body['id']))}"
        found = api.get(response["Location"])
        assert found.json() == body
        assert found["ETag"] == response["ETag"]
        assert body["version"] == 1


class RepositoryCreateContract(CreateContract):
    """POST of a record that belongs to a repository, named in the body."""

    def test_a_collaborator_may(self, collaborator: User, client_of: ClientOf, record: Any) -> None:
        body = self.good_body(self.repository_of(record))
        assert self.send(client_of(collaborator), record, body).status_code == 201

    def test_a_viewer_may_not(self, viewer: User, client_of: ClientOf, record: Any) -> None:
        client, body = client_of(viewer), self.good_body(self.repository_of(record))
        with nothing_written():
            assert_problem(self.send(client, record, body), 403, "permission_denied")

    def test_a_repository_that_the_caller_may_not_see_does_not_exist(
        self, owner: User, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        body = self.good_body(self.repository_of(record))
        client = client_of(outsider)
        bound = client_of(owner, "write", another_repository(owner))
        with nothing_written():
            hidden = self.send(client, record, body)
            absent = self.send(client, record, {**body, "repository": "no/such"})
            elsewhere = self.send(bound, record, body)
        for response in (hidden, absent, elsewhere):
            assert_problem(response, 404, "not_found", "/repository")

    def test_an_archived_repository_takes_nothing(self, api: APIClient, record: Any) -> None:
        archive(self.repository_of(record))
        with nothing_written():
            response = self.send(api, record, self.good_body(self.repository_of(record)))
        assert_problem(response, 409, "repository_archived")

    @pytest.mark.parametrize("name", [None, 5, "", " ", "x" * 256, ["acme/rocket"], {}])
    def test_the_repository_is_a_name(self, api: APIClient, record: Any, name: Any) -> None:
        body = {**self.good_body(self.repository_of(record)), "repository": name}
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", "/repository")


class StaleWriteContract(Resource):
    """What a write answers that was meant for an older version: PATCH, DELETE, restore alike."""

    method: ClassVar[str]
    success: ClassVar[int]

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        """A write that is accepted, but for what the headers demand."""
        raise NotImplementedError

    def make_stale(self, record: Any) -> None:
        """Give the record another version, past the API."""
        raise NotImplementedError

    def readable(self, record: Any) -> str:
        """The address where the record's entity tag is read."""
        return self.address(record)

    def test_if_match_guards_against_lost_updates(self, api: APIClient, record: Any) -> None:
        tag = api.get(self.readable(record))["ETag"]
        self.make_stale(record)
        with nothing_written():
            for header in (tag, '"other"', f"W/{tag}", f'"other", {tag}'):
                response = self.write(api, record, HTTP_IF_MATCH=header)
                assert_problem(response, 412, "precondition_failed", "If-Match")
        fresh = api.get(self.readable(record))["ETag"]
        weak = self.write(api, record, HTTP_IF_MATCH=f"W/{fresh}")
        assert_problem(weak, 412, "precondition_failed", "If-Match")
        several = f'"other", {fresh}'
        assert self.write(api, record, HTTP_IF_MATCH=several).status_code == self.success

    def test_if_match_takes_any_version_with_an_asterisk(self, api: APIClient, record: Any) -> None:
        self.make_stale(record)
        assert self.write(api, record, HTTP_IF_MATCH="*").status_code == self.success

    @pytest.mark.parametrize("header", ["x", '"open', "1", ""])
    def test_a_condition_that_is_not_understood_is_refused(
        self, api: APIClient, record: Any, header: str
    ) -> None:
        with nothing_written():
            response = self.write(api, record, HTTP_IF_MATCH=header)
        assert_problem(response, 400, "invalid_parameter", "If-Match")

    def test_a_viewer_may_not_write(self, viewer: User, client_of: ClientOf, record: Any) -> None:
        client = client_of(viewer)
        with nothing_written():
            assert_problem(self.write(client, record), 403, "permission_denied")

    def test_what_an_outsider_may_not_see_cannot_be_written(
        self, owner: User, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        clients = [client_of(outsider), client_of(owner, "write", another_repository(owner))]
        with nothing_written():
            hidden = [self.write(client, record) for client in clients]
            absent = self.write(clients[0], uuid7())
        for response in hidden:
            assert_problem(response, 404, "not_found")
            assert outline(response) == outline(absent)

    def test_an_archived_repository_is_read_only(self, api: APIClient, record: Any) -> None:
        archive(self.repository_of(record))
        with nothing_written():
            assert_problem(self.write(api, record), 409, "repository_archived")
        assert api.get(self.readable(record)).status_code == 200


class UpdateContract(StaleWriteContract, BodyContract):
    """PATCH on a record."""

    method = "PATCH"
    success = 200

    def target(self, record: Any) -> str:
        return self.address(record)

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        body = self.good_body(Repository(name="x"))
        return self.send(client, record, body, **headers)

    def make_stale(self, record: Any) -> None:
        model = type(record)
        model._base_manager.filter(pk=record.pk).update(**self.stale_change())

    # Members that the service derives from those of `good_body`.
    follows: ClassVar[frozenset[str]] = frozenset()

    def stale_change(self) -> dict[str, Any]:
        """A change of a column that `good_body` leaves alone."""
        raise NotImplementedError

    def test_changes_what_is_sent_and_nothing_else(self, api: APIClient, record: Any) -> None:
        before = api.get(self.address(record))
        body = self.good_body(self.repository_of(record))
        response = self.send(api, record, body)
        assert response.status_code == 200, response.content
        after = response.json()
        assert after["version"] == before.json()["version"] + 1
        assert response["ETag"] != before["ETag"]
        differing = {name for name in after if after[name] != before.json()[name]}
        assert differing == {*body, *self.follows, "version", "updated_at"}
        assert api.get(self.address(record)).json() == after

    def test_the_same_again_is_no_new_version(self, api: APIClient, record: Any) -> None:
        body = self.good_body(self.repository_of(record))
        first = self.send(api, record, body)
        with nothing_written():
            for again in (self.send(api, record, body), self.send(api, record, {})):
                assert (again.status_code, again.json()) == (200, first.json())
                assert again["ETag"] == first["ETag"]

    def test_a_stale_body_version_gets_the_current_record(
        self, api: APIClient, record: Any
    ) -> None:
        self.make_stale(record)
        current = api.get(self.address(record)).json()
        body = self.good_body(self.repository_of(record))
        with nothing_written():
            for version in (1, 3, 2**40):
                response = self.send(api, record, {**body, "version": version})
                problem = assert_problem(response, 409, "stale_version")
                assert problem["current"] == current
                assert problem["current_version"] == 2
        assert self.send(api, record, {**body, "version": 2}).json()["version"] == 3

    @pytest.mark.parametrize("version", [0, -1, "1", 1.0, None, True])
    def test_a_version_is_a_whole_number(self, api: APIClient, record: Any, version: Any) -> None:
        body = {**self.good_body(self.repository_of(record)), "version": version}
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", "/version")

    def test_the_id_stays(self, api: APIClient, record: Any) -> None:
        with nothing_written():
            response = self.send(api, record, {"id": str(uuid7())})
        assert_problem(response, 400, "invalid_request", "/id")

    def test_a_record_that_is_not_there(self, api: APIClient) -> None:
        with nothing_written():
            response = self.send(api, uuid7(), self.good_body(Repository(name="x")))
        assert problem_of(response)["status"] == 404


class DestroyContract(StaleWriteContract):
    """DELETE on a record."""

    method = "DELETE"
    success = 204

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        return client.delete(self.address(record), **headers)

    def test_hides_the_record(self, api: APIClient, record: Any) -> None:
        response = api.delete(self.address(record))
        assert (response.status_code, response.content) == (204, b"")
        with nothing_written():
            for method in (api.get, api.delete, api.patch):
                assert_problem(method(self.address(record)), 404, "not_found")

    def test_scope_read_does_not_delete(
        self, owner: User, client_of: ClientOf, record: Any
    ) -> None:
        client = client_of(owner, "read")
        with nothing_written():
            assert_problem(client.delete(self.address(record)), 403, "permission_denied")

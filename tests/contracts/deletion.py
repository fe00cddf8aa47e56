"""The contracts of soft deletion: its preview, how what is deleted is found, and its way back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository

from .answers import ClientOf, assert_problem, nothing_written, outline, query_count
from .reading import ListContract
from .resource import Resource, another_repository
from .writing import StaleWriteContract

MOST_STATEMENTS = 24
GARBAGE = ["1", "x", "0198f3a0111172228333444455556666", "%00", "%F0%9F", "..", "a%2Fb"]


def mark_deleted(record: Any) -> None:
    """Delete `record` alone, past its service."""
    rows = type(record)._base_manager.filter(pk=record.pk)
    rows.update(deleted_at=timezone.now(), deletion_batch=uuid7())


class Deletions(Resource):
    """Where a deletion is looked at and undone."""

    kind: str

    def deletion(self, record: Any) -> str:
        """The address of a record's deletion."""
        return f"{self.address(record)}/deletion"

    def restoring(self, record: Any) -> str:
        """The address where a record is restored."""
        return f"{self.address(record)}/restore"


class DeletionContract(Deletions):
    """GET …/deletion of live and deleted records."""

    def test_a_live_record_shows_what_its_deletion_would_do(
        self, api: APIClient, viewer: User, client_of: ClientOf, record: Any
    ) -> None:
        client = client_of(viewer, "read")
        with nothing_written():
            shown = client.get(self.deletion(record))
            assert client.head(self.deletion(record)).status_code == 200
        assert shown.status_code == 200, shown.content
        itself = {"id": str(record.pk), "label": str(record)}
        assert shown.json() == {
            "deleted_at": None,
            "deleted_by": None,
            "batch": None,
            "count": 1,
            "records": [{"kind": self.kind, "count": 1, "sample": [itself]}],
            "waiting": [],
            "conflicts": [],
            "remarks": [],
        }
        assert api.delete(self.address(record), HTTP_IF_MATCH=shown["ETag"]).status_code == 204

    def test_a_deleted_record_shows_what_its_restore_would_do(
        self, api: APIClient, owner: User, viewer: User, client_of: ClientOf, record: Any
    ) -> None:
        client = client_of(viewer, "read")
        before = api.get(self.deletion(record))
        api.delete(self.address(record))
        assert_problem(api.get(self.address(record)), 404, "not_found")
        with nothing_written():
            shown = client.get(self.deletion(record))
        after = shown.json()
        record.refresh_from_db()
        assert after == {
            **before.json(),
            "deleted_at": record.deleted_at.isoformat().replace("+00:00", "Z"),
            "deleted_by": {"id": str(owner.pk), "name": "owner"},
            "batch": str(record.deletion_batch),
        }
        assert shown["ETag"] != before["ETag"]
        restored = api.post(self.restoring(record), HTTP_IF_MATCH=shown["ETag"])
        assert restored.status_code == 200

    def test_nobody_may_have_deleted_it(self, api: APIClient, record: Any) -> None:
        mark_deleted(record)
        assert api.get(self.deletion(record)).json()["deleted_by"] is None

    @pytest.mark.parametrize("deleted", [False, True])
    def test_heeds_conditions(self, api: APIClient, record: Any, deleted: bool) -> None:
        if deleted:
            mark_deleted(record)
        tag = api.get(self.deletion(record))["ETag"]
        again = api.get(self.deletion(record), HTTP_IF_NONE_MATCH=tag)
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
        other = api.get(self.deletion(record), HTTP_IF_MATCH='"other"')
        assert_problem(other, 412, "precondition_failed", "If-Match")

    @pytest.mark.parametrize("deleted", [False, True])
    def test_who_may_not_see_the_record_learns_nothing_of_it(
        self, owner: User, outsider: User, client_of: ClientOf, record: Any, deleted: bool
    ) -> None:
        if deleted:
            mark_deleted(record)
        for client in (client_of(outsider), client_of(owner, "write", another_repository(owner))):
            hidden, absent = (client.get(self.deletion(key)) for key in (record, uuid7()))
            assert_problem(hidden, 404, "not_found")
            assert outline(hidden) == outline(absent)
        assert_problem(APIClient().get(self.deletion(record)), 401, "not_authenticated")

    def test_is_only_read_and_takes_no_parameters(self, api: APIClient, record: Any) -> None:
        for method in (api.post, api.patch, api.delete, api.put):
            assert_problem(method(self.deletion(record)), 405, "method_not_allowed")
        response = api.get(self.deletion(record), {"limit": 1})
        assert_problem(response, 400, "unknown_parameter", "limit")

    @pytest.mark.parametrize("key", GARBAGE)
    def test_what_is_no_id_is_a_404(self, api: APIClient, key: str) -> None:
        for end in ("deletion", "restore"):
            address = f"{self.collection}/{key}/{end}"
            for method in (api.get, api.post):
                assert_problem(method(address), 404, "not_found")

    @pytest.mark.parametrize("key", [UUID(int=0), UUID(int=2**128 - 1)])
    def test_any_uuid_may_be_asked_for(self, api: APIClient, key: UUID) -> None:
        assert_problem(api.get(self.deletion(key)), 404, "not_found")
        assert_problem(api.post(self.restoring(key)), 404, "not_found")

    def test_takes_few_statements(self, api: APIClient, record: Any) -> None:
        assert query_count(api, self.deletion(record), {}) <= MOST_STATEMENTS
        mark_deleted(record)
        assert query_count(api, self.deletion(record), {}) <= MOST_STATEMENTS


class RestoreContract(StaleWriteContract, Deletions):
    """POST …/restore of deleted records."""

    success = 200

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        return client.post(self.restoring(record), **headers)

    def readable(self, record: Any) -> str:
        return self.deletion(record)

    @pytest.fixture
    def record(self, repository: Repository, api: APIClient) -> Any:
        """A record that was deleted through the API."""
        record = self.make(repository)
        assert api.delete(self.address(record)).status_code == 204
        return record

    def test_brings_the_record_back_as_it_was(self, api: APIClient, repository: Repository) -> None:
        record = self.make(repository)
        before = api.get(self.address(record)).json()
        api.delete(self.address(record))
        response = api.post(self.restoring(record), HTTP_X_CHANGE_REASON="Too early")
        assert response.status_code == 200, response.content
        assert response["TaskHub-Restored"] == "1"
        after = response.json()
        assert {name for name in after if after[name] != before[name]} == {"version", "updated_at"}
        assert after["version"] == before["version"] + 2
        found = api.get(self.address(record))
        assert (found.json(), found["ETag"]) == (after, response["ETag"])
        newest, deletion, _ = api.get(f"{self.address(record)}/history").json()["results"]
        assert (newest["operation"], newest["reason"]) == ("restored", "Too early")
        assert (deletion["operation"], deletion["reason"]) == ("deleted", "")
        assert (newest["changes"], deletion["changes"]) == ([], [])

    def test_what_is_live_is_a_conflict(self, api: APIClient, repository: Repository) -> None:
        live = self.make(repository)
        with nothing_written():
            assert_problem(api.post(self.restoring(live)), 409, "conflict")

    def test_a_second_restore_is_a_conflict(self, api: APIClient, record: Any) -> None:
        assert api.post(self.restoring(record)).status_code == 200
        with nothing_written():
            assert_problem(api.post(self.restoring(record)), 409, "conflict")

    def test_takes_no_body(self, api: APIClient, record: Any) -> None:
        def send(text: str, kind: str = "application/json") -> Any:
            return api.generic("POST", self.restoring(record), text, kind)

        with nothing_written():
            problem = send('{"version": 1, "x": 2}')
            assert_problem(problem, 400, "invalid_request", "/version", "/x")
            assert_problem(send("{"), 400, "malformed_json")
            assert_problem(send("[]"), 400, "invalid_request", "")
            assert_problem(send("{}", "text/plain"), 415, "unsupported_media_type")
        assert send("{}").status_code == 200

    def test_takes_no_parameters(self, api: APIClient, record: Any) -> None:
        with nothing_written():
            response = api.post(f"{self.restoring(record)}?dry_run=true")
        assert_problem(response, 400, "unknown_parameter", "dry_run")

    def test_scope_read_does_not_restore(
        self, owner: User, client_of: ClientOf, record: Any
    ) -> None:
        client = client_of(owner, "read")
        with nothing_written():
            response = self.write(client, record)
        assert_problem(response, 403, "permission_denied")

    def test_needs_a_token(self, record: Any) -> None:
        with nothing_written():
            assert_problem(self.write(APIClient(), record), 401, "not_authenticated")

    def test_a_collaborator_may(self, collaborator: User, client_of: ClientOf, record: Any) -> None:
        assert self.write(client_of(collaborator), record).status_code == 200

    def test_is_only_posted(self, api: APIClient, record: Any) -> None:
        for method in (api.get, api.patch, api.delete, api.put):
            assert_problem(method(self.restoring(record)), 405, "method_not_allowed")


class DeletedListContract(ListContract):
    """GET on the collection with `state=deleted`: what is deleted, the last deletion first."""

    def parameters(self, repository: Repository, **others: Any) -> dict[str, Any]:
        return {"state": "deleted", **super().parameters(repository, **others)}

    def make(self, repository: Repository) -> Any:
        """A record that is deleted."""
        record = super().make(repository)
        mark_deleted(record)
        return record

    def expected(self, repository: Repository, viewer: User) -> list[str]:
        model = type(self.make(repository))
        rows = model._base_manager.filter(repository=repository, deletion_batch__isnull=False)
        keys = rows.order_by("-deletion_batch", "-pk").values_list("pk", flat=True)
        return [str(key) for key in keys]

    def test_shows_what_is_deleted_and_nothing_else(
        self, api: APIClient, repository: Repository
    ) -> None:
        live = super().make(repository)
        first, second = (super(DeletedListContract, self).make(repository) for _ in range(2))
        for record in (second, first):
            assert api.delete(self.address(record)).status_code == 204
        page = api.get(self.collection, self.parameters(repository)).json()
        assert [row["id"] for row in page["results"]] == [str(first.pk), str(second.pk)]
        assert all(row["deleted_at"].endswith("Z") for row in page["results"])
        (row,) = api.get(self.collection, super().parameters(repository)).json()["results"]
        assert (row["id"], row["deleted_at"]) == (str(live.pk), None)

    def test_has_an_order_of_its_own(self, api: APIClient, repository: Repository) -> None:
        deleted, live = self.parameters(repository), super().parameters(repository)
        assert api.get(self.collection, {**deleted, "order": "deleted"}).status_code == 200
        for parameters in ({**deleted, "order": "id"}, {**live, "order": "deleted"}):
            response = api.get(self.collection, parameters)
            assert_problem(response, 400, "invalid_parameter", "order")

    def test_a_stranger_finds_nothing(
        self, owner: User, outsider: User, client_of: ClientOf, repository: Repository
    ) -> None:
        self.make(repository)
        for client in (client_of(outsider), client_of(owner, "read", another_repository(owner))):
            response = client.get(self.collection, self.parameters(repository))
            assert_problem(response, 404, "not_found", "repository")
